package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"mmt/analyzer/proto"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/rulecomp/rulefile"
	"mmt/version"
)

const infoUsage = `Shows what rule files hold.

Usage:
  rule_info [FILE.so | FILE.xml | FOLDER] ...
  rule_info --help | --version

Without an argument the rules of ./rules are shown, or, if there is no such
folder, those of /opt/mmt/security/rules. The files of a folder are shown in the
order of the numbers that their names start with.

For each rule: its id and type, how many events and variables it has, its
variables with the numbers of their protocol and attribute, its description, its
reactive functions, the functions that its expressions call, the file, and the
version that compiled it. create_instance and hash_message, addresses of code in
other versions of this command, are left out: rules are no code here.
No embedded C is compiled or run.

Exit code: 0 done; 1 a file cannot be read or has errors, the others are shown;
2 an error in the arguments.
`

// Info runs rule_info and returns its exit code.
func Info(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		switch args[0] {
		case "-h", "--help":
			io.WriteString(stdout, infoUsage)
			return exitOK
		case "-v", "--version":
			fmt.Fprintln(stdout, "rule_info", version.String())
			return exitOK
		}
		if i := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") }); i >= 0 {
			fmt.Fprintf(stderr, "rule_info: unknown option %s (rule_info --help tells how to call it)\n", args[i])
			return exitUsage
		}
	}
	files, err := readFiles(args)
	if err != nil {
		fmt.Fprintln(stderr, "rule_info:", err)
	}
	if len(files) > 0 || err == nil {
		showFiles(stdout, files)
	}
	if err != nil {
		return exitError
	}
	return exitOK
}

// readFiles reads the rule files that the arguments name. Those that can be read
// are returned in any case.
func readFiles(args []string) ([]*rulefile.File, error) {
	registry, err := proto.NewRegistry()
	if err != nil {
		return nil, err
	}
	opener := rulefile.Opener{Properties: rulecomp.Compiler{Registry: registry}}
	if len(args) == 0 {
		dir, err := rulecomp.DefaultDir()
		if err != nil {
			return nil, err
		}
		args = []string{dir}
	}
	var files []*rulefile.File
	var errs []error
	for _, arg := range args {
		paths, err := expand(arg)
		if err != nil {
			errs = append(errs, err)
		}
		for _, path := range paths {
			if file, err := opener.Read(path); err != nil {
				errs = append(errs, err)
			} else {
				files = append(files, file)
			}
		}
	}
	return files, errors.Join(errs...)
}

// expand returns the rule files of a folder, or the file itself.
func expand(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{arg}, nil
	}
	return rulecomp.FindRules(arg)
}

func showFiles(out io.Writer, files []*rulefile.File) {
	count, plural := 0, "s"
	for _, f := range files {
		count += len(f.Rules)
	}
	if count == 1 {
		plural = ""
	}
	fmt.Fprintf(out, "Found %d rule%s.\n", count, plural)
	n := 0
	for _, f := range files {
		for _, r := range f.Rules {
			n++
			showRule(out, n, f, r)
		}
	}
}

// showRule shows one rule, as the manual does.
func showRule(out io.Writer, n int, f *rulefile.File, r *rule.Rule) {
	reaction := "(null)"
	if r.Reaction != nil {
		reaction = r.Reaction.Name
	}
	compiled := f.Compiled
	if compiled == "" {
		compiled = "not compiled"
	}
	fmt.Fprintf(out, "%d - Rule id: %d\n", n, r.ID)
	for _, line := range [][2]string{
		{"type", r.Type.String()},
		{"events_count", fmt.Sprint(len(r.Events))},
		{"variables_count", fmt.Sprint(len(r.Attributes))},
		{"variables", variables(r)},
		{"description", r.Description},
		{"if_satisfied", reaction},
		{"if_not_satisfied", "(null)"},
		{"functions", functions(r)},
		{"file", f.Path},
		{"version", compiled + ", dpi version " + version.String()},
	} {
		fmt.Fprintf(out, "  - %-16s: %s\n", line[0], strings.Join(strings.Fields(line[1]), " "))
	}
}

// variables lists the attributes of a rule by name.
func variables(r *rule.Rule) string {
	list := slices.SortedFunc(slices.Values(r.Attributes), func(a, b rule.Attribute) int { return cmp.Compare(a.Name, b.Name) })
	words := make([]string, len(list))
	for i, a := range list {
		words[i] = fmt.Sprintf("%s (%d.%d)", a.Name, a.Protocol, a.ID)
	}
	return orNull(words)
}

// functions lists the functions that the expressions of a rule call.
func functions(r *rule.Rule) string {
	var words []string
	for i := range r.Events {
		r.Events[i].Expr.Walk(func(e *rule.Expr) {
			if e.Op != rule.Call {
				return
			}
			word := e.Func.Name + " (C)"
			if e.Func.Call != nil {
				word = e.Func.Name + " (built in)"
			}
			if !slices.Contains(words, word) {
				words = append(words, word)
			}
		})
	}
	return orNull(words)
}

func orNull(words []string) string {
	if len(words) == 0 {
		return "(null)"
	}
	return strings.Join(words, ", ")
}
