package security_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"mmt/analyzer/security"
	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/reference/random"
	"mmt/analyzer/security/rule"
)

// dealt is a stream as several analyzers share it: all go through the same
// bursts, and each takes its packets of them.
type dealt struct {
	packets []reference.Packet
	to      []int // feed of each packet; all of a session have the same
	ends    []int // of bursts
	change  int   // burst before which the rules change
	ending  bool  // a session ends with every fifth packet
}

// deal shares a stream out.
func deal(rng *rand.Rand, packets []reference.Packet, feeds int) *dealt {
	d := &dealt{packets: packets}
	byFlow := map[uint64]int{}
	for i := range packets {
		to := rng.IntN(feeds)
		if of, ok := byFlow[packets[i].Flow]; ok && packets[i].Flow != 0 {
			to = of
		}
		byFlow[packets[i].Flow] = to
		d.to = append(d.to, to)
	}
	for end := 0; end < len(packets); {
		end = min(end+1+rng.IntN(9), len(packets))
		d.ends = append(d.ends, end)
	}
	d.change = rng.IntN(len(d.ends))
	return d
}

// send gives a feed its packets, as an analyzer does.
func (d *dealt) send(rng *rand.Rand, feed *security.Feed, number int, change *security.Change) {
	from := 0
	for burst, end := range d.ends {
		if burst == d.change && change != nil {
			feed.Apply(change)
		}
		for i := from; i < end; i++ {
			if d.to[i] == number {
				p := &d.packets[i]
				feed.Process(p.Time, p.Counter, p.Flow, attributesOf(p))
				if d.ending && i%5 == 4 {
					feed.EndFlow(p.Flow)
				}
			}
		}
		feed.Flush(d.packets[end-1].Counter)
		from = end
		for range rng.IntN(4) {
			runtime.Gosched()
		}
	}
	feed.Close()
}

// run verifies a stream by an engine of as many feeds as it was dealt to, and
// returns the verdicts of each rule in their order.
func (d *dealt) run(t *testing.T, seed uint64, before, after []*rule.Rule, o security.Options) map[uint32][]string {
	t.Helper()
	var mu sync.Mutex
	got := map[uint32][]string{}
	o.MaxInstances = noLimit
	o.Verdict = func(_ int, v *rule.Verdict) {
		mu.Lock()
		got[v.Rule.ID] = append(got[v.Rule.ID], reference.VerdictOf(v).String())
		mu.Unlock()
	}
	e, err := security.NewEngine(before, o)
	if err != nil {
		t.Fatal(err)
	}
	var change *security.Change
	if after != nil {
		if change, err = e.Prepare(after); err != nil {
			t.Fatal(err)
		}
	}
	var analyzers sync.WaitGroup
	for i, f := range e.Feeds() {
		analyzers.Go(func() { d.send(rand.New(rand.NewPCG(seed, uint64(i))), f, i, change) })
	}
	analyzers.Wait()
	e.Close()
	if !e.Settled() {
		t.Error("a shard has not come to the change")
	}
	if s := e.Stats(); s.Packets != uint64(len(d.packets)) || s.Lost != 0 {
		t.Errorf("%d packets verified of %d, %d lost", s.Packets, len(d.packets), s.Lost)
	}
	return got
}

// compare runs a stream with one feed on one thread and with several on theirs.
func compare(t *testing.T, seed uint64, before, after []*rule.Rule, packets []reference.Packet, ignore bool, threads ...int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 9))
	for _, feeds := range []int{2, 3, 4} {
		d := deal(rng, packets, feeds)
		d.ending = ignore
		one := *d
		one.to = make([]int, len(packets))
		want := one.run(t, seed, before, after, security.Options{IgnoreFlow: ignore})
		for _, n := range threads {
			o := security.Options{Feeds: feeds, Threads: n, IgnoreFlow: ignore, RingSize: 1 << rng.IntN(7)}
			if got := d.run(t, seed, before, after, o); !maps.EqualFunc(got, want, slices.Equal) {
				t.Errorf("seed %d, %d feeds, %d threads each, ring of %d: %s", seed, feeds, n, o.RingSize, differenceByRule(got, want))
			}
		}
	}
}

func differenceByRule(got, want map[uint32][]string) string {
	for id := range want {
		if !slices.Equal(got[id], want[id]) {
			return fmt.Sprintf("rule %d: %s", id, firstDifference(got[id], want[id]))
		}
	}
	return fmt.Sprintf("%d rules with verdicts, want %d", len(got), len(want))
}

// randomRules returns rules with the given ids.
func randomRules(rng *rand.Rand, ids ...uint32) (list []*rule.Rule) {
	for _, id := range ids {
		list = append(list, random.Rule(rng, id))
	}
	return list
}

// ids returns the numbers from first to last.
func ids(first, last uint32) (list []uint32) {
	for id := first; id <= last; id++ {
		list = append(list, id)
	}
	return list
}

// TestFeeds holds that verdicts do not depend on how many analyzers there are,
// who analyses which sessions, and how their threads take turns.
func TestFeeds(t *testing.T) {
	seeds := uint64(7)
	if testing.Short() {
		seeds = 5
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 10))
		compare(t, seed, randomRules(rng, ids(1, 30)...), nil, random.Stream(rng, 200), false, 0, 1, 2)
	}
}

// TestFeedsChange holds the same where the rules change on the way: some stay, some
// go, some come, and others read attributes that none has read before.
func TestFeedsChange(t *testing.T) {
	seeds := uint64(7)
	if testing.Short() {
		seeds = 5
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 11))
		before := randomRules(rng, ids(1, 6)...)
		after := slices.Concat(before[3:], randomRules(rng, ids(7, 12)...))
		compare(t, seed, before, after, random.Stream(rng, 200), false, 0, 1)
	}
}

// TestFeedsIgnore holds the same where nothing more of a session is verified after
// a verdict, until it ends.
func TestFeedsIgnore(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 12))
		compare(t, seed, randomRules(rng, ids(1, 5)...), nil, random.Stream(rng, 200), true, 0)
	}
}
