package prefilter

import (
	"sync/atomic"

	"mmt/bpf"
	"mmt/dataplane"
)

// Source is a source whose packets have passed a filter. It is a
// dataplane.Live if the source behind it is one, and tells its Position if that
// does. As Received it counts what has passed; what has not is in Counted, and
// in the Prefiltered of a live source's counters.
type Source interface {
	dataplane.Source
	// Counted returns all packets that the source behind has handed out, by what
	// became of them; bytes are those on the wire. It may be called from any
	// goroutine.
	Counted() bpf.Counters
	// SetFilter puts other rules in force from the next burst on. It may be called
	// from any goroutine.
	SetFilter(*bpf.Filter)
}

// View tells how a packet is to be read where the packet does not say it: bytes
// to pass over at its start, and another link type.
type View func(*dataplane.Packet) (data []byte, link dataplane.LinkType)

// Front is a prefilter in the kernel, in front of a source that filters once
// more what has come past it, as frames that the host sends do. Both methods may
// be called from any goroutine.
type Front interface {
	// Kept returns how many packets were kept away from the source.
	Kept() uint64
	// Stop takes it away; from then on Kept does not change. It may be called more
	// than once.
	Stop()
}

// Options of Wrap. The zero value will do.
type Options struct {
	View  View  // nil: packets are what they say
	Front Front // of a live source; nil: there is none, or another source has it
}

// Wrap returns the packets of src that f lets pass.
func Wrap(src dataplane.Source, f *bpf.Filter, o Options) Source {
	if o.View == nil {
		o.View = asIs
	}
	s := &source{src: src, view: o.View}
	s.filter.Store(f)
	if l, ok := src.(dataplane.Live); ok {
		return &live{s, l, o.Front}
	}
	s.trace = true
	if p, ok := src.(positioned); ok {
		return &trace{s, p}
	}
	return s
}

func asIs(p *dataplane.Packet) ([]byte, dataplane.LinkType) { return p.Data, p.Link }

// source filters a source of any kind.
type source struct {
	src     dataplane.Source
	filter  atomic.Pointer[bpf.Filter]
	view    View
	trace   bool            // there is always a next packet, or an end
	dropped dataplane.Burst // packets on their way back

	_       [64]byte // readers of the counters do not slow down the rest
	counted [bpf.Reasons]count
}

// count has one writer.
type count struct{ packets, bytes atomic.Uint64 }

// most is how many bursts a live source may drop before its reader is told that
// nothing has come: there may be other things to do than to receive.
const most = 16

// Receive implements dataplane.Source. A live source whose packets are all
// dropped has nothing to give.
func (s *source) Receive(b *dataplane.Burst) error {
	for i := 0; i < most || s.trace; i++ {
		if err := s.src.Receive(b); err != nil || b.N == 0 {
			return err
		}
		more := s.trace || b.N == dataplane.BurstSize
		s.sift(b)
		if b.N > 0 || !more {
			return nil
		}
	}
	return nil
}

// sift keeps the packets of b that pass, in their order, and gives the others
// back.
func (s *source) sift(b *dataplane.Burst) {
	f := s.filter.Load()
	var counted [bpf.Reasons]bpf.Count
	kept, drop := 0, &s.dropped
	drop.N = 0
	for i := range b.Packets[:b.N] {
		p := &b.Packets[i]
		reason := match(f, s.view, p)
		counted[reason].Add(bpf.Count{Packets: 1, Bytes: uint64(p.Len)})
		if !reason.Passes() {
			drop.Packets[drop.N] = *p
			drop.N++
			continue
		}
		if kept != i {
			b.Packets[kept] = *p
		}
		kept++
	}
	s.count(&counted)
	b.N = kept
	if drop.N > 0 {
		s.src.Release(drop)
	}
}

func (s *source) count(batch *[bpf.Reasons]bpf.Count) {
	for r := range batch {
		if n := &batch[r]; n.Packets > 0 {
			s.counted[r].packets.Add(n.Packets)
			s.counted[r].bytes.Add(n.Bytes)
		}
	}
}

// Counted implements Source.
func (s *source) Counted() (c bpf.Counters) {
	for r := range s.counted {
		c.ByReason[r] = bpf.Count{Packets: s.counted[r].packets.Load(), Bytes: s.counted[r].bytes.Load()}
	}
	return c
}

// SetFilter implements Source.
func (s *source) SetFilter(f *bpf.Filter) { s.filter.Store(f) }

// Release implements dataplane.Source.
func (s *source) Release(b *dataplane.Burst) { s.src.Release(b) }

// Stop stops the source behind, if it can be stopped.
func (s *source) Stop() {
	if src, ok := s.src.(interface{ Stop() }); ok {
		src.Stop()
	}
}

// Stats implements dataplane.Source.
func (s *source) Stats() dataplane.Stats {
	counted := s.Counted()
	passed, n := counted.Passed(), s.src.Stats()
	n.Received, n.ReceivedBytes = passed.Packets, passed.Bytes
	return n
}

// Close implements dataplane.Source.
func (s *source) Close() error { return s.src.Close() }

// positioned is a source that knows how much of its input it has read.
type positioned interface {
	Position() (read, all int64)
}

// trace is a filtered source that knows how much it has read.
type trace struct {
	*source
	positioned
}

// live is a filtered source of packets as they come.
type live struct {
	*source
	behind dataplane.Live
	front  Front // may be nil
}

// Stop implements dataplane.Live. Until the source is stopped, too, it filters
// alone.
func (l *live) Stop() {
	l.stopFront()
	l.behind.Stop()
}

func (l *live) stopFront() {
	if l.front != nil {
		l.front.Stop()
	}
}

// Close implements dataplane.Source.
func (l *live) Close() error {
	l.stopFront()
	return l.source.Close()
}

// Counters implements dataplane.Live.
func (l *live) Counters() dataplane.Counters {
	counted := l.Counted() // before the source's own: it has seen all of these
	c := l.behind.Counters()
	dropped := counted.Seen().Packets - counted.Passed().Packets
	c.Seen -= dropped
	c.Prefiltered += dropped
	if l.front != nil {
		c.Prefiltered += l.front.Kept()
	}
	return c
}

// Describe implements dataplane.Live.
func (l *live) Describe() string { return l.behind.Describe() }
