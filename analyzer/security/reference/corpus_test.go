package reference_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/dataplane"
	"mmt/report"
	"mmt/rulecomp"
)

// corpus are traces with known verdicts, beside the repository.
var corpus = filepath.Join("..", "..", "..", "..", "shared", "corpus", "security")

// TestTraces compares verdicts on traces with the known ones.
func TestTraces(t *testing.T) {
	expected, _ := filepath.Glob(filepath.Join(corpus, "expected", "*.csv"))
	if len(expected) == 0 {
		t.Skipf("no traces with known verdicts in %s", corpus)
	}
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	rules := compile(t, reg)
	for _, path := range expected {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		t.Run(name, func(t *testing.T) {
			got := verify(t, reg, rules, filepath.Join(corpus, "pcap", name+".pcap"))
			compare(t, known(t, path), got)
		})
	}
}

// compile compiles all rule files that it can.
func compile(t *testing.T, reg *dpi.Registry) (rules []*rule.Rule) {
	t.Helper()
	paths, err := rulecomp.FindRules(filepath.Join(corpus, "rules"))
	if err != nil {
		t.Fatal(err)
	}
	c := &rulecomp.Compiler{Registry: reg}
	for _, path := range paths {
		f, err := c.ParseFile(path)
		if err != nil {
			t.Logf("left out: %v", err)
			continue
		}
		rules = append(rules, f.Rules...)
	}
	return rules
}

// verify runs all rules on a trace and returns the verdicts' lines.
func verify(t *testing.T, reg *dpi.Registry, rules []*rule.Rule, trace string) (lines []string) {
	t.Helper()
	table := session.NewTable(session.Config{Max: 1 << 12})
	h, err := dpi.NewHandler(reg, table, dpi.Options{Defragmenter: table})
	if err != nil {
		t.Fatal(err)
	}
	slots := register(t, h, rules)
	var interpreters []*reference.Interpreter
	for _, r := range rules {
		interpreters = append(interpreters, reference.New(r, 100000))
	}
	encoder := report.NewEncoder(report.CSV, 0, "")
	if err := h.AddPacketHandler(1, func(p *dpi.Packet) {
		seen := &reference.Packet{Time: p.Time, Counter: p.Index, Values: map[reference.Key]dpi.Value{}}
		for key, slot := range slots {
			if v := slot.Value(); v != nil {
				seen.Values[key] = *v
			}
		}
		for k, i := range interpreters {
			if v := i.Process(seen); v != nil {
				lines = append(lines, line(rules[k], v, encoder))
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	prototest.Replay(t, trace, func(b *dataplane.Burst) { h.Process(b.Packets[:b.N]) })
	return lines
}

// register asks for all attributes that rules read.
func register(t *testing.T, h *dpi.Handler, rules []*rule.Rule) map[reference.Key]*dpi.Slot {
	t.Helper()
	slots := map[reference.Key]*dpi.Slot{}
	for _, r := range rules {
		for _, a := range r.Attributes {
			s, err := h.RegisterNth(a.Protocol, a.ID, a.Layer)
			if err != nil {
				t.Fatal(err)
			}
			slots[reference.KeyOf(a)] = s
		}
	}
	return slots
}

// line returns a verdict as a report says it, from the property's id on.
func line(r *rule.Rule, v *reference.Verdict, e *report.Encoder) string {
	out := report.Verdict{Property: r.ID, Verdict: v.Outcome.String(), Type: r.Type.String(), Description: r.Description}
	for _, o := range v.History {
		event := out.Event(o.Event, o.Time, o.Counter)
		for i, need := range r.Events[o.Event-1].Needs {
			event.Attributes = append(event.Attributes, shown(r.Attributes[need].Name, o.Values[i]))
		}
	}
	return comparable(string(out.Append(nil, e)))
}

// shown returns a value as reports show it.
func shown(name string, v dpi.Value) report.Attribute {
	a := report.Attribute{Name: name, N: v.N, B: v.B}
	switch {
	case v.Type == dpi.Float:
		a.Kind = report.Real
	case v.Type.IsNumber():
		a.Kind = report.Integer
	case v.Type == dpi.IP4Addr || v.Type == dpi.IP6Addr:
		a.Kind = report.IP
	case v.Type == dpi.MACAddr:
		a.Kind = report.MAC
	default:
		a.Kind = report.Text
	}
	return a
}

// comparable returns what is compared of a line: all from the property's id on,
// without blanks.
func comparable(line string) string {
	fields := strings.SplitN(line, ",", 5)
	return strings.ReplaceAll(fields[len(fields)-1], " ", "")
}

// known returns the known verdicts of a trace, and nothing else.
func known(t *testing.T, path string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		lines = append(lines, comparable(strings.TrimSpace(l)))
	}
	return lines
}

// compare compares the verdicts of those rules that are known to give some.
func compare(t *testing.T, want, got []string) {
	t.Helper()
	id := func(line string) string { id, _, _ := strings.Cut(line, ","); return id }
	missing := slices.Clone(want)
	for _, l := range got {
		if k := slices.Index(missing, l); k >= 0 {
			missing = slices.Delete(missing, k, k+1)
		} else if slices.ContainsFunc(want, func(w string) bool { return id(w) == id(l) }) {
			t.Errorf("extra: %s", l)
		}
	}
	for _, l := range missing {
		t.Errorf("missing: %s", l)
	}
}
