//go:build dpdk && cgo && linux

package dpdk

// #include "shim.h"
// #cgo noescape mmt_receive
// #cgo nocallback mmt_receive
import "C"

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"mmt/dataplane"
	"mmt/dataplane/filter"
	"mmt/dataplane/publish"
)

// clockKind is where times come from, as C numbers it.
type clockKind C.int

func (k clockKind) String() string {
	switch k {
	case C.MMT_CLOCK_NIC:
		return "timestamps of the NIC"
	case C.MMT_CLOCK_MICRO:
		return "timestamps of the trace"
	}
	return "timestamps of the computer, one a burst (its packets a microsecond apart)"
}

// Source is one queue of each port of a Device. Receive is for one goroutine;
// Close is for when nobody receives or releases; the others are for any.
type Source struct {
	device  *Device
	queue   *C.struct_mmt_queue // nil once the device is closed
	packets *[dataplane.BurstSize]dataplane.Packet
	number  int
	clock   clockKind
	wait    time.Duration
	program *filter.Program
	stats   dataplane.Stats // the reader's own; what others see is in shown
	left    int             // packets that a stopped source still takes

	stop   atomic.Bool
	shown  struct{ received, bytes, filtered, downs atomic.Uint64 }
	closed sync.Once

	final struct{ dropped, copied uint64 } // of a queue that is no more; the device's mutex guards it
}

var _ dataplane.Live = (*Source)(nil)

// What C writes is read as packets of Go: a build in which they differ fails.
const (
	_ = -(unsafe.Sizeof(dataplane.Packet{}) ^ C.sizeof_struct_mmt_packet)
	_ = -(unsafe.Offsetof(dataplane.Packet{}.Time) ^ unsafe.Offsetof(C.struct_mmt_packet{}.time))
	_ = -(unsafe.Offsetof(dataplane.Packet{}.Len) ^ unsafe.Offsetof(C.struct_mmt_packet{}.wire))
	_ = -(unsafe.Offsetof(dataplane.Packet{}.Link) ^ unsafe.Offsetof(C.struct_mmt_packet{}.link))
	_ = -(unsafe.Offsetof(dataplane.Packet{}.Port) ^ unsafe.Offsetof(C.struct_mmt_packet{}.port))
	_ = -(uintptr(dataplane.BurstSize) ^ C.MMT_BURST)
	_ = -(uintptr(maxPorts) ^ C.MMT_MAX_PORTS)
)

// Receive fills b with packets that have come; see dataplane.Source. If there
// are none it looks again for Options.Wait. After Stop it gives what is left in
// the NIC, at most what its queues hold, and then io.EOF.
func (s *Source) Receive(b *dataplane.Burst) error {
	if s.stop.Load() {
		return s.drain(b)
	}
	if s.take(b); b.N == 0 && s.wait > 0 {
		s.pause(b)
	}
	return nil
}

// take makes the one call of C. It returns how many packets came, of which the
// filter has left b.N.
func (s *Source) take(b *dataplane.Burst) int {
	n := int(C.mmt_receive(C.uintptr_t(uintptr(unsafe.Pointer(s.queue))))) // a number needs no check for pointers
	b.N = copy(b.Packets[:], s.packets[:n])
	if n == 0 {
		return 0
	}
	s.stats.ReceivedBytes += uint64(s.queue.bytes)
	if s.program != nil {
		s.sift(b)
		publish.Uint64(&s.shown.filtered, s.stats.Filtered)
	}
	s.stats.Received += uint64(b.N)
	publish.Uint64(&s.shown.received, s.stats.Received)
	publish.Uint64(&s.shown.bytes, s.stats.ReceivedBytes)
	return n
}

// sift leaves in b what matches the filter.
func (s *Source) sift(b *dataplane.Burst) {
	keep, unused := 0, uint64(0)
	for i := range b.Packets[:b.N] {
		p := &b.Packets[i]
		if s.program.Match(p.Data, p.Len) {
			b.Packets[keep] = *p
			keep++
			continue
		}
		s.stats.ReceivedBytes -= uint64(p.Len)
		unused |= 1 << i
	}
	if unused == 0 {
		return
	}
	s.stats.Filtered += uint64(b.N - keep)
	b.N = keep
	C.mmt_leave_out(s.queue, C.uint64_t(unused))
}

// Of a wait for packets: looks before the first sleep, and the sleep.
const (
	eagerLooks = 64
	shortSleep = 50 * time.Microsecond
)

// pause looks for packets until there are some, it has waited long enough, or
// the source is stopped.
func (s *Source) pause(b *dataplane.Burst) {
	begin := time.Now()
	for i := 0; b.N == 0 && !s.stop.Load() && time.Since(begin) < s.wait; i++ {
		if i < eagerLooks {
			runtime.Gosched()
		} else {
			time.Sleep(shortSleep)
		}
		s.take(b)
	}
}

// drain gives what waits in the NIC. Traffic goes on, so it takes no more than
// could have been there.
func (s *Source) drain(b *dataplane.Burst) error {
	b.N = 0
	for s.left > 0 && b.N == 0 {
		n := s.take(b)
		if n == 0 {
			s.left = 0
		}
		s.left -= n
	}
	if b.N == 0 {
		s.left = 0
		return io.EOF
	}
	return nil
}

// Release gives the packets of b back, and empties b: releasing it twice does no
// harm. They may come in other bursts than those they were received in, and from
// any goroutine. Packets that are received together are handed to DPDK by the
// next Receive once all of them are back.
func (s *Source) Release(b *dataplane.Burst) {
	if s.queue == nil {
		return // closed, and all memory gone
	}
	for packets := b.Packets[:b.N]; len(packets) > 0; {
		n := 1
		if lot, place := s.find(address(&packets[0])); lot != nil {
			n = together(lot, place, packets)
			s.giveBack(lot, (1<<n-1)<<place)
		}
		packets = packets[n:]
	}
	b.N = 0
}

func address(p *dataplane.Packet) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p.Data))) }

// together returns how many packets follow each other as they do in a lot from place on.
func together(lot *C.struct_mmt_lot, place int, packets []dataplane.Packet) int {
	rest := lot.data[place:]
	rest = rest[:min(len(rest), len(packets))]
	packets = packets[:len(rest)]
	for i := range rest {
		if uintptr(rest[i]) != address(&packets[i]) {
			return i
		}
	}
	return len(rest)
}

// find returns the lot of a packet and its place there, nil if the packet is not
// the source's.
func (s *Source) find(data uintptr) (lot *C.struct_mmt_lot, place int) {
	for _, p := range [...]*C.struct_mmt_pool{&s.queue.small, &s.queue.large} {
		if cell := (data - uintptr(p.base)) >> C.MMT_CELL_SHIFT; cell < uintptr(p.cells) {
			at := uint32(unsafe.Slice(p.places, p.cells)[cell])
			lot, place = &unsafe.Slice(s.queue.lots, s.queue.lot_count)[at/dataplane.BurstSize], int(at%dataplane.BurstSize)
			if uintptr(lot.data[place]) == data {
				return lot, place
			}
		}
	}
	return nil, 0
}

// giveBack takes packets of a lot back, given as bits, and hands the lot to the
// reader after its last. Those that were given back before are not out any more.
func (s *Source) giveBack(lot *C.struct_mmt_lot, which uint64) {
	before := atomic.AndUint64((*uint64)(&lot.out), ^which)
	if before&which == 0 || before&^which != 0 {
		return
	}
	// Numbers instead of pointers: this is memory of C, of which the collector
	// need know nothing.
	head, next := (*uintptr)(unsafe.Pointer(&s.queue.returned)), (*uintptr)(unsafe.Pointer(&lot.next))
	for {
		*next = atomic.LoadUintptr(head)
		if atomic.CompareAndSwapUintptr(head, *next, uintptr(unsafe.Pointer(lot))) {
			return
		}
	}
}

// dropped and copied return the counters of C. The device's mutex is held.
func (s *Source) dropped() uint64 {
	if s.queue == nil {
		return s.final.dropped
	}
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&s.queue.dropped)))
}

func (s *Source) copied() uint64 {
	if s.queue == nil {
		return s.final.copied
	}
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&s.queue.copied)))
}

// forget ends the use of the queue. The device's mutex is held.
func (s *Source) forget() {
	s.final.dropped, s.final.copied = s.dropped(), s.copied()
	C.mmt_queue_free(s.queue)
	s.queue = nil
}

// Stats implements dataplane.Source. What the NIC lost for all queues is in that
// of the first source.
func (s *Source) Stats() dataplane.Stats {
	stats, _ := s.figures()
	return stats
}

// Counters implements dataplane.Live. What waits in the NIC is not known, and
// counts as seen when it is taken or lost.
func (s *Source) Counters() dataplane.Counters {
	stats, damaged := s.figures()
	return dataplane.Counters{
		Seen: stats.Received + stats.Filtered + stats.Dropped, Downs: s.shown.downs.Load(), Missed: damaged,
	}
}

// figures returns the counters of the source, and what came damaged.
func (s *Source) figures() (stats dataplane.Stats, damaged uint64) {
	missed, damaged, dropped := s.device.losses(s)
	if s.number != 0 {
		missed = 0
	}
	return dataplane.Stats{
		Received: s.shown.received.Load(), ReceivedBytes: s.shown.bytes.Load(), Filtered: s.shown.filtered.Load(),
		Dropped: dropped + missed,
	}, damaged
}

// Describe implements dataplane.Live.
func (s *Source) Describe() string {
	var ports []string
	for _, p := range s.device.Ports() {
		ports = append(ports, p.String())
	}
	queue := ""
	if n := len(s.device.sources); n > 1 {
		queue = fmt.Sprintf(", queue %d of %d, shared out %s", s.number, n, s.device.share)
	}
	return fmt.Sprintf("DPDK port %s: %s%s, %s", strings.Join(ports, ", "), Version(), queue, s.clock)
}

// Stop implements dataplane.Live.
func (s *Source) Stop() { s.stop.Store(true) }

// Close implements dataplane.Source. The last source of a device closes it.
func (s *Source) Close() error {
	s.Stop()
	s.left = 0
	s.closed.Do(s.device.leave)
	return nil
}
