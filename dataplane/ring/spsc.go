package ring

// SPSC is a bounded queue from one producer to one consumer. The methods of the
// embedded Reader belong to the consumer, the others to the producer.
//
// Items are copied by Enqueue and Dequeue, or used in place: Reserve and Commit
// on the one side, Peek and Release on the other. The ways can be mixed.
type SPSC[T any] struct {
	Reader[T]
	slots []T // the producer's own, as what it reads lies in its own cache line
	mask  uint64
	pos   uint64 // items enqueued, as out.tail, for the producer alone
	limit uint64 // the consumer's head as last seen
	lent  uint64 // slots that Reserve returned and that are not committed
	_     pad
	out   published
}

// NewSPSC makes a ring for at least capacity items.
func NewSPSC[T any](capacity int) *SPSC[T] {
	r := &SPSC[T]{}
	r.slots, r.mask = makeSlots[T](capacity)
	r.Reader.init(r.slots, r.mask, &r.out)
	return r
}

// Enqueue copies items into the ring, in order, and returns how many: fewer
// than all only if the ring is full.
func (r *SPSC[T]) Enqueue(items []T) int {
	n := r.room(len(items))
	if n == 0 {
		return 0
	}
	first := copy(r.slots[r.pos&r.mask:], items[:n])
	copy(r.slots, items[first:n])
	r.publish(n)
	return n
}

// Reserve returns up to n free slots to be filled in place: at least one unless
// the ring is full, and fewer than n also where the memory ends. They hold what
// earlier items left there. The consumer sees nothing of them before Commit.
func (r *SPSC[T]) Reserve(n int) []T {
	at := r.pos & r.mask
	r.lent = min(uint64(r.room(n)), uint64(len(r.slots))-at)
	return r.slots[at : at+r.lent : at+r.lent]
}

// Commit enqueues the first n of the slots that Reserve returned; it may be
// called again for those after them. It panics if there are not so many.
func (r *SPSC[T]) Commit(n int) {
	if uint64(n) > r.lent {
		panic("ring: Commit of more slots than Reserve returned")
	}
	lent := r.lent - uint64(n)
	r.publish(n)
	r.lent = lent
}

// Close tells the consumer that nothing more will come.
func (r *SPSC[T]) Close() { r.out.closed.Store(true) }

// room returns how many of want items fit in.
func (r *SPSC[T]) room(want int) int {
	if r.free() < uint64(want) {
		r.limit = r.head.Load()
	}
	return int(min(r.free(), uint64(want)))
}

// free counts the slots that are free for all that the producer knows.
func (r *SPSC[T]) free() uint64 { return uint64(len(r.slots)) - (r.pos - r.limit) }

// publish enqueues n slots, and forgets what Reserve returned.
func (r *SPSC[T]) publish(n int) {
	r.lent = 0
	r.pos += uint64(n)
	r.out.tail.Store(r.pos)
}
