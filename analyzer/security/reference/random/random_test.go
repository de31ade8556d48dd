package random_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/reference/random"
	"mmt/analyzer/security/rule"
)

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// verdicts returns what a rule says on packets.
func verdicts(r *rule.Rule, packets []reference.Packet) (list []*reference.Verdict) {
	i := reference.New(r, 1000)
	for k := range packets {
		if v := i.Process(&packets[k]); v != nil {
			list = append(list, v)
		}
	}
	return list
}

// lines returns verdicts as text.
func lines(list []*reference.Verdict) string {
	var b strings.Builder
	for _, v := range list {
		fmt.Fprintln(&b, v)
	}
	return b.String()
}

// Enough rules come to a verdict, of all kinds, some because a window is over.
func TestShareOfVerdicts(t *testing.T) {
	const pairs = 3000
	said, timeouts := 0, 0
	outcomes := map[string]int{}
	for seed := range uint64(pairs) {
		rng := source(seed)
		r := random.Rule(rng, 1)
		list := verdicts(r, random.Stream(rng, 40))
		if len(list) > 0 {
			said++
			outcomes[list[0].Outcome.String()]++
		}
		if slices.ContainsFunc(list, byTimeout) {
			timeouts++
		}
	}
	t.Logf("%d of %d pairs give verdicts: %v; %d by time-out", said, pairs, outcomes, timeouts)
	if said < pairs/3 {
		t.Errorf("only %d of %d pairs give verdicts", said, pairs)
	}
	if timeouts < pairs/20 || len(outcomes) < 3 {
		t.Errorf("%d by time-out, outcomes %v", timeouts, outcomes)
	}
}

// byTimeout tells whether no event of the verdict's history is on its packet.
func byTimeout(v *reference.Verdict) bool {
	return !slices.ContainsFunc(v.History, func(o reference.Occurrence) bool { return o.Counter == v.Counter })
}

// The same seed gives the same.
func TestRepeatable(t *testing.T) {
	for seed := range uint64(50) {
		a, b := source(seed), source(seed)
		if x, y := random.Describe(random.Rule(a, 1)), random.Describe(random.Rule(b, 1)); x != y {
			t.Fatalf("seed %d gives\n%s and\n%s", seed, x, y)
		}
		if !reflect.DeepEqual(random.Stream(a, 10), random.Stream(b, 10)) {
			t.Fatalf("seed %d gives different packets", seed)
		}
	}
}

// Rules are such as a compiler makes.
func TestRulesAreSound(t *testing.T) {
	for seed := range uint64(2000) {
		r := random.Rule(source(seed), 7)
		used := make([]bool, len(r.Attributes))
		for i := range r.Events {
			e := &r.Events[i]
			if !slices.IsSorted(e.Needs) || len(slices.Compact(slices.Clone(e.Needs))) != len(e.Needs) {
				t.Fatalf("event %d needs %v:\n%s", i+1, e.Needs, random.Describe(r))
			}
			e.Expr.Walk(func(x *rule.Expr) {
				if x.Op == rule.Attr {
					used[x.Index] = true
					if x.Event == i+1 || x.Event > len(r.Events) {
						t.Fatalf("event %d refers to %d:\n%s", i+1, x.Event, random.Describe(r))
					}
				}
			})
		}
		if slices.Contains(used, false) || len(r.Events) > 5 {
			t.Fatalf("attribute that nothing reads, or too many events:\n%s", random.Describe(r))
		}
	}
}

// Nothing depends on when a trace begins, in time or in packets.
func TestShiftedStream(t *testing.T) {
	const later, more = int64(86400e9), 1000
	for seed := range uint64(1000) {
		rng := source(seed)
		r, packets := random.Rule(rng, 1), random.Stream(rng, 40)
		shifted := slices.Clone(packets)
		for i := range shifted {
			shifted[i].Time += later
			shifted[i].Counter += more
		}
		want := verdicts(r, packets)
		for _, v := range want {
			v.Time, v.Counter = v.Time+later, v.Counter+more
			for i := range v.History {
				v.History[i].Time += later
				v.History[i].Counter += more
			}
		}
		if got := verdicts(r, shifted); lines(got) != lines(want) {
			t.Fatalf("seed %d:\n%swant\n%s%s", seed, lines(got), lines(want), random.Describe(r))
		}
	}
}

// Outcomes are those that the type of the rule tells.
func TestOutcomesOfTypes(t *testing.T) {
	told := map[rule.Type][]rule.Outcome{
		rule.Attack: {rule.Detected}, rule.Evasion: {rule.Detected}, rule.Security: {rule.NotRespected},
		rule.Test: {rule.Respected, rule.NotRespected},
	}
	for seed := range uint64(1000) {
		rng := source(seed)
		r := random.Rule(rng, 1)
		for _, v := range verdicts(r, random.Stream(rng, 40)) {
			if !slices.Contains(told[r.Type], v.Outcome) {
				t.Fatalf("seed %d: %s gives %s", seed, r.Type, v)
			}
		}
	}
}

// Shrinking keeps what fails and drops the rest.
func TestShrink(t *testing.T) {
	tried := 0
	for seed := uint64(0); tried < 20; seed++ {
		rng := source(seed)
		r, packets := random.Rule(rng, 1), random.Stream(rng, 60)
		fails := func(p []reference.Packet) bool { return len(verdicts(r, p)) > 0 }
		before := random.DescribePackets(packets)
		if !fails(packets) {
			continue
		}
		tried++
		small := random.Shrink(packets, fails)
		if !fails(small) || len(small) > 12 {
			t.Errorf("seed %d: %d packets are left:\n%s%s", seed, len(small), random.DescribePackets(small), random.Describe(r))
		}
		if random.DescribePackets(packets) != before {
			t.Fatalf("seed %d: the packets given were changed", seed)
		}
	}
}
