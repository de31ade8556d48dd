package pushdown

import (
	"fmt"
	"testing"

	"mmt/analyzer/security/rule"
	"mmt/bench/traffic"
)

// families are the built-in rules by what they are about, see the README of
// configs/rules.
var families = []struct {
	first, last uint32
	about       string
}{
	{1000, 1017, "scans"}, {1020, 1022, "ARP"}, {1023, 1033, "spoofing"}, {1040, 1047, "floods"}, {1050, 1060, "fragments"},
	{1061, 1088, "headers"}, {1100, 1118, "passwords"}, {1120, 1137, "web"}, {1140, 1146, "DNS"}, {1150, 1155, "TLS"},
	{1160, 1166, "worms"}, {1170, 1179, "industrial"}, {1180, 1186, "mobile"}, {1190, 1196, "services"},
}

// TestEachBuiltInRule: each of the built-in rules alone says the same of generated
// traffic of all kinds whether or not it is pushed down.
func TestEachBuiltInRule(t *testing.T) {
	reg := registry(t)
	rules := builtIn(t, reg)
	packets := toPackets(append(traffic.Generate(3, nil, 1), traffic.Mixed(4, 50)...))
	want := verdicts(t, reg, rules, packets)
	if len(want) < 15 {
		t.Errorf("only %d rules have anything to say of the traffic", len(want))
	}
	sum := map[string]float64{}
	count := map[string]int{}
	pushed, said := 0, 0
	for _, r := range rules {
		percent, n := sameVerdicts(t, reg, []*rule.Rule{r}, packets, want)
		if !Analyze([]*rule.Rule{r}, Options{Registry: reg}).all {
			pushed++
			if n > 0 {
				said++
			}
		}
		family := familyOf(r.ID)
		sum[family] += percent
		count[family]++
	}
	t.Logf("%d of %d rules can be pushed down, %d of them had verdicts", pushed, len(rules), said)
	for _, f := range families {
		t.Logf("%-10s %3d rules, alone each leaves %5.1f %% of the packets", f.about, count[f.about], sum[f.about]/float64(count[f.about]))
	}
}

func familyOf(id uint32) string {
	for _, f := range families {
		if f.first <= id && id <= f.last {
			return f.about
		}
	}
	return fmt.Sprint(id)
}

// TestFamilies: rules of a family together, and what a mixed trace of an Internet
// link leaves of them.
func TestFamilies(t *testing.T) {
	reg := registry(t)
	all := builtIn(t, reg)
	packets := toPackets(traffic.Mixed(5, 150))
	want := verdicts(t, reg, all, packets)
	for _, f := range families {
		var rules []*rule.Rule
		for _, r := range all {
			alone := Analyze([]*rule.Rule{r}, Options{Registry: reg})
			if f.first <= r.ID && r.ID <= f.last && !alone.all {
				rules = append(rules, r)
			}
		}
		percent, n := sameVerdicts(t, reg, rules, packets, want)
		t.Logf("%-10s %3d rules that can be pushed down leave %5.1f %% of a mixed trace, %d verdicts", f.about, len(rules), percent, n)
	}
}
