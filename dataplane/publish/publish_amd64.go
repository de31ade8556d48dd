package publish

import (
	"sync/atomic"
	"unsafe"
)

// The stores of amd64 are seen in their order, and aligned words are stored
// whole. The compiler moves nothing across a call of what it does not inline.

// Uint32 stores a position.
//
//go:noinline
//go:norace
func Uint32(p *uint32, v uint32) { *p = v }

// Uint64 stores a counter.
//
//go:noinline
//go:norace
func Uint64(p *atomic.Uint64, v uint64) { *(*uint64)(unsafe.Pointer(p)) = v }

// A counter is one word: a build in which it is not fails.
const _ = -(unsafe.Sizeof(atomic.Uint64{}) ^ 8)
