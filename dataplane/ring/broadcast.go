package ring

import "sync/atomic"

// Policy says what happens when the slowest reader of a Broadcast is a full
// ring behind.
type Policy uint8

const (
	// Wait: Next returns false and counts nothing; the producer tries again
	// until the reader has moved on. Nothing is lost.
	Wait Policy = iota
	// Lose: Next returns false and counts the item as lost; the producer goes
	// on with the next one. The item is lost for all readers alike.
	Lose
)

// Broadcast is a bounded queue from one producer to several readers, each of
// which sees every item, in the same slot. The producer writes an item once, in
// place, however many read it.
//
// With Lose the loss is at the producer, never at one reader: a reader that falls
// behind is as a rule busy with items in place, and to let it skip them would
// mean to write under its eyes. So all readers see the same items, and one number
// tells exactly how many there were besides.
type Broadcast[T any] struct {
	_       pad
	slots   []T
	mask    uint64
	readers []*Reader[T]
	policy  Policy
	pos     uint64 // slots handed out; those from out.tail on are not published
	limit   uint64 // the slowest reader's head as last seen
	lost    atomic.Uint64
	passed  func(*T) // see OnPassed
	_       pad
	out     published
}

// NewBroadcast makes a ring for at least capacity items with the given number
// of readers. Without any reader it is never full.
func NewBroadcast[T any](capacity, readers int, policy Policy) *Broadcast[T] {
	b := &Broadcast[T]{policy: policy, readers: make([]*Reader[T], readers)}
	b.slots, b.mask = makeSlots[T](capacity)
	for i := range b.readers {
		b.readers[i] = &Reader[T]{}
		b.readers[i].init(b.slots, b.mask, &b.out)
	}
	return b
}

// Reader returns the i-th reader, from 0.
func (b *Broadcast[T]) Reader(i int) *Reader[T] { return b.readers[i] }

// OnPassed makes the producer call f with each item that all readers have
// released, in order and once, before its slot is filled again: when Next finds
// the ring full, and with Pass. It is for items that point into memory which must
// be given back. Call it before the first Next.
func (b *Broadcast[T]) OnPassed(f func(*T)) { b.passed = f }

// Pass calls what OnPassed was given for the items that all readers have released
// by now.
func (b *Broadcast[T]) Pass() { b.move(b.slowest()) }

// Free returns how many slots Next can hand out, as of the last time that it
// found the ring full, or of the last Pass.
func (b *Broadcast[T]) Free() int { return len(b.slots) - int(b.pos-b.limit) }

// move notes that all readers have released the items before a position.
func (b *Broadcast[T]) move(to uint64) {
	if b.passed != nil {
		for pos := b.limit; pos < to; pos++ {
			b.passed(&b.slots[pos&b.mask])
		}
	}
	b.limit = to
}

// Next returns a slot to be filled in place; it holds what an earlier item left
// there, so that buffers in it can be used again. The slot must be full when Next
// or Publish is called again. False: the ring is full, see Policy; what was
// filled so far has then been published, as the readers could not move on else.
func (b *Broadcast[T]) Next() (*T, bool) {
	if b.pos-b.limit > b.mask && b.full() {
		return nil, false
	}
	slot := &b.slots[b.pos&b.mask]
	b.pos++
	return slot, true
}

// full looks where the readers are and tells whether there is still no slot.
func (b *Broadcast[T]) full() bool {
	b.move(b.slowest())
	if b.pos-b.limit <= b.mask {
		return false
	}
	b.Publish()
	if b.policy == Lose {
		b.lost.Add(1)
	}
	return true
}

// slowest returns the position of the reader that is farthest behind.
func (b *Broadcast[T]) slowest() uint64 {
	least := b.pos
	for _, r := range b.readers {
		least = min(least, r.head.Load())
	}
	return least
}

// Publish shows the readers all slots handed out so far. Called once a burst, it
// costs once a burst.
func (b *Broadcast[T]) Publish() { b.out.tail.Store(b.pos) }

// Close publishes what is not yet, and tells the readers that nothing more will
// come.
func (b *Broadcast[T]) Close() {
	b.Publish()
	b.out.closed.Store(true)
}

// Lost returns how many items policy Lose has lost so far.
func (b *Broadcast[T]) Lost() uint64 { return b.lost.Load() }

// Cap returns how many items the ring holds.
func (b *Broadcast[T]) Cap() int { return len(b.slots) }
