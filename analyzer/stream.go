package analyzer

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/media"
	"mmt/analyzer/session"
	"mmt/report"
)

// streams reads the bodies of web transactions that are parts of a video: formats
// 2000 and 2001 of report 100, which then stand in place of format 1.
type streams struct {
	w        *Worker
	attached bool
	bySlot   map[uint32]*stream // of the session
	free     []*stream
	playlist report.Playlist
	ts       report.TransportStream
}

// stream is the body of a transaction.
type stream struct {
	transaction uint32
	first, last int64 // packets that brought some of it, ns
	bytes       uint64
	told        uint64 // of packets out of order, in reports
	playlist    media.Playlist
	ts          media.TransportStream
}

// maxStreams is how many bodies are read at a time; others are reported as
// web.
const maxStreams = 1 << 12

// attach makes the handler hand bodies over, if they are wanted.
func (x *streams) attach() {
	o := &x.w.options
	c := dpi.Context[application.HTTPContext](x.w.handler, id.Http)
	if c == nil || x.attached || !o.Streams || !o.HTTP || o.Sessions == 0 {
		return
	}
	x.attached = true
	before := c.OnBody
	c.OnBody = func(p *dpi.Packet, t *application.HTTPInfo, data []byte) {
		if before != nil {
			before(p, t, data)
		}
		if o.Streams && o.HTTP && o.Sessions != 0 {
			x.body(p, t, data)
		}
	}
}

// body takes a piece of the body of a response.
func (x *streams) body(p *dpi.Packet, t *application.HTTPInfo, data []byte) {
	s := x.bySlot[p.Flow.Slot]
	if s == nil || s.transaction != t.Number {
		x.drop(p.Flow.Slot)
		if t.ContentEncoding != application.ContentIdentity || t.Received != int64(len(data)) || len(x.bySlot) >= maxStreams || !mayBeStream(data) {
			return // packed, begun before, or something else
		}
		s = x.take()
		s.transaction, s.first = t.Number, p.Time
		x.bySlot[p.Flow.Slot] = s
	}
	s.last = p.Time
	s.bytes += uint64(len(data))
	s.playlist.Feed(data)
	s.ts.Feed(data)
}

// mayBeStream tells whether the beginning of a body may be that of a playlist or of
// a transport stream.
func mayBeStream(b []byte) bool {
	return len(b) > 0 && (b[0] == '#' || b[0] == 0xef || b[0] == 0x47)
}

// take returns an empty stream.
func (x *streams) take() *stream {
	n := len(x.free)
	if n == 0 {
		return new(stream)
	}
	s := x.free[n-1]
	x.free = x.free[:n-1]
	*s = stream{}
	return s
}

// drop lets go of what a session carries.
func (x *streams) drop(slot uint32) {
	if s := x.bySlot[slot]; s != nil {
		delete(x.bySlot, slot)
		x.free = append(x.free, s)
	}
}

// of returns the format of a transaction of a session, nil if it carries nothing of
// a video.
func (x *streams) of(s *session.Session, t *application.HTTPInfo) report.App {
	m := x.bySlot[s.Slot]
	switch {
	case m == nil || m.transaction != t.Number:
		return nil
	case m.playlist.Is():
		l := &m.playlist
		x.playlist = report.Playlist{Version: l.Version, MediaSequence: l.MediaSequence, TargetDuration: l.TargetDuration, AllowCache: l.AllowCache}
		return &x.playlist
	case m.ts.Is():
		x.ts = report.TransportStream{
			NetworkRate: rate(m.bytes, m.last-m.first), VideoRate: m.ts.VideoRate(),
			Retransmissions: uint64(s.Retransmissions(dpi.Down)), OutOfOrder: m.ts.OutOfOrder - m.told, ID: m.ts.ID,
		}
		m.told = m.ts.OutOfOrder
		return &x.ts
	}
	return nil
}

// rate returns bits per second; 0 if there was no time.
func rate(bytes uint64, ns int64) uint64 {
	if ns <= 0 {
		return 0
	}
	return uint64(float64(bytes) * 8e9 / float64(ns))
}
