package security

import (
	"sync"
	"time"

	"mmt/dataplane/ring"
)

// merger gives a shard the messages of all feeds, in the order of their places:
// it takes the first of those that have come, once the feeds of which none has
// come are past it.
//
// This never comes to a standstill. Let x be the first message, sent or still to
// come, that some shard s has not taken: all before it are taken by all shards.
// If x is in its ring, s waits for a feed Y, whose ring is empty for s and which has
// not passed x. s takes nothing behind x before x, so that what it took of Y is
// before x, and taken by all: the ring of Y is empty for all, and a shard that waits
// has released what it took. So Y finds room. Analyzers get the same bursts in the
// same order: Y can get the burst of x as well, and at its end tells that it has
// passed x. If x is still to come, all that its feed has sent is taken, and it finds
// room likewise. A change of rules is a message with one place in all feeds.
//
// Where messages may be lost, a feed that is late is not waited for once the ring
// of another is half full: rather verified out of order than lost.
type merger struct {
	carrier
	number int // of the shard
	inlets []inlet
	held   int  // inlets that are held
	lose   bool // Options.Lose
}

// inlet is a feed as a shard sees it.
type inlet struct {
	feed   *Feed
	number int // of the feed
	in     *ring.Reader[message]
	list   []message // at the head of the ring
	taken  int       // of list, not yet released
	held   bool      // the next one is a change, which waits until all feeds have come to it
}

func newMerger(e *Engine, s *shard, number int) *merger {
	m := &merger{carrier: carrier{shard: s}, number: number, lose: e.options.Lose}
	s.cells.source = &m.carrier
	for i, f := range e.feeds {
		m.inlets = append(m.inlets, inlet{feed: f, number: i, in: f.ring.Reader(number)})
	}
	m.counts = newCounts(e.current.Load().schema, len(e.feeds), nil)
	return m
}

// statsEvery is how many packets pass between two times that a shard shows its
// counters.
const statsEvery = 1 << 14

// serve verifies what comes, until all feeds are closed and empty.
func (m *merger) serve(e *Engine, stats *shared) {
	wait := ring.NewBackoff()
	wait.MaxSleep = longestSleep
	s := m.shard
	waker := e.wakers[m.number]
	for shown := uint64(0); ; {
		news := waker.News()
		if m.step() {
			wait.Reset()
			if s.stats.Packets-shown >= statsEvery {
				shown = s.stats.Packets
				stats.store(&s.stats)
			}
			continue
		}
		stats.store(&s.stats)
		if m.drained() {
			return
		}
		if wait.Tired() {
			waker.Sleep(news)
			wait.Reset()
		}
		wait.Wait()
	}
}

// longestSleep is how long a shard sleeps without being woken.
const longestSleep = 100 * time.Microsecond

// step verifies the messages that come next, as many as are known to, and reports
// whether there were any.
func (m *merger) step() bool {
	var first *inlet
	var least uint64                                // place of its next message
	bound, passed := uint64(beyond), uint64(beyond) // that of the next one of the others; what those without one have passed
	for i := range m.inlets {
		l := &m.inlets[i]
		at, ok := l.head()
		switch {
		case !ok:
			passed = min(passed, at)
		case first == nil:
			first, least = l, at
		case at < least:
			first, least, bound = l, at, least
		default:
			bound = min(bound, at)
		}
	}
	if first == nil {
		return m.turn()
	}
	if least > passed {
		if !m.lose || !m.crowded() {
			m.release()
			return false
		}
		passed = least
	}
	m.take(first, min(bound, passed))
	return true
}

// head returns the place of the next message. Without one it is what the feed has
// passed.
func (l *inlet) head() (at uint64, ok bool) {
	if l.held {
		return beyond, false
	}
	if l.taken == len(l.list) {
		l.release()
		passed := l.feed.passed.Load() // before the look into the ring: what it speaks of is there
		if l.list = l.in.Peek(); len(l.list) == 0 {
			return passed, false
		}
	}
	return l.list[l.taken].at, true
}

// releaseEvery is after how many messages the feed gets its room back.
const releaseEvery = 32

// take verifies the messages of a feed up to a place.
func (m *merger) take(l *inlet, last uint64) {
	if m.counts != nil {
		m.counts.feed = l.number
	}
	for l.taken < len(l.list) && l.list[l.taken].at <= last {
		next := &l.list[l.taken]
		if next.change != nil {
			l.held = true
			m.held++
			break
		}
		m.receive(next)
		l.taken++
	}
	if l.taken >= releaseEvery || l.held {
		l.release()
	}
}

// turn makes the shard verify by the change that all feeds have come to, and
// reports whether there is one. A feed that is closed is past it.
func (m *merger) turn() bool {
	if m.held == 0 {
		return false
	}
	for i := range m.inlets {
		if l := &m.inlets[i]; !l.held && !l.in.Drained() {
			return false
		}
	}
	var c *Change
	for i := range m.inlets {
		if l := &m.inlets[i]; l.held {
			c = l.list[0].change
			l.taken, l.held = 1, false
		}
	}
	m.held = 0
	m.shard.turn(c, m.number)
	m.counts = newCounts(c.schema, len(m.inlets), m.counts)
	return true
}

// crowded tells whether messages could be lost.
func (m *merger) crowded() bool {
	for i := range m.inlets {
		if in := m.inlets[i].in; in.Len() > in.Cap()/2 {
			return true
		}
	}
	return false
}

// release gives all feeds their room back.
func (m *merger) release() {
	for i := range m.inlets {
		m.inlets[i].release()
	}
}

func (l *inlet) release() {
	l.in.Release(l.taken)
	l.list, l.taken = l.list[l.taken:], 0
}

// drained tells whether nothing more will come.
func (m *merger) drained() bool {
	for i := range m.inlets {
		if !m.inlets[i].in.Drained() {
			return false
		}
	}
	return true
}

// shared is a shard's counters for other threads.
type shared struct {
	mu    sync.Mutex
	stats Stats
}

func (s *shared) store(st *Stats) {
	s.mu.Lock()
	s.stats = *st
	s.mu.Unlock()
}

func (s *shared) load() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}
