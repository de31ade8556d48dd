package dpdk

import (
	"fmt"
	"slices"
	"strings"
)

// splitArguments splits text as a shell does: at blanks, except in quotes and
// after a backslash.
func splitArguments(text string) ([]string, error) {
	var args []string
	var word strings.Builder
	in := false // a word, if only an empty one in quotes
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\n', '\r':
			if in {
				args = append(args, word.String())
				word.Reset()
				in = false
			}
		case '\'', '"':
			end := closing(text, i)
			if end < 0 {
				return nil, fmt.Errorf("dpdk-option: the quote at character %d is not closed: %s", i+1, text[i:])
			}
			word.WriteString(unquoted(text[i+1:end], c))
			i, in = end, true
		case '\\':
			if i+1 == len(text) {
				return nil, fmt.Errorf("dpdk-option: nothing comes after the backslash at the end of %s", text)
			}
			i++
			word.WriteByte(text[i])
			in = true
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if in {
		args = append(args, word.String())
	}
	return args, nil
}

// closing returns where the quote that opens at i closes, -1 if nowhere.
func closing(text string, i int) int {
	for j := i + 1; j < len(text); j++ {
		switch {
		case text[j] == text[i]:
			return j
		case text[j] == '\\' && text[i] == '"':
			j++
		}
	}
	return -1
}

// unquoted takes backslashes out of what was in double quotes.
func unquoted(text string, quote byte) string {
	if quote == '\'' {
		return text
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text)
}

// Groups of EAL options of which one is enough.
var (
	coreOptions      = []string{"-l", "-c", "--lcores", "-s", "-S"}
	memoryOptions    = []string{"--no-huge", "--in-memory", "--huge-dir", "--huge-unlink", "--file-prefix", "--proc-type", "--socket-mem"}
	telemetryOptions = []string{"--telemetry", "--no-telemetry"}
)

// ealArguments completes what the user gave: without a core list, EAL starts a
// thread on every processor; without a word on memory, it needs hugetlbfs and
// lets one process only run, which hugepages without files do not.
func ealArguments(option string, processor int) ([]string, error) {
	given, err := splitArguments(option)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(given, func(a string) bool { return a == "-h" || a == "--help" }); i >= 0 {
		return nil, fmt.Errorf("dpdk-option: EAL would end the program at %s (leave it out; the options are in docs/dpdk.md)", given[i])
	}
	args := append([]string{"mmt-probe"}, given...)
	if !hasOption(given, coreOptions) {
		args = append(args, "-l", fmt.Sprint(processor))
	}
	if !hasOption(given, memoryOptions) {
		args = append(args, "--in-memory")
	}
	if !hasOption(given, telemetryOptions) {
		args = append(args, "--no-telemetry")
	}
	return args, nil
}

// hasOption tells whether one of some options is there, as --name value,
// --name=value, -l value or -lvalue.
func hasOption(args, options []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		return slices.ContainsFunc(options, func(o string) bool {
			return a == o || strings.HasPrefix(a, o+"=") || len(o) == 2 && strings.HasPrefix(a, o)
		})
	})
}

// hints are what EAL logs when it fails, and the mend.
var hints = []struct{ log, mend string }{
	{"hugepage", "reserve hugepages: dpdk-hugepages.py --setup 2G; or try without: dpdk-option = \"--no-huge -m 512\""},
	{"Cannot init memory", "reserve hugepages: dpdk-hugepages.py --setup 2G; or try without: dpdk-option = \"--no-huge -m 512\""},
	{"another primary process", "another DPDK program uses the same --file-prefix: give this one its own"},
	{"Permission denied", "DPDK needs root, or the rights that docs/dpdk.md names"},
	{"failed to parse device", "see the --vdev and -a arguments in dpdk-option"},
	{"invalid", "see dpdk-option; the options of EAL are in docs/dpdk.md"},
}

// explainStart makes an error of what EAL logged before it failed.
func explainStart(reason error, log string, args []string) error {
	var said []string
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if line != "" && !slices.ContainsFunc(chatter, func(c string) bool { return strings.Contains(line, c) }) {
			said = append(said, strings.TrimPrefix(line, "EAL: "))
		}
	}
	mend := "the arguments were: " + strings.Join(args[1:], " ")
	for _, h := range hints {
		if strings.Contains(log, h.log) {
			mend = h.mend
			break
		}
	}
	if len(said) == 0 {
		return fmt.Errorf("DPDK does not start: %w (%s)", reason, mend)
	}
	const last = 3 // lines; the reason is near the end
	return fmt.Errorf("DPDK does not start: %w: %s (%s)", reason, strings.Join(said[max(len(said)-last, 0):], "; "), mend)
}

// chatter is what EAL also logs when all is well.
var chatter = []string{"Detected ", "Multi-process socket", "Selected IOVA", "VFIO support", "Probe PCI driver", "lib.eal log level"}
