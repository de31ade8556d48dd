package rules

import (
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

// told are the rules that the traffic of a scenario must bring to speak, because
// it holds what they are about. All others must be silent: the hosts of the
// generator are well.
var told = map[string][]string{
	"fragments": {"1050", "1054", "1059"},         // overlapping, in reverse order, small
	"icmp":      {"1017", "1027", "1074", "1083"}, // traceroute, redirect, record route, timestamp
	"scans":     {"1000", "1001", "1002", "1003", "1004", "1005", "1006", "1007", "1009"},
	"spoof":     {"1020", "1022"},
}

// networkRules are the files that TestQuiet looks at, by the start of their names.
const networkRules = "10"

// TestQuiet runs all network rules at once on traffic that was not made for
// them.
func TestQuiet(t *testing.T) {
	files := slices.DeleteFunc(ruleFiles(t), func(name string) bool { return !strings.HasPrefix(name, networkRules) })
	for _, s := range traffic.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			wantTold(t, files, traffic.Generate(1, []string{s.Name}, 1), told[s.Name])
		})
	}
	t.Run("mixed", func(t *testing.T) { wantTold(t, files, traffic.Mixed(1, 200), nil) })
}

// wantTold checks which rules speak about a trace.
func wantTold(t *testing.T, files []string, trace []traffic.Packet, want []string) {
	t.Helper()
	packets := make([]dataplane.Packet, len(trace))
	for i, p := range trace {
		packets[i] = dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}
	}
	var got []string
	for _, line := range verdictsOf(t, files, packets, false) {
		id, _, _ := strings.Cut(line, " ")
		if !slices.Contains(got, id) {
			got = append(got, id)
		}
		if !slices.Contains(want, id) {
			t.Errorf("unexpected verdict %s", line)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("rules %v spoke, want %v", got, want)
	}
}
