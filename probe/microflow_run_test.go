package probe_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// ofReport picks the lines of a report and splits them at commas.
func ofReport(id string, lines []string) (list [][]string) {
	for _, line := range lines {
		if strings.HasPrefix(line, id+",") {
			list = append(list, strings.Split(strings.TrimSpace(line), ","))
		}
	}
	return list
}

// column adds up a field of lines, from 1.
func column(t *testing.T, lines [][]string, field int) (sum uint64) {
	t.Helper()
	for _, line := range lines {
		n, err := strconv.ParseUint(line[field-1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// TestMicroFlows holds that micro-flows keep small sessions out of report 100, lose
// and double nothing, and give the same lines whatever the number of threads.
func TestMicroFlows(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(goldenSeed, nil, 2)))
	plain := slices.Concat([]string{"-t", "trace.pcap"}, allReports)
	all := ofReport("100", reports(t, dir, nil, plain...))
	micro := append(plain, "-X", "micro-flows.enable=true", "-X", "micro-flows.output-channel={stdout}",
		"-X", "micro-flows.packet-threshold=4", "-X", "micro-flows.byte-threshold=500",
		"-X", "micro-flows.report-flow-count=7", "-X", "micro-flows.report-byte-count=2000")
	want := reports(t, dir, nil, append(micro, "-X", "thread-nb=0")...)
	small, large := ofReport("8", want), ofReport("100", want)
	if len(small) < 5 || len(large) >= len(all) {
		t.Fatalf("%d reports 8, %d reports 100 of %d: the trace tests nothing", len(small), len(large), len(all))
	}
	if got, total := column(t, small, 7)+column(t, small, 8)+column(t, large, 12), column(t, all, 12); got != total {
		t.Errorf("%d packets, want %d", got, total)
	}
	if got, total := column(t, small, 9)+column(t, small, 10)+column(t, large, 10), column(t, all, 10); got != total {
		t.Errorf("%d bytes, want %d", got, total)
	}
	want = threadless(want)
	for _, threads := range []int{1, 2, 3} {
		got := threadless(reports(t, dir, nil, append(micro, "-X", fmt.Sprintf("thread-nb=%d", threads))...))
		same(t, fmt.Sprint(threads, " threads"), got, want)
	}
}

// TestMicroFlowLimits holds when small flows are reported together: at each limit,
// not at one that is zero, and at the end.
func TestMicroFlowLimits(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(goldenSeed, []string{"dns"}, 20)))
	limits := func(packets, bytes, flows int) [][]string {
		return ofReport("8", reports(t, dir, nil, "-t", "trace.pcap", "-X", "micro-flows.enable=true",
			"-X", "micro-flows.output-channel={stdout}", "-X", fmt.Sprint("micro-flows.report-packet-count=", packets),
			"-X", fmt.Sprint("micro-flows.report-byte-count=", bytes), "-X", fmt.Sprint("micro-flows.report-flow-count=", flows)))
	}
	none := limits(0, 0, 0)
	total := column(t, none, 6)
	if len(none) == 0 || total < 20 {
		t.Fatalf("%d flows in %v: the trace tests nothing", total, none)
	}
	for name, c := range map[string]struct {
		lines [][]string
		full  func(line []string) bool
	}{
		"packets": {limits(4, 0, 0), func(l []string) bool { return column(t, [][]string{l}, 7)+column(t, [][]string{l}, 8) >= 4 }},
		"bytes":   {limits(0, 500, 0), func(l []string) bool { return column(t, [][]string{l}, 9)+column(t, [][]string{l}, 10) >= 500 }},
		"flows":   {limits(0, 0, 3), func(l []string) bool { return l[5] == "3" }},
	} {
		rest := slices.DeleteFunc(slices.Clone(c.lines), c.full)
		if len(c.lines) <= len(none) || len(rest) > len(none) {
			t.Errorf("%s: %d lines of which %d below the limit, without limit %d", name, len(c.lines), len(rest), len(none))
		}
		if got := column(t, c.lines, 6); got != total {
			t.Errorf("%s: %d flows, want %d", name, got, total)
		}
	}
}
