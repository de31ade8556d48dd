package pushdown

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/bpf"
	"mmt/dataplane"
	"mmt/rulecomp"
	"mmt/rulecomp/rulefile"
)

// registry makes a registry of all protocols.
func registry(t testing.TB) *dpi.Registry {
	t.Helper()
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// builtIn returns the rules that are part of the program.
func builtIn(t testing.TB, reg *dpi.Registry) (rules []*rule.Rule) {
	t.Helper()
	texts, err := rulefile.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		rules = append(rules, compile(t, reg, text.Path, text.Content)...)
	}
	return rules
}

func compile(t testing.TB, reg *dpi.Registry, path string, text []byte) []*rule.Rule {
	t.Helper()
	c := rulecomp.Compiler{Registry: reg}
	f, err := c.Parse(path, text)
	if err != nil {
		t.Fatal(err)
	}
	return f.Rules
}

// parse reads rules that may be none.
func parse(reg *dpi.Registry, text string) ([]*rule.Rule, error) {
	c := rulecomp.Compiler{Registry: reg}
	f, err := c.Parse("random.xml", []byte(text))
	if err != nil {
		return nil, err
	}
	return f.Rules, nil
}

// verdicts returns what rules say of packets, by rule, in order. Numbers of
// packets and sessions are left out: they count what is analysed.
func verdicts(t testing.TB, reg *dpi.Registry, rules []*rule.Rule, packets []dataplane.Packet) map[uint32][]string {
	t.Helper()
	list := map[uint32][]string{}
	e, err := security.NewEngine(rules, security.Options{Verdict: func(_ int, v *rule.Verdict) {
		list[v.Rule.ID] = append(list[v.Rule.ID], describe(v))
	}})
	if err != nil {
		t.Fatal(err)
	}
	table := session.NewTable(session.Config{Max: 1 << 14})
	h, err := dpi.NewHandler(reg, table, dpi.Options{Defragmenter: table})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Attach(h, 1); err != nil {
		t.Fatal(err)
	}
	h.Process(packets)
	e.Flush(h.Packets())
	e.Close()
	return list
}

// describe shows a verdict without numbers of packets and sessions.
func describe(v *rule.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v at %d:", v.Rule.ID, v.Outcome, v.Time)
	for _, o := range v.History {
		fmt.Fprintf(&b, " %d at %d", o.Event, o.Time)
		for i, need := range v.Rule.Events[o.Event-1].Needs {
			if at := &v.Rule.Attributes[need]; at.ID != dpi.AttrSessionID {
				fmt.Fprintf(&b, " %s=%v/%x", at.Name, o.Values[i].N, o.Values[i].B)
			}
		}
	}
	return b.String()
}

// filtered returns the packets that a plan lets pass.
func filtered(t testing.TB, p *Plan, packets []dataplane.Packet) []dataplane.Packet {
	t.Helper()
	f, err := bpf.NewFilter(&bpf.Rules{Wanted: p.Wanted()})
	if err != nil {
		t.Fatal(err)
	}
	var left []dataplane.Packet
	for _, packet := range packets {
		if packet.Link != dataplane.LinkEthernet || f.Match(packet.Data).Passes() {
			left = append(left, packet)
		}
	}
	return left
}

// sameVerdicts tests that rules say the same of what passes as of all packets,
// and returns how much that is, in percent, and how many verdicts there were.
func sameVerdicts(t testing.TB, reg *dpi.Registry, rules []*rule.Rule, packets []dataplane.Packet, want map[uint32][]string) (percent float64, n int) {
	t.Helper()
	p := Analyze(rules, Options{Registry: reg})
	left := filtered(t, p, packets)
	got := verdicts(t, reg, rules, left)
	for _, r := range rules {
		n += len(want[r.ID])
		if !slices.Equal(got[r.ID], want[r.ID]) {
			t.Errorf("rule %d: %d verdicts on %d of %d packets, %d on all of them\ngot  %s\nwant %s\n%s", r.ID, len(got[r.ID]), len(left),
				len(packets), len(want[r.ID]), first(got[r.ID], want[r.ID]), first(want[r.ID], got[r.ID]), strings.Join(p.Explain(), "\n"))
		}
	}
	return 100 * float64(len(left)) / float64(len(packets)), n
}

// first returns the first verdict of a that is not in b.
func first(a, b []string) string {
	for _, line := range a {
		if !slices.Contains(b, line) {
			return line
		}
	}
	return "(the same, in another order)"
}

// toPackets makes packets of generated traffic.
func toPackets(list []traffic.Packet) (packets []dataplane.Packet) {
	for _, p := range list {
		packets = append(packets, dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet})
	}
	return packets
}
