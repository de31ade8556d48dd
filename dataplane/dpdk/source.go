//go:build dpdk && cgo && linux

package dpdk

// #include "shim.h"
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
	return "timestamps of the computer, one a burst"
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
	unused  dataplane.Burst // packets that the filter leaves out
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
	n := int(C.mmt_receive(s.queue))
	b.N = copy(b.Packets[:], s.packets[:n])
	if n == 0 {
		return 0
	}
	s.stats.ReceivedBytes += uint64(s.queue.bytes)
	if s.program != nil {
		s.sift(b)
		s.shown.filtered.Store(s.stats.Filtered)
	}
	s.stats.Received += uint64(b.N)
	s.shown.received.Store(s.stats.Received)
	s.shown.bytes.Store(s.stats.ReceivedBytes)
	return n
}

// sift leaves in b what matches the filter.
func (s *Source) sift(b *dataplane.Burst) {
	keep := 0
	s.unused.N = 0
	for i := range b.Packets[:b.N] {
		p := &b.Packets[i]
		if s.program.Match(p.Data, p.Len) {
			b.Packets[keep] = *p
			keep++
			continue
		}
		s.stats.ReceivedBytes -= uint64(p.Len)
		s.unused.Packets[s.unused.N] = *p
		s.unused.N++
	}
	s.stats.Filtered += uint64(s.unused.N)
	b.N = keep
	s.Release(&s.unused)
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

// release is struct mmt_release of shim.h.
type release struct {
	next uintptr
	n    uint64
	data [dataplane.BurstSize]unsafe.Pointer
}

const _ = -(unsafe.Sizeof(release{}) ^ C.sizeof_struct_mmt_release)

// Release gives packets back; they may come in other bursts than those they
// were received in, and from any goroutine. The next Receive hands them to DPDK.
func (s *Source) Release(b *dataplane.Burst) {
	if s.queue == nil {
		return // closed, and all memory gone
	}
	var r *release
	n := 0
	for i := range b.Packets[:b.N] {
		p := &b.Packets[i]
		data := unsafe.Pointer(unsafe.SliceData(p.Data))
		if data == nil {
			continue
		}
		p.Data = nil // releasing twice does no harm
		if r == nil {
			// C has made sure that a buffer has room for this.
			r = (*release)(unsafe.Add(data, -uintptr(data)&7))
		}
		r.data[n] = data
		n++
	}
	if r == nil {
		return
	}
	r.n = uint64(n)
	// Numbers instead of pointers: this is memory of C, of which the collector
	// must know nothing.
	head := (*uintptr)(unsafe.Pointer(&s.queue.returned))
	for {
		r.next = atomic.LoadUintptr(head)
		if atomic.CompareAndSwapUintptr(head, r.next, uintptr(unsafe.Pointer(r))) {
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
