package pushdown

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/security/rule"
	"mmt/dataplane"
	"mmt/rulecomp"
)

// corpus is where traces with attacks and rules for them are, outside of the
// repository.
const corpus = "../../../shared/corpus/security"

// TestCorpus: rules alone say the same of real attacks whether or not they are
// pushed down, those of the traces and the built-in ones.
func TestCorpus(t *testing.T) {
	traces, _ := filepath.Glob(filepath.Join(corpus, "pcap", "*.pcap"))
	if len(traces) == 0 {
		t.Skip("no corpus of security traces in ", corpus)
	}
	reg := registry(t)
	for name, rules := range map[string][]*rule.Rule{"theirs": corpusRules(t, reg), "built-in": builtIn(t, reg)} {
		pushed, said := map[uint32]bool{}, map[uint32]bool{}
		for i, trace := range traces {
			packets := load(t, trace)
			want := verdicts(t, reg, rules, packets)
			for _, r := range rules {
				// Rules without verdicts are tried on a few small traces.
				few := len(packets) < 2000 && (int(r.ID)+i)%16 == 0
				if len(want[r.ID]) == 0 && !few || Analyze([]*rule.Rule{r}, Options{Registry: reg}).all {
					continue
				}
				pushed[r.ID] = true
				if _, n := sameVerdicts(t, reg, []*rule.Rule{r}, packets, want); n > 0 {
					said[r.ID] = true
				}
			}
		}
		t.Logf("%s: %d of %d rules can be pushed down, %d with verdicts", name, len(pushed), len(rules), len(said))
		if len(said) < 5 {
			t.Errorf("%s: only %d rules had verdicts", name, len(said))
		}
	}
}

// corpusRules compiles the rules of the corpus that need no C compiler.
func corpusRules(t *testing.T, reg *dpi.Registry) (rules []*rule.Rule) {
	t.Helper()
	paths, err := rulecomp.FindRules(filepath.Join(corpus, "rules"))
	if err != nil {
		t.Fatal(err)
	}
	c := rulecomp.Compiler{Registry: reg}
	known := map[uint32]bool{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Parse(path, text)
		if err != nil {
			t.Log(err)
			continue
		}
		for _, r := range f.Rules {
			if !known[r.ID] {
				known[r.ID] = true
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// load reads the packets of a trace.
func load(t *testing.T, trace string) (packets []dataplane.Packet) {
	t.Helper()
	prototest.Replay(t, trace, func(b *dataplane.Burst) {
		for _, p := range b.Packets[:b.N] {
			p.Data = slices.Clone(p.Data)
			packets = append(packets, p)
		}
	})
	return packets
}
