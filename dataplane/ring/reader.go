package ring

import "sync/atomic"

// Reader is the consumer's side of a ring: of an SPSC, or one of several of a
// Broadcast.
type Reader[T any] struct {
	_     pad
	slots []T
	mask  uint64
	from  *published
	pos   uint64 // items released, as head, for the consumer alone
	limit uint64 // the producer's tail as last seen
	shown uint64 // items that Peek returned and that are not released
	_     pad
	head  atomic.Uint64 // items released since the start, for the others
	_     pad
}

func (r *Reader[T]) init(slots []T, mask uint64, from *published) {
	r.slots, r.mask, r.from = slots, mask, from
}

// Dequeue moves up to len(dst) items into dst and returns how many: fewer only
// if there are no more.
func (r *Reader[T]) Dequeue(dst []T) int {
	if r.limit-r.pos < uint64(len(dst)) {
		r.limit = r.from.tail.Load()
	}
	n := int(min(r.limit-r.pos, uint64(len(dst))))
	if n == 0 {
		return 0
	}
	first := copy(dst[:n], r.slots[r.pos&r.mask:])
	copy(dst[first:n], r.slots)
	r.advance(n)
	return n
}

// Peek returns the next items in place, oldest first: at least one unless there
// is none, and not always all, as they must lie side by side. They stay valid
// and unchanged until they are released. Other readers of a Broadcast see the
// same memory: it must not be written then.
func (r *Reader[T]) Peek() []T {
	if r.limit == r.pos {
		r.limit = r.from.tail.Load()
	}
	at := r.pos & r.mask
	r.shown = min(r.limit-r.pos, uint64(len(r.slots))-at)
	return r.slots[at : at+r.shown : at+r.shown]
}

// Release gives the first n of the items that Peek returned back to the
// producer; it may be called again for those after them. It panics if there are
// not so many.
func (r *Reader[T]) Release(n int) {
	if uint64(n) > r.shown {
		panic("ring: Release of more items than Peek returned")
	}
	shown := r.shown - uint64(n)
	r.advance(n)
	r.shown = shown
}

// advance releases n items, and forgets what Peek returned.
func (r *Reader[T]) advance(n int) {
	r.shown = 0
	r.pos += uint64(n)
	r.head.Store(r.pos)
}

// Drained tells whether the producer has closed the ring and everything in it
// has been released.
func (r *Reader[T]) Drained() bool {
	return r.from.closed.Load() && r.from.tail.Load() == r.pos
}

// Len returns how many published items are not yet released. Both sides may be
// at work meanwhile: it is a figure for a gauge.
func (r *Reader[T]) Len() int {
	head := r.head.Load() // first: the tail loaded after it is not behind it
	return int(min(r.from.tail.Load()-head, uint64(len(r.slots))))
}

// Cap returns how many items the ring holds.
func (r *Reader[T]) Cap() int { return len(r.slots) }
