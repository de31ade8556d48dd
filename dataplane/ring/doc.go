// Package ring hands items from one goroutine to others without locks, without
// allocation and without copies where the user wants none. It is what connects
// pollers, analyzers and rule shards: a poller feeds an analyzer through an
// [SPSC], an analyzer feeds all of its rule shards through a [Broadcast].
//
// The package knows slots and positions. It does not know packets, threads,
// cores or what an item means, and it never waits: a call does what it can at
// once and says how much that was. Who has nothing to do waits with [Backoff].
//
// # Sides
//
// A ring has one producer and each [Reader] has one consumer. A side is one
// goroutine at a time; calls of one side from two goroutines are a data race.
// Only Len, Cap and Lost may be called from anywhere.
//
// # Bursts
//
// Handing a position to another core costs far more than copying an item, so
// every call works on as many items as there are: positions are published once
// a call, and each side looks at the other's position only when what it saw last
// time is used up.
//
// # Close
//
// The producer closes, the consumers drain: what was enqueued before Close is
// still read, and after it Drained is true. Nothing may be enqueued after Close.
//
// # Memory
//
// Capacities are rounded up to a power of two. Slots are written again and again
// and never cleared: an item that holds pointers keeps alive what they point to
// until its slot is written anew.
package ring

import (
	"math/bits"
	"sync/atomic"
)

// pad keeps what two cores write in different cache lines. It is two lines of
// 64 bytes, since some cores fetch lines in pairs and some have lines of 128.
type pad [128]byte

// published is what the producer tells the consumers.
type published struct {
	tail   atomic.Uint64 // items enqueued since the start
	closed atomic.Bool   // tail is final; stored after it
	_      pad
}

// makeSlots makes the slots of a ring and the mask that turns a position into
// an index.
func makeSlots[T any](capacity int) ([]T, uint64) {
	size := uint64(1) << bits.Len(uint(max(capacity, 1)-1))
	return make([]T, size), size - 1
}
