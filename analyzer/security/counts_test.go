package security

import (
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// countRule returns a rule of one event: a count of IP packets, and a port.
func countRule(id uint32, count, port float64) *rule.Rule {
	r := portOnly(id, port)
	r.Attributes = append(r.Attributes, rule.Attribute{Protocol: ipID, ID: dpi.AttrPacketCount, Name: "ip.packet_count", Type: dpi.U64})
	r.Events[0].Needs = []int{0, 1}
	r.Events[0].Expr = &rule.Expr{Op: rule.AllOf, Kind: rule.Bool, Args: []*rule.Expr{
		r.Events[0].Expr, compareExpr(rule.Eq, attr(1, 0, rule.Numeric), number(count)),
	}}
	return r
}

// TestCounts wants what each analyzer counts for itself to be counted over all, and
// to go on through a change of rules.
func TestCounts(t *testing.T) {
	e, got := engine(t, Options{Feeds: 2}, countRule(1, 3, 80), countRule(2, 2, 80))
	var seen [2]uint64
	process := func(from int, counter uint64) {
		seen[from]++
		p := packet(1, 80)
		var count dpi.Value
		count.SetU(dpi.U64, seen[from])
		p = append(p, Attribute{Key: Key{Protocol: ipID, ID: dpi.AttrPacketCount}, Value: count})
		e.Feeds()[from].Process(int64(counter)*ms, counter, 0, p)
	}
	process(0, 10)
	process(1, 20)
	process(0, 30)
	c, err := e.Prepare([]*rule.Rule{twice(3, 99), countRule(4, 5, 80)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range e.Feeds() {
		f.Apply(c)
	}
	process(1, 40)
	process(1, 50)
	e.Close()
	if want := []string{"2@20", "1@30", "4@50"}; !slices.Equal(*got, want) {
		t.Errorf("verdicts %v, want %v", *got, want)
	}
}
