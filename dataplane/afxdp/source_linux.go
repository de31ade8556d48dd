package afxdp

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"mmt/dataplane"
)

// Source is one receive queue. Receive, Release and Close are for one
// goroutine, Stats for any. Bursts may be released in any order, and packets of several bursts
// together in one.
type Source struct {
	dev    *Device
	queue  int
	frames *frames
	sock   *socket // nil while the interface is gone
	idle   int64   // when it was last seen that there is nothing, ns; 0: there was something
	closed bool

	received, bytes atomic.Uint64

	mu   sync.Mutex // for sock as Stats sees it, and for
	lost uint64     // what former sockets dropped
}

var _ dataplane.Source = (*Source)(nil)

// checkEvery is how often a source without packets looks whether its socket and
// its interface are still there, ns.
const checkEvery = int64(200 * time.Millisecond)

// Queue returns the number of the receive queue.
func (s *Source) Queue() int { return s.queue }

// Receive fills b with the packets that have come; see dataplane.Source. It
// waits for Options.Wait if there are none. While the interface is gone there
// are none; after Close it returns io.EOF.
func (s *Source) Receive(b *dataplane.Burst) error {
	b.N = 0
	if s.closed {
		return io.EOF
	}
	if s.sock != nil && s.take(b) {
		return nil
	}
	s.nothing()
	if s.sock != nil {
		s.take(b)
	}
	return nil
}

// take hands out packets, if there are any.
func (s *Source) take(b *dataplane.Burst) bool {
	rx := s.sock.rx
	n := rx.available(dataplane.BurstSize)
	if n == 0 {
		return false
	}
	now := time.Now().UnixNano() // one look at the clock for the whole burst
	bytes := uint64(0)
	for i := range n {
		p := &b.Packets[i]
		p.Data = s.frames.lend(rx.at(i))
		p.Time = now
		p.Len = uint32(len(p.Data))
		p.Link = dataplane.LinkEthernet
		p.Port = s.dev.opts.Port
		bytes += uint64(len(p.Data))
	}
	rx.read(n)
	b.N = int(n)
	s.idle = 0
	s.received.Store(s.received.Load() + uint64(n))
	s.bytes.Store(s.bytes.Load() + bytes)
	return true
}

// nothing does what has to be done when no packet is there.
func (s *Source) nothing() {
	s.look(time.Now().UnixNano())
	wait := s.dev.opts.Wait
	if s.sock == nil {
		time.Sleep(wait)
	} else if wait > 0 || s.sock.fill.wantsWakeup() {
		s.sock.wait(int(wait / time.Millisecond))
	}
}

// look checks from time to time whether the socket is still good.
func (s *Source) look(now int64) {
	switch {
	case s.idle == 0:
		s.idle = now
	case now-s.idle > checkEvery:
		s.idle = now
		s.dev.check(s)
	}
}

// Release gives the packets of b back, and empties b. Packets of other sources
// and such as were released before are passed over.
func (s *Source) Release(b *dataplane.Burst) {
	for i := range b.N {
		s.release(b.Packets[i].Data)
		b.Packets[i].Data = nil
	}
	s.publish()
	b.N = 0
}

// release takes a frame back; publish gives it to the kernel.
func (s *Source) release(data []byte) {
	addr, ok := s.frames.takeBack(data)
	if ok && s.sock != nil {
		*s.sock.fill.at(s.sock.pending) = addr
		s.sock.pending++
	}
}

func (s *Source) publish() {
	if s.sock != nil && s.sock.pending > 0 {
		s.sock.fill.written(s.sock.pending)
		s.sock.pending = 0
	}
}

// Stats returns what was received, and as Dropped what passed the prefilter and
// found no frame or no room.
func (s *Source) Stats() dataplane.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return dataplane.Stats{
		Received:      s.received.Load(),
		ReceivedBytes: s.bytes.Load(),
		Dropped:       s.lost + s.dropped(),
	}
}

// dropped returns what the socket of now has dropped.
func (s *Source) dropped() uint64 {
	if s.sock == nil {
		return 0
	}
	st := s.sock.statistics()
	return st.Rx_dropped + st.Rx_ring_full
}

// setSocket puts another socket, or none, in place of that of now.
func (s *Source) setSocket(next *socket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost += s.dropped()
	old := s.sock
	s.sock = next
	if old == nil {
		return nil
	}
	return old.close()
}

// Close ends the source and frees its queue. Its packets must not be read any
// more. The prefilter stays until the device is closed.
func (s *Source) Close() error {
	s.dev.mu.Lock()
	defer s.dev.mu.Unlock()
	return s.close()
}

func (s *Source) close() error {
	s.closed = true
	return errors.Join(s.setSocket(nil), s.frames.close())
}
