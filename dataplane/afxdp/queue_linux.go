package afxdp

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"mmt/dataplane"
	"mmt/dataplane/filter"
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
	now := time.Now().UnixNano() // one look at the clock for the whole burst
	bytes := uint64(0)
	for i := range n {
		p := &b.Packets[b.N]
		q.fill(p, q.frames.lend(rx.at(i)), now)
		if q.program != nil && !q.program.Match(p.Data, p.Len) {
			q.release(p.Data)
			p.Data = nil
			continue
		}
		bytes += uint64(p.Len)
		b.N++
	}
	rx.read(n)
	q.idle = 0
	q.count(uint64(n), uint64(b.N), bytes)
	return true
}

// fill makes a packet of a frame.
func (q *queue) fill(p *dataplane.Packet, frame []byte, now int64) {
	keep := min(len(frame), q.dev.opts.SnapLen)
	p.Data = frame[:keep:keep]
	p.Time = now
	p.Len = uint32(len(frame))
	p.Link = dataplane.LinkEthernet
	p.Port = q.dev.opts.Port
}

// count adds packets taken, of which so many were kept.
func (q *queue) count(taken, kept, bytes uint64) {
	if taken != kept {
		q.publish()
		q.filtered.Store(q.filtered.Load() + taken - kept)
	}
	q.received.Store(q.received.Load() + kept)
	q.bytes.Store(q.bytes.Load() + bytes)
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

// release takes a frame back; publish gives it to the kernel.
func (q *queue) release(data []byte) {
	addr, ok := q.frames.takeBack(data)
	if ok && q.sock != nil {
		*q.sock.fill.at(q.sock.pending) = addr
		q.sock.pending++
	}
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
