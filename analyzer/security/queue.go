package security

// clock is what a window is counted in.
type clock int

const (
	byTime  clock = iota // microseconds
	byCount              // packets
)

// queue holds the members of one rule and state, the first whose window is over
// first, and of those with the same end the one that came first.
type queue struct {
	head, tail uint32
	hint       uint32 // where the last one was put in
	at         int32  // place in the heap, -1 if it is not there
	parked     bool
}

// alarm says when the head of a queue is over.
type alarm struct {
	due int64
	seq uint64
	q   int32
}

func (a *alarm) before(b *alarm) bool {
	return a.due < b.due || a.due == b.due && a.seq < b.seq
}

// timers hold the queues of one clock and a heap of those that are not empty.
type timers struct {
	store  *store
	clock  clock
	queues []queue
	heap   []alarm
	parked []int32 // queues that wait for the next packet
	free   []int32
}

// open returns a new queue.
func (t *timers) open() int32 {
	if n := len(t.free); n > 0 {
		q := t.free[n-1]
		t.free = t.free[:n-1]
		return q
	}
	t.queues = append(t.queues, queue{at: -1})
	return int32(len(t.queues) - 1)
}

// close gives an empty queue back.
func (t *timers) close(q int32) { t.free = append(t.free, q) }

// due returns when a member's window is over; never if it has none.
func (t *timers) due(m *member) int64 {
	switch {
	case m.windows != 0:
		return t.store.windows.at(m.windows).due[t.clock]
	case t.clock == byCount:
		return never
	}
	return m.hi
}

// push puts a member into a queue, if it has a window on this clock.
func (t *timers) push(q int32, i uint32) {
	m := t.store.members.at(i)
	due := t.due(m)
	if due == never {
		return
	}
	u := &t.queues[q]
	after := u.tail
	if u.hint != 0 && t.later(u.hint, due, m.seq) {
		after = u.hint
	}
	for after != 0 && t.later(after, due, m.seq) {
		after = t.store.members.at(after).queue[t.clock].prev
	}
	t.insert(u, i, m, after)
	u.hint = i
	if u.head == i {
		t.wake(q)
	}
}

// later tells whether a member is over after a moment, or at that moment but came
// after seq.
func (t *timers) later(i uint32, due int64, seq uint64) bool {
	p := t.store.members.at(i)
	d := t.due(p)
	return d > due || d == due && p.seq > seq
}

// insert links a member behind another, 0 for the head of the queue.
func (t *timers) insert(u *queue, i uint32, m *member, after uint32) {
	n := &m.queue[t.clock]
	n.prev = after
	if after == 0 {
		n.next, u.head = u.head, i
	} else {
		p := t.store.members.at(after)
		n.next, p.queue[t.clock].next = p.queue[t.clock].next, i
	}
	if n.next != 0 {
		t.store.members.at(n.next).queue[t.clock].prev = i
	} else {
		u.tail = i
	}
}

// remove takes a member out of a queue, if it is in it.
func (t *timers) remove(q int32, i uint32) {
	m := t.store.members.at(i)
	if t.due(m) == never {
		return
	}
	u, n := &t.queues[q], m.queue[t.clock]
	if u.hint == i {
		u.hint = 0
	}
	if n.next != 0 {
		t.store.members.at(n.next).queue[t.clock].prev = n.prev
	} else {
		u.tail = n.prev
	}
	if n.prev != 0 {
		t.store.members.at(n.prev).queue[t.clock].next = n.next
		return
	}
	u.head = n.next
	t.wake(q)
}

// wake notes in the heap that the head of a queue has changed.
func (t *timers) wake(q int32) {
	u := &t.queues[q]
	switch {
	case u.parked:
	case u.head == 0:
		if u.at >= 0 {
			t.drop(u.at)
		}
	default:
		m := t.store.members.at(u.head)
		a := alarm{due: t.due(m), seq: m.seq, q: q}
		if u.at < 0 {
			u.at = int32(len(t.heap))
			t.heap = append(t.heap, a)
		}
		t.heap[u.at] = a
		t.sift(u.at)
	}
}

// park sets a queue aside until the next packet.
func (t *timers) park(q int32) {
	u := &t.queues[q]
	if u.at >= 0 {
		t.drop(u.at)
	}
	u.parked = true
	t.parked = append(t.parked, q)
}

// unpark takes back the queues that were set aside.
func (t *timers) unpark() {
	for _, q := range t.parked {
		t.queues[q].parked = false
		t.wake(q)
	}
	t.parked = t.parked[:0]
}

// drop takes the queue at a place of the heap out of it.
func (t *timers) drop(at int32) {
	last := int32(len(t.heap) - 1)
	t.queues[t.heap[at].q].at = -1
	if at != last {
		t.heap[at] = t.heap[last]
		t.queues[t.heap[at].q].at = at
	}
	t.heap = t.heap[:last]
	if at != last {
		t.sift(at)
	}
}

// sift restores the order of the heap around a place.
func (t *timers) sift(at int32) {
	for at > 0 {
		up := (at - 1) / 2
		if !t.heap[at].before(&t.heap[up]) {
			break
		}
		t.swap(at, up)
		at = up
	}
	for {
		down := 2*at + 1
		if down >= int32(len(t.heap)) {
			return
		}
		if down+1 < int32(len(t.heap)) && t.heap[down+1].before(&t.heap[down]) {
			down++
		}
		if !t.heap[down].before(&t.heap[at]) {
			return
		}
		t.swap(at, down)
		at = down
	}
}

func (t *timers) swap(a, b int32) {
	t.heap[a], t.heap[b] = t.heap[b], t.heap[a]
	t.queues[t.heap[a].q].at, t.queues[t.heap[b].q].at = a, b
}
