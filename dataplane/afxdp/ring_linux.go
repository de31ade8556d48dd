package afxdp

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"mmt/dataplane/publish"
)

// ring is memory shared with the kernel: one side writes entries and producer,
// the other reads them and writes consumer. Positions count up and wrap at 2^32.
// Loads of positions are atomic, and stores in order (see package publish), so
// that entries are read after the one and written before the other.
type ring[T any] struct {
	producer, consumer, flags *uint32
	entries                   []T
	mask                      uint32
	own                       uint32 // the position that this side writes
	other                     uint32 // the other side's, as last seen
	mem                       []byte
}

// mapRing maps a ring of n entries, a power of two.
func mapRing[T any](fd, n int, where int64, off unix.XDPRingOffset) (*ring[T], error) {
	var entry T
	size := int(off.Desc) + n*int(unsafe.Sizeof(entry))
	mem, err := unix.Mmap(fd, where, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, err
	}
	return &ring[T]{
		producer: (*uint32)(unsafe.Pointer(&mem[off.Producer])),
		consumer: (*uint32)(unsafe.Pointer(&mem[off.Consumer])),
		flags:    (*uint32)(unsafe.Pointer(&mem[off.Flags])),
		entries:  unsafe.Slice((*T)(unsafe.Pointer(&mem[off.Desc])), n),
		mask:     uint32(n - 1),
		mem:      mem,
	}, nil
}

func (r *ring[T]) unmap() error {
	if r == nil {
		return nil
	}
	return unix.Munmap(r.mem)
}

// available returns how many entries can be read, at most limit. The kernel's
// position is looked at only when what was seen of it is used up: that costs a
// cache line from another core.
func (r *ring[T]) available(limit uint32) uint32 {
	if r.other == r.own {
		r.other = atomic.LoadUint32(r.producer)
	}
	return min(r.other-r.own, limit)
}

// filled returns how many entries the kernel has written, modulo 2^32. It is for
// any goroutine.
func (r *ring[T]) filled() uint32 { return atomic.LoadUint32(r.producer) }

// at returns the i-th entry from the own position on.
func (r *ring[T]) at(i uint32) *T { return &r.entries[(r.own+i)&r.mask] }

// read gives n entries back to the kernel.
func (r *ring[T]) read(n uint32) {
	r.own += n
	publish.Uint32(r.consumer, r.own)
}

// written gives n entries to the kernel.
func (r *ring[T]) written(n uint32) {
	r.own += n
	publish.Uint32(r.producer, r.own)
}

// wantsWakeup tells whether the kernel waits for a system call.
func (r *ring[T]) wantsWakeup() bool {
	return atomic.LoadUint32(r.flags)&unix.XDP_RING_NEED_WAKEUP != 0
}
