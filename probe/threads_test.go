package probe_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// threadless takes the number of the thread out of reports 100, in CSV.
func threadless(lines []string) []string {
	const at = 26 // quoted fields before it hold no comma
	for i, line := range lines {
		if fields := strings.SplitN(line, ",", at+2); strings.HasPrefix(line, "100,") && len(fields) == at+2 {
			lines[i] = strings.Join(slices.Delete(fields, at, at+1), ",")
		}
	}
	slices.Sort(lines)
	return lines
}

// allReports are the options that make a run write everything that depends on
// packets.
var allReports = []string{
	"-X", "enable-proto-without-session-report=true", "-X", "enable-ip-fragmentation-report=true", "-X", "stats-period=1",
}

var security = []string{"-X", "security.enable=true", "-X", "security.output-channel={stdout}"}

// attributeOptions are the options that enable the reports of attributes.
var attributeOptions = []string{
	"-X", "event-report.plain.enable=true", "-X", "event-report.numbers.enable=true", "-X", "event-report.changes.enable=true",
	"-X", "event-report.counted.enable=true", "-X", "query-report.volume.enable=true", "-X", "query-report.talkers.enable=true",
}

// TestThreads holds that a trace gives the same lines whatever the number of
// threads.
func TestThreads(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(5, nil, 2)))
	for _, c := range []struct {
		name    string
		options []string
	}{
		{"sessions", nil},
		{"fragments put together", []string{"-X", "enable-ip-defragmentation=true", "-X", "enable-tcp-reassembly=true"}},
		{"outer addresses", []string{"-X", "security.ip-encapsulation-index=FIRST"}},
		{"properties", security},
		{"properties in threads", append([]string{"-X", "security.thread-nb=2"}, security...)},
		{"attributes", attributeOptions},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := slices.Concat([]string{"-t", "trace.pcap"}, allReports, c.options)
			want := threadless(reports(t, dir, nil, append(options, "-X", "thread-nb=0")...))
			for _, threads := range []int{1, 3} {
				got := threadless(reports(t, dir, nil, append(options, "-X", fmt.Sprintf("thread-nb=%d", threads))...))
				same(t, fmt.Sprint(threads, " threads"), got, want)
			}
		})
	}
}

// TestThreadsOnRealTraces is TestThreads on traces of others.
func TestThreadsOnRealTraces(t *testing.T) {
	traces, err := filepath.Glob(filepath.Join("..", "..", "shared", "corpus", "*", "pcap", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(traces) == 0 {
		t.Skip("no traces: ../shared/corpus is absent")
	}
	for i, trace := range traces {
		if i%oneTraceOf != 0 {
			continue
		}
		trace, err := filepath.Abs(trace)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(trace), func(t *testing.T) {
			options := slices.Concat([]string{"-t", trace}, allReports, attributeOptions)
			code, want, _ := run(t, t.TempDir(), nil, append(options, "-X", "thread-nb=0")...)
			again, got, stderr := run(t, t.TempDir(), nil, append(options, "-X", "thread-nb=3")...)
			if code != again {
				t.Fatalf("code %d, want %d as with one thread: %s", again, code, stderr)
			}
			if want != "" {
				same(t, "3 threads", threadless(sorted(got)), threadless(sorted(want)))
			} else if got != "" {
				t.Errorf("3 threads report what one does not: %s", got)
			}
		})
	}
}

// oneTraceOf says how many of the traces TestThreadsOnRealTraces takes: all of them
// take minutes.
const oneTraceOf = 30
