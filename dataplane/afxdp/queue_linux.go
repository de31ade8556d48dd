package afxdp

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"mmt/dataplane"
	"mmt/dataplane/filter"
	"mmt/dataplane/publish"
)

// queue is one receive queue. One goroutine receives and releases; figures are
// for any. A socket is put in place, or away, with the device's mutex held.
type queue struct {
	dev     *Device
	number  int
	frames  *frames
	program *filter.Program // nil: all packets
	sock    *socket         // nil while the interface is gone
	idle    int64           // when it was last seen that there is nothing, ns; 0: there was something
	closed  bool
	clock   clock
	last    int64     // the time of the latest packet
	nowhere [1]uint64 // in place of a fill ring while there is none

	received, bytes, filtered atomic.Uint64

	mu    sync.Mutex // for sock as figures see it, and for what follows
	lost  uint64     // what former sockets dropped, or held when they were closed
	begin uint64     // received and filtered, when the socket of now was put in place
}

// checkEvery is how often a queue without packets looks whether its socket and
// its interface are still there, ns.
const checkEvery = int64(200 * time.Millisecond)

// take takes packets out of the ring, if there are any. Those that the filter
// leaves out are not in b.
func (q *queue) take(b *dataplane.Burst) bool {
	if q.sock == nil {
		return false
	}
	rx := q.sock.rx
	n := rx.available(dataplane.BurstSize)
	if n == 0 {
		return false
	}
	bytes := q.handOut(b.Packets[:n])
	b.N = int(n)
	if snap := q.dev.opts.SnapLen; snap < 1<<q.frames.shift {
		cut(b.Packets[:n], snap)
	}
	if q.program != nil {
		bytes -= q.sift(b)
	}
	rx.read(n)
	q.idle = 0
	q.count(uint64(n), uint64(b.N), bytes)
	return true
}

// handOut makes packets of the next entries of the ring, of which there are as
// many. It returns their bytes on the wire.
func (q *queue) handOut(packets []dataplane.Packet) (bytes uint64) {
	rx := q.sock.rx
	at, step := spread(q.last, q.clock.now(), int(rx.other-rx.own)) // one look at the clock for the whole burst
	q.last = at + int64(len(packets)-1)*step
	next := rx.entries[rx.own&rx.mask:]
	q.frames.expect(following(rx, len(packets)))
	if n := len(next); n < len(packets) {
		bytes = q.frames.lend(packets[n:], rx.entries, at+int64(n)*step, step)
		packets = packets[:n]
	}
	return bytes + q.frames.lend(packets, next, at, step)
}

// following returns entries behind the next n, a burst at most and as far as they
// follow each other in memory.
func following(rx *ring[unix.XDPDesc], n int) []unix.XDPDesc {
	from := (rx.own + uint32(n)) & rx.mask
	return rx.entries[from:min(from+min(rx.other-rx.own-uint32(n), dataplane.BurstSize), rx.mask+1)]
}

// cut shortens what is longer.
func cut(packets []dataplane.Packet, snap int) {
	for i := range packets {
		if p := &packets[i]; len(p.Data) > snap {
			p.Data = p.Data[:snap]
		}
	}
}

// sift leaves in b what matches the filter, and returns the bytes of the others.
func (q *queue) sift(b *dataplane.Burst) (bytes uint64) {
	keep := 0
	for i := range b.Packets[:b.N] {
		p := &b.Packets[i]
		if q.program.Match(p.Data, p.Len) {
			b.Packets[keep] = *p
			keep++
			continue
		}
		bytes += uint64(p.Len)
		q.release(b.Packets[i : i+1])
	}
	b.N = keep
	return bytes
}

// count adds packets taken, of which so many were kept.
func (q *queue) count(taken, kept, bytes uint64) {
	if taken != kept {
		q.publish()
		publish.Uint64(&q.filtered, q.filtered.Load()+taken-kept)
	}
	publish.Uint64(&q.received, q.received.Load()+kept)
	publish.Uint64(&q.bytes, q.bytes.Load()+bytes)
}

// look checks from time to time whether the socket and the interface are good.
func (q *queue) look(now int64) {
	switch {
	case q.idle == 0:
		q.idle = now
	case now-q.idle > checkEvery:
		q.idle = now
		q.dev.check(q)
	}
}

// release takes the frames of packets back, up to the first that is not one of
// the queue's, and returns how many these are; publish gives them to the kernel.
// Those that were released before are passed over.
func (q *queue) release(packets []dataplane.Packet) (n int) {
	for n < len(packets) {
		to := q.nowhere[:]
		if q.sock != nil {
			to = q.sock.fill.entries[(q.sock.fill.own+q.sock.pending)&q.sock.fill.mask:]
		}
		some := packets[n:][:min(len(packets)-n, len(to))]
		passed, back := q.frames.takeBack(some, to)
		if q.sock != nil {
			q.sock.pending += uint32(back)
		}
		if n += passed; passed < len(some) {
			break
		}
	}
	return n
}

func (q *queue) publish() {
	if q.sock != nil && q.sock.pending > 0 {
		q.sock.fill.written(q.sock.pending)
		q.sock.pending = 0
	}
}

// figures returns what the queue has handed out and lost, and what waits in its
// ring.
func (q *queue) figures() (st dataplane.Stats, waiting uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	st = dataplane.Stats{Received: q.received.Load(), ReceivedBytes: q.bytes.Load(), Filtered: q.filtered.Load()}
	waiting, dropped := q.inside(st.Received + st.Filtered)
	st.Dropped = q.lost + dropped
	return st, waiting
}

// inside returns what waits in the socket of now and what that has dropped, when
// so many packets have been taken in all. q.mu is held.
func (q *queue) inside(taken uint64) (waiting, dropped uint64) {
	if q.sock == nil {
		return 0, 0
	}
	st := q.sock.statistics()
	return uint64(q.sock.rx.filled() - uint32(taken-q.begin)), st.Rx_dropped + st.Rx_ring_full
}

// setSocket puts another socket, or none, in place of that of now. What waits in
// that one is lost.
func (q *queue) setSocket(next *socket) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.received.Load() + q.filtered.Load()
	waiting, dropped := q.inside(taken)
	q.lost += waiting + dropped
	q.begin = taken
	q.frames.expect(nil)
	old := q.sock
	q.sock = next
	if old == nil {
		return nil
	}
	return old.close()
}

// close frees the queue; its packets must not be read any more.
func (q *queue) close() error {
	q.closed = true
	return errors.Join(q.setSocket(nil), q.frames.close())
}
