package security_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/reference/random"
	"mmt/analyzer/security/rule"
	"mmt/dataplane"
)

// fewInstances bounds the work of a rule: the reference interpreter has no limit
// to copies, so that it is asked only where the engine did not come to this one.
const fewInstances = 200

// attachedVerdicts returns what an engine that is attached to a handler says of
// packets, by rule, and how many instances found no room.
func attachedVerdicts(t testing.TB, reg *dpi.Registry, rules []*rule.Rule, packets []dataplane.Packet, threads int) (lines map[uint32][]string, refused uint64) {
	t.Helper()
	var mu sync.Mutex
	lines = map[uint32][]string{}
	e, err := security.NewEngine(rules, security.Options{
		Threads: threads, MaxInstances: fewInstances, MaxMessage: 1 << 20,
		Verdict: func(_ int, v *rule.Verdict) {
			mu.Lock()
			lines[v.Rule.ID] = append(lines[v.Rule.ID], reference.VerdictOf(v).String())
			mu.Unlock()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := newHandler(t, reg)
	if err := e.Attach(h, 1); err != nil {
		t.Fatal(err)
	}
	for burst := range slices.Chunk(packets, 64) {
		h.Process(burst)
		e.Flush(h.Packets())
	}
	e.Close()
	s := e.Stats()
	if s.Panics != 0 || s.Lost != 0 || s.Truncated != 0 {
		t.Errorf("%d panics, %d packets lost, %d values truncated", s.Panics, s.Lost, s.Truncated)
	}
	return lines, s.Refused
}

// TestRulesTogether holds that what a rule says of a handler's packets does not
// depend on which other rules there are: it is what it says alone, and what the
// reference interpreter says of the same packets. Rules read attributes of all
// protocols; packets are of all kinds, some of them cut or damaged; and the index
// of rules is rearranged on the way.
func TestRulesTogether(t *testing.T) {
	defer security.AdaptAfter(128)()
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	seeds, said, tried := uint64(6), 0, 0
	if testing.Short() {
		seeds = 5
	}
	for seed := uint64(0); seed < seeds && !t.Failed(); seed++ {
		rng := rand.New(rand.NewPCG(seed, 13))
		packets := randomPackets(rng, 400)
		list := samples(t, reg, packets)
		rules := randomRules(rng, ids(1, 30)...)
		for _, r := range rules {
			random.Rebind(rng, r, list)
		}
		said += holdTogether(t, reg, seed, rules, packets)
		tried += len(rules)
	}
	t.Logf("%d of %d rules gave verdicts", said, tried)
	if said < tried/5 {
		t.Errorf("only %d of %d rules gave verdicts", said, tried)
	}
}

// holdTogether compares what rules say alone and together, and returns how many
// say anything.
func holdTogether(t *testing.T, reg *dpi.Registry, seed uint64, rules []*rule.Rule, packets []dataplane.Packet) (said int) {
	t.Helper()
	want := map[uint32][]string{}
	seen := extracted(t, reg, packets, attributesRead(rules))
	for _, r := range rules {
		alone, refused := attachedVerdicts(t, reg, []*rule.Rule{r}, packets, 0)
		want[r.ID] = alone[r.ID]
		if len(want[r.ID]) > 0 {
			said++
		}
		if refused > 0 {
			continue
		}
		slow := referenceVerdicts([]*rule.Rule{r}, seen)
		if fast := slices.Sorted(slices.Values(want[r.ID])); !slices.Equal(fast, slow) {
			t.Errorf("seed %d, engine and reference differ: %s\n%s", seed, firstDifference(fast, slow), random.Describe(r))
		}
	}
	for threads := range 3 {
		got, _ := attachedVerdicts(t, reg, rules, packets, threads)
		for _, r := range rules {
			if !slices.Equal(got[r.ID], want[r.ID]) {
				t.Errorf("seed %d, %d threads, together and alone differ: %s\n%s", seed, threads, firstDifference(got[r.ID], want[r.ID]), random.Describe(r))
			}
		}
	}
	return said
}
