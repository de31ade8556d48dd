package rules

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

var dump = flag.String("dump", "", "write the traces of the golden tests to this folder, as RULE.NAME.pcap")

// golden is a rule, a trace, and what the rule must say of it.
type golden struct {
	rule string // file without .xml
	name string
	make func(*trace)
	want []string // as verdictsOf gives them: "1000 detected 1@1 2@4"; none for a near miss
}

// goldens returns the tests of all rules. Every part of the rule set has its
// own list.
func goldens() []golden {
	return slices.Concat(networkGoldens(), applicationGoldens())
}

// TestGolden runs each rule on its traces, with and without IP defragmentation,
// which must not matter.
func TestGolden(t *testing.T) {
	for _, g := range goldens() {
		t.Run(g.rule+"/"+g.name, func(t *testing.T) {
			tr := newTrace()
			g.make(tr)
			dumpTrace(t, g, tr.packets)
			for _, defragment := range []bool{false, true} {
				got := verdictsOf(t, []string{g.rule + ".xml"}, tr.packets, defragment)
				if !slices.Equal(got, g.want) {
					t.Errorf("verdicts (defragmentation %v)\n\t%s\nwant\n\t%s", defragment,
						strings.Join(got, "\n\t"), strings.Join(g.want, "\n\t"))
				}
			}
		})
	}
}

// TestEveryRuleIsTested wants for each rule a trace that it tells and one that
// it does not.
func TestEveryRuleIsTested(t *testing.T) {
	hits, misses := map[string]bool{}, map[string]bool{}
	for _, g := range goldens() {
		if len(g.want) > 0 {
			hits[g.rule] = true
		} else {
			misses[g.rule] = true
		}
	}
	for _, name := range ruleFiles(t) {
		rule := strings.TrimSuffix(name, ".xml")
		if !hits[rule] || !misses[rule] {
			t.Errorf("%s: has a trace that triggers it: %v, a near miss: %v; both are needed", name, hits[rule], misses[rule])
		}
	}
}

// ruleFiles lists the rules that are delivered.
func ruleFiles(t *testing.T) (names []string) {
	t.Helper()
	entries, err := Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// dumpTrace writes the trace of a test where -dump asks for it.
func dumpTrace(t *testing.T, g golden, packets []dataplane.Packet) {
	if *dump == "" {
		return
	}
	var all []traffic.Packet
	for _, p := range packets {
		all = append(all, traffic.Packet{Time: p.Time, Data: p.Data})
	}
	f, err := os.Create(filepath.Join(*dump, g.rule+"."+strings.ReplaceAll(g.name, " ", "_")+".pcap"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := traffic.WritePcap(f, all); err != nil {
		t.Fatal(err)
	}
}
