package ring

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The models: a queue is a slice. Both sides take their steps in one goroutine
// in random order, also between a Reserve and its Commit and between a Peek and
// its Release, and after every step the ring must say what the slice says.

// spscModel holds a ring beside what it should hold.
type spscModel struct {
	t      *testing.T
	rng    *rand.Rand
	ring   *SPSC[int]
	queue  []int // enqueued, not released
	next   int   // the next item to enqueue
	lent   []int // slots of the last Reserve
	peeked int   // items of the last Peek
}

func (m *spscModel) free() int { return m.ring.Cap() - len(m.queue) }

// push takes n new items into the model.
func (m *spscModel) push(n int) (items []int) {
	for range n {
		items = append(items, m.next)
		m.next++
	}
	m.queue = append(m.queue, items...)
	return items
}

func (m *spscModel) enqueue() {
	want := m.rng.IntN(2 * m.ring.Cap())
	fit := min(want, m.free())
	items := m.push(fit)
	for len(items) < want {
		items = append(items, -1) // must not get in
	}
	if n := m.ring.Enqueue(items); n != fit {
		m.t.Fatalf("Enqueue of %d with %d free returned %d", want, fit, n)
	}
	m.lent = nil
}

func (m *spscModel) reserve() {
	want := m.rng.IntN(2*m.ring.Cap()) + 1
	m.lent = m.ring.Reserve(want)
	if len(m.lent) > min(want, m.free()) || len(m.lent) == 0 && m.free() > 0 {
		m.t.Fatalf("Reserve(%d) with %d free returned %d", want, m.free(), len(m.lent))
	}
	for i := range m.lent {
		m.lent[i] = -1 // not committed, must not be seen
	}
}

func (m *spscModel) commit() {
	n := m.rng.IntN(len(m.lent) + 1)
	copy(m.lent, m.push(n))
	m.ring.Commit(n)
	m.lent = m.lent[n:]
}

func (m *spscModel) dequeue() {
	dst := make([]int, m.rng.IntN(2*m.ring.Cap()))
	n := m.ring.Dequeue(dst)
	if want := min(len(dst), len(m.queue)); n != want {
		m.t.Fatalf("Dequeue of %d returned %d, want %d", len(dst), n, want)
	}
	m.pop(dst[:n])
	m.peeked = 0
}

func (m *spscModel) pop(got []int) {
	if !slices.Equal(got, m.queue[:len(got)]) {
		m.t.Fatalf("got %v, want %v", got, m.queue[:len(got)])
	}
	m.queue = m.queue[len(got):]
}

func (m *spscModel) peek() {
	got := m.ring.Peek()
	m.peeked = len(got)
	if m.peeked > len(m.queue) || m.peeked == 0 && len(m.queue) > 0 {
		m.t.Fatalf("Peek returned %d of %d", m.peeked, len(m.queue))
	}
	if !slices.Equal(got, m.queue[:m.peeked]) {
		m.t.Fatalf("Peek returned %v, want %v", got, m.queue[:m.peeked])
	}
}

func (m *spscModel) release() {
	n := m.rng.IntN(m.peeked + 1)
	m.ring.Release(n)
	m.queue = m.queue[n:]
	m.peeked -= n
}

func TestSPSCModel(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		m := &spscModel{t: t, rng: rng, ring: NewSPSC[int](rng.IntN(17) + 1)}
		steps := []func(){m.enqueue, m.reserve, m.commit, m.commit, m.dequeue, m.peek, m.release, m.release}
		for range 2000 {
			steps[rng.IntN(len(steps))]()
			if m.ring.Len() != len(m.queue) {
				t.Fatalf("Len is %d, want %d", m.ring.Len(), len(m.queue))
			}
			if m.ring.Drained() {
				t.Fatal("drained before Close")
			}
		}
		m.ring.Close()
		for len(m.queue) > 0 {
			if m.ring.Drained() {
				t.Fatalf("drained with %d items left", len(m.queue))
			}
			m.dequeue()
		}
		if !m.ring.Drained() {
			t.Fatal("not drained after Close and the last item")
		}
	}
}

// broadcastModel holds a ring beside what its readers should see.
type broadcastModel struct {
	t      *testing.T
	rng    *rand.Rand
	ring   *Broadcast[int]
	policy Policy
	all    []int // all items handed out
	shown  int   // of these, published
	lost   uint64
	at     []int // released, by reader
	peeked []int // items of the last Peek, by reader
	passed []int // items that OnPassed was told of
}

// pass looks whether exactly the items that all readers have released were told
// of, in their order.
func (m *broadcastModel) pass() {
	m.ring.Pass()
	if want := m.all[:slices.Min(m.at)]; !slices.Equal(m.passed, want) {
		m.t.Fatalf("passed %v, want %v", m.passed, want)
	}
}

func (m *broadcastModel) next() {
	slot, ok := m.ring.Next()
	room := len(m.all)-slices.Min(m.at) < m.ring.Cap()
	if ok != room {
		m.t.Fatalf("Next with %d handed out, readers at %v: %v", len(m.all), m.at, ok)
	}
	if ok {
		*slot = len(m.all)
		m.all = append(m.all, *slot)
		return
	}
	m.shown = len(m.all)
	if m.policy == Lose {
		m.lost++
	}
}

func (m *broadcastModel) publish() {
	m.ring.Publish()
	m.shown = len(m.all)
}

func (m *broadcastModel) read() {
	i := m.rng.IntN(len(m.at))
	got := m.ring.Reader(i).Peek()
	if left := m.shown - m.at[i]; len(got) > left || len(got) == 0 && left > 0 {
		m.t.Fatalf("reader %d sees %d of %d", i, len(got), left)
	}
	if !slices.Equal(got, m.all[m.at[i]:m.at[i]+len(got)]) {
		m.t.Fatalf("reader %d at %d sees %v", i, m.at[i], got)
	}
	m.peeked[i] = len(got)
}

func (m *broadcastModel) release() {
	i := m.rng.IntN(len(m.at))
	n := m.rng.IntN(m.peeked[i] + 1)
	m.ring.Reader(i).Release(n)
	m.at[i] += n
	m.peeked[i] -= n
}

func (m *broadcastModel) check() {
	if m.ring.Lost() != m.lost {
		m.t.Fatalf("lost %d, want %d", m.ring.Lost(), m.lost)
	}
	for i, at := range m.at {
		if n := m.ring.Reader(i).Len(); n != m.shown-at {
			m.t.Fatalf("reader %d: Len %d, want %d", i, n, m.shown-at)
		}
	}
}

func TestBroadcastModel(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 2))
		readers := rng.IntN(4) + 1
		m := &broadcastModel{t: t, rng: rng, policy: Policy(seed % 2), at: make([]int, readers), peeked: make([]int, readers)}
		m.ring = NewBroadcast[int](rng.IntN(17)+1, readers, m.policy)
		m.ring.OnPassed(func(item *int) { m.passed = append(m.passed, *item) })
		steps := []func(){m.next, m.next, m.next, m.publish, m.read, m.read, m.release, m.release, m.pass}
		for range 2000 {
			steps[rng.IntN(len(steps))]()
			m.check()
		}
		m.ring.Close()
		m.shown = len(m.all)
		m.drain()
		m.pass()
	}
}

// drain reads what is left and looks at the end of each reader.
func (m *broadcastModel) drain() {
	for i := range m.at {
		r := m.ring.Reader(i)
		for !r.Drained() {
			got := r.Peek()
			if len(got) == 0 {
				m.t.Fatalf("reader %d at %d of %d sees nothing and is not drained", i, m.at[i], len(m.all))
			}
			r.Release(len(got))
			m.at[i] += len(got)
		}
		if m.at[i] != len(m.all) {
			m.t.Fatalf("reader %d is drained at %d of %d", i, m.at[i], len(m.all))
		}
	}
}
