package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RTP is the Real-time Transport Protocol, RFC 3550, over UDP and, with its
// packets preceded by their lengths, over TCP (RFC 4571). It is recognised by
// packets of one stream that follow each other, or by an announcement (SDP and
// its like) at the first packet.
var RTP = dpi.Protocol{
	ID:         id.Rtp,
	Name:       "rtp",
	Hosted:     true,
	Attributes: rtpAttributes(),
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 60, Classify: classifyRTP},
		{Parent: id.Tcp, Weight: 60, Classify: classifyRTPStream},
	},
	Inspect: inspectRTP,
	Track:   trackRTP,
	State:   dpi.NewState[rtpState](nil),
	Context: func() any { return new(mediaAnswer) },
	Shared:  func() any { return new(mediaTable) },
}

// SRTP is the Secure Real-time Transport Protocol, RFC 3711: the header is that
// of RTP, what follows is encrypted. That it is not RTP is known from the
// announcement, or from the keys that are agreed on in the same flow (DTLS, RFC
// 5764; STUN tells of a call that has them).
var SRTP = dpi.Protocol{
	ID:         id.Srtp,
	Name:       "srtp",
	Hosted:     true,
	Attributes: rtpAttributes(),
	Track:      trackRTP,
}

// Packets of a flow that need not be RTP before classification gives up: at its
// beginning, where there are probes, and later.
const (
	rtpOther = 4
	rtpBad   = 3
)

// rtpMemo is the note between packets: in one direction, the last sequence
// number, a hash of what must not change, how many packets followed each other,
// and how many packets were no RTP.
type rtpMemo uint32

func (m rtpMemo) seq() uint16        { return uint16(m) }
func (m rtpMemo) hash() uint32       { return uint32(m >> 16 & 0xff) }
func (m rtpMemo) steps() int         { return int(m >> 24 & 7) }
func (m rtpMemo) dir() dpi.Direction { return dpi.Direction(m >> 27 & 1) }
func (m rtpMemo) started() bool      { return m>>28&1 != 0 }
func (m rtpMemo) bad() int           { return int(m >> 29) }

// rtpNote makes a note.
func rtpNote(h *rtpHeader, dir dpi.Direction, steps, bad int) rtpMemo {
	return rtpMemo(h.seq) | rtpMemo(h.hash())<<16 | rtpMemo(min(steps, 7))<<24 | rtpMemo(dir)<<27 | 1<<28 | rtpMemo(min(bad, 7))<<29
}

// step notes packet h and returns how many packets of its direction followed
// each other in the same stream so far.
func (m *rtpMemo) step(h *rtpHeader, dir dpi.Direction) int {
	if m.started() && m.dir() != dir {
		return m.steps()
	}
	steps := 0
	if m.started() && m.hash() == h.hash() {
		if ahead := h.seq - m.seq(); ahead == 1 || ahead == 2 {
			steps = m.steps() + 1
		}
	}
	*m = rtpNote(h, dir, steps, m.bad())
	return steps
}

// classifyRTP judges a datagram together with those before it.
func classifyRTP(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.Asked(dpi.Up)+p.Asked(dpi.Down) <= 1 {
		if kind := announcedMedia(p); kind == mediaRTP || kind == mediaSRTP {
			if _, ok := parseRTP(d); ok {
				return dpi.Yes
			}
		}
	}
	h, ok := parseRTP(d)
	if !ok || !isRTPType(h.kind) {
		return notRTP(p, d)
	}
	memo := p.Memo(id.Rtp)
	m := rtpMemo(*memo)
	steps := m.step(&h, p.Dir)
	*memo = uint32(m)
	return yesOrMore(rtpConfirmed(p, &h, steps))
}

// notRTP judges a datagram that is no RTP packet: some flows begin with probes,
// and RTCP and STUN may come in between.
func notRTP(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.Asked(dpi.Up)+p.Asked(dpi.Down) <= rtpOther || isRTCP(d) {
		return dpi.More // without taking the place for a note
	}
	memo := p.Memo(id.Rtp)
	m := rtpMemo(*memo)
	if !m.started() || m.bad() >= rtpBad {
		return dpi.No
	}
	*memo += 1 << 29
	return dpi.More
}

// rtpConfirmed tells whether the packets so far are enough: two that follow each
// other where the timestamps or the other direction confirm it, three of the
// source that the flow began with, else five.
func rtpConfirmed(p *dpi.Packet, h *rtpHeader, steps int) bool {
	began, ok := rtpBeginning(p, p.Dir)
	if !ok || began.ssrc != h.ssrc {
		return steps >= 4
	}
	if steps >= 2 {
		return true
	}
	next, telling := h.follows(&began)
	if !next {
		return false
	}
	return telling || rtpAnswered(p, h)
}

// rtpBeginning reads the header of the first packet of a direction, of which
// only the beginning was kept: sources, extension and padding are not looked at.
func rtpBeginning(p *dpi.Packet, dir dpi.Direction) (h rtpHeader, ok bool) {
	first, n := p.First(dir)
	if len(first) < rtpFixed || first[0]>>6 != 2 {
		return h, false
	}
	var head [rtpFixed]byte
	copy(head[:], first)
	head[0] &= 0xc0
	h, ok = parseRTP(head[:])
	h.payload = n - rtpFixed
	return h, ok
}

// rtpAnswered tells whether the other direction began with RTP of the same
// payload type.
func rtpAnswered(p *dpi.Packet, h *rtpHeader) bool {
	began, ok := rtpBeginning(p, p.Dir^1)
	return ok && began.kind == h.kind
}

// inspectRTP says SRTP where that was announced or where a server of STUN
// relays, puts what RTP carries on top (a transport stream of MPEG is payload
// type 33, RFC 3551 section 5), and the service that the ends are known for.
func inspectRTP(p *dpi.Packet, d []byte) (done bool) {
	if kind := announcedMedia(p); kind == mediaSRTP || kind == mediaNone && onSTUNPort(p) {
		p.Become(id.Srtp)
	} else if h, ok := parseRTP(d); ok && h.kind == 33 && isTransportStream(d[h.size:]) {
		p.Push(id.MpegTs)
	}
	if c := dpi.Shared[stunContext](p.Handler(), id.Stun); c != nil && p.Flow != nil {
		c.known(p)
	}
	return true
}

// classifyRTPStream recognises RTP over TCP: three packets of one source that
// follow each other, each preceded by its length.
func classifyRTPStream(_ *dpi.Packet, d []byte) dpi.Verdict {
	const want = 3
	var last rtpHeader
	for n := range want {
		if len(d) > 2 && d[2]>>6 != 2 || len(d) >= 2 && be16(d) < rtpFixed {
			return dpi.No
		}
		if len(d) < 2 || len(d) < 2+be16(d) {
			return dpi.More
		}
		h, ok := parseRTP(d[2 : 2+be16(d)])
		if !ok || !isRTPType(h.kind) || n > 0 && !h.near(&last) {
			return dpi.No
		}
		last, d = h, d[2+be16(d):]
	}
	return dpi.Yes
}
