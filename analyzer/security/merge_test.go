package security

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"mmt/analyzer/security/rule"
)

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

// queued returns how many messages of a feed wait.
func queued(f *Feed) int {
	n, _ := f.Queue()
	return n
}

// TestOrder wants packets of a feed to wait until the other has passed them.
func TestOrder(t *testing.T) {
	e, got := engine(t, Options{Feeds: 2}, twice(1, 80))
	a, b := e.Feeds()[0], e.Feeds()[1]
	a.Process(2*ms, 2, 0, packet(1, 80))
	a.Process(5*ms, 5, 0, packet(1, 80))
	a.Flush(5)
	b.Flush(1)
	time.Sleep(20 * time.Millisecond)
	if n := queued(a); n != 2 {
		t.Errorf("%d packets wait, want both", n)
	}
	b.Flush(4)
	await(t, "the first packet", func() bool { return queued(a) == 1 })
	b.Process(6*ms, 6, 0, packet(1, 80))
	b.Flush(6)
	a.Flush(6)
	await(t, "all packets", func() bool { return queued(a) == 0 && queued(b) == 0 })
	e.Close()
	if want := []string{"1@5", "1@6"}; !slices.Equal(*got, want) {
		t.Errorf("verdicts %v, want %v", *got, want)
	}
}

// TestOrderUnderLoad wants all packets verified in their order, however the threads
// of feeds take turns.
func TestOrderUnderLoad(t *testing.T) {
	const feeds, total, burst = 3, 60000, 4
	next, wrong := uint64(1), 0
	e, err := NewEngine([]*rule.Rule{portOnly(1, 80)}, Options{Feeds: feeds, RingSize: 64, Verdict: func(_ int, v *rule.Verdict) {
		if v.Counter != next {
			wrong++
		}
		next = v.Counter + 1
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := packet(1, 80)
	var analyzers sync.WaitGroup
	for i, f := range e.Feeds() {
		analyzers.Go(func() {
			for first := uint64(1); first <= total; first += burst {
				for n := first; n < first+burst; n++ {
					if int(n*n%11%feeds) == i {
						f.Process(int64(n)*1000, n, 0, p)
					}
				}
				f.Flush(first + burst - 1)
			}
			f.Close()
		})
	}
	analyzers.Wait()
	e.Close()
	if wrong > 0 || next != total+1 {
		t.Errorf("%d packets not verified after the one before them, the last one is %d", wrong, next-1)
	}
}

// TestUnordered wants packets of a feed to wait for no other, those that are there
// to come by their times, and a change to wait until all feeds have come to it:
// messages from before are not read as if they were from after.
func TestUnordered(t *testing.T) {
	e, got := engine(t, Options{Feeds: 2, Unordered: true}, twice(1, 80))
	a, b := e.Feeds()[0], e.Feeds()[1]
	a.Process(2*ms, 2, 0, packet(1, 80))
	a.Flush(0)
	await(t, "the packet", func() bool { return queued(a) == 0 })
	c, err := e.Prepare([]*rule.Rule{portOnly(2, 81)}) // its only attribute is in the place of another
	if err != nil {
		t.Fatal(err)
	}
	a.Apply(c)
	a.Process(4*ms, 4, 0, packet(1, 81))
	a.Flush(0)
	b.Process(3*ms, 3, 0, packet(1, 80))
	b.Flush(0)
	await(t, "the other's packet", func() bool { return queued(b) == 0 })
	if e.Settled() || queued(a) != 2 {
		t.Errorf("the change did not wait: settled %v, %d messages wait", e.Settled(), queued(a))
	}
	b.Apply(c)
	await(t, "the change", func() bool { return e.Settled() && queued(a) == 0 })
	e.Close()
	if want := []string{"1@3", "2@4"}; !slices.Equal(*got, want) {
		t.Errorf("verdicts %v, want %v", *got, want)
	}
}

// portOnly returns a rule of one event: a port.
func portOnly(id uint32, port float64) *rule.Rule {
	return &rule.Rule{
		ID: id, Description: "port", Source: "test", Attributes: []rule.Attribute{portAttr},
		Root:   &rule.Node{Op: rule.Leaf, Event: 1, Repeat: 1},
		Events: []rule.Event{{Expr: compareExpr(rule.Eq, attr(0, 0, rule.Numeric), number(port)), Needs: []int{0}}},
	}
}

// TestLateFeed wants a feed that is late to cost the others no messages where
// those could be lost.
func TestLateFeed(t *testing.T) {
	e, _ := engine(t, Options{Feeds: 2, Lose: true, RingSize: 16}, twice(1, 80))
	a := e.Feeds()[0]
	for i := range uint64(200) {
		a.Process(int64(i)*ms, i+1, 0, packet(1, 80))
		a.Flush(i + 1)
		await(t, "room", func() bool { return queued(a) <= 9 })
	}
	e.Close()
	if s := e.Stats(); s.Lost != 0 || s.Packets != 200 {
		t.Errorf("%d lost, %d verified", s.Lost, s.Packets)
	}
}

// TestLostOfFeeds wants what is lost counted exactly, once, and changes not lost.
func TestLostOfFeeds(t *testing.T) {
	const feeds, each = 3, 500
	hold := make(chan struct{})
	e, err := NewEngine([]*rule.Rule{portOnly(1, 80)}, Options{
		Feeds: feeds, Threads: 1, Lose: true, RingSize: 8, Verdict: func(int, *rule.Verdict) { <-hold },
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := e.Prepare(e.Rules())
	if err != nil {
		t.Fatal(err)
	}
	var analyzers sync.WaitGroup
	for i, f := range e.Feeds() {
		analyzers.Go(func() {
			for n := range uint64(each) {
				f.Process(int64(n), n*feeds+uint64(i)+1, 0, packet(1, 80))
				f.Flush((n + 1) * feeds)
			}
			f.Apply(c)
			f.Close()
		})
	}
	time.AfterFunc(20*time.Millisecond, func() { close(hold) })
	analyzers.Wait()
	e.Close()
	if s := e.Stats(); s.Lost == 0 || s.Lost+s.Packets != feeds*each || !e.Settled() {
		t.Errorf("%d lost, %d verified of %d, settled %v", s.Lost, s.Packets, feeds*each, e.Settled())
	}
}

// TestNoAllocationOfFeeds wants the steady state of feeds and shards to allocate
// nothing.
func TestNoAllocationOfFeeds(t *testing.T) {
	for feeds := 1; feeds <= 3; feeds++ {
		e, err := NewEngine([]*rule.Rule{twice(1, 80), twice(2, 81)}, Options{Feeds: feeds, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		packets := [][]Attribute{packet(1, 80), packet(2, 80), packet(1, 80), packet(3, 81), packet(4, 82)}
		number := uint64(0)
		burst := func() {
			for range 64 {
				number++
				f := e.Feeds()[number%7%uint64(feeds)]
				f.Process(int64(number)*100*ms, number, 0, packets[number%5])
			}
			for _, f := range e.Feeds() {
				f.Flush(number)
			}
		}
		for range 2000 {
			burst()
		}
		if n := testing.AllocsPerRun(200, burst); n > 0 {
			t.Errorf("%d feeds: %v allocations in a burst", feeds, n)
		}
		e.Close()
	}
}

// TestSpreadOfFeeds wants a thread of the mask to be one of each feed, which share
// its rules.
func TestSpreadOfFeeds(t *testing.T) {
	for _, test := range []struct {
		feeds, threads int
		mask           map[int]Ranges
		rules          int
		want           string
	}{
		{2, 0, nil, 3, "[[1 2 3]]"},
		{2, 0, map[int]Ranges{1: {{1, 1}}}, 3, "[[1 2 3]]"},
		{2, 1, nil, 5, "[[1 2] [3 4 5]]"},
		{2, 2, map[int]Ranges{2: {{1, 3}}}, 7, "[[4 5] [6 7] [1] [2 3]]"},
		{3, 2, map[int]Ranges{1: {{1, 3}}, 2: {{5, 6}}}, 6, "[[1] [2] [3] [] [5] [6]]"},
	} {
		o := Options{Feeds: test.feeds, Threads: test.threads, Mask: test.mask}
		var rules []*compiledRule
		for i := range test.rules {
			rules = append(rules, &compiledRule{Rule: &rule.Rule{ID: uint32(i + 1)}})
		}
		var got [][]uint32
		for _, part := range o.spread(rules) {
			ids := []uint32{}
			for _, r := range part {
				ids = append(ids, r.ID)
			}
			got = append(got, ids)
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%d feeds, %d threads, mask %v: %v, want %s", test.feeds, test.threads, test.mask, got, test.want)
		}
	}
}

// BenchmarkMerge measures what a message of a packet that no rule is about costs a
// shard, by the number of feeds that it comes from: the median of many rounds.
func BenchmarkMerge(b *testing.B) {
	for _, feeds := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprint("feeds=", feeds), func(b *testing.B) { benchMerge(b, feeds) })
	}
}

func benchMerge(b *testing.B, feeds int) {
	o := Options{Feeds: feeds}
	if feeds == 1 {
		o.Threads = 1 // one shard, as several feeds have
	}
	e, err := newEngine([]*rule.Rule{twice(1, 80)}, o)
	if err != nil {
		b.Fatal(err)
	}
	m := newMerger(e, e.shards[0], 0)
	const round = DefaultRingSize / 2
	rng, p := rand.New(rand.NewPCG(1, 1)), packet(1, 443)
	var took []time.Duration
	for number := uint64(0); number < uint64(b.N); {
		for range round {
			number++
			e.feeds[rng.IntN(feeds)].Process(int64(number)*1000, number, 0, p)
		}
		for _, f := range e.feeds {
			f.Flush(number)
		}
		begin := time.Now()
		for m.step() {
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/round, "ns/message")
}
