package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// stunPorts are the ports of STUN and TURN (IANA), and those of the servers of
// Microsoft, Google and Telegram.
var stunPorts = []uint16{3478, 3479, 3480, 3481, 5349, 19302, 19303, 19305, 19309, 1400}

// STUN is Session Traversal Utilities for NAT, RFC 8489 and its predecessors
// 5389 and 3489, with the messages of TURN (RFC 8656, MS-TURN) and ICE (RFC
// 8445). What shares the flow with it (RFC 7983) comes on top of the path: DTLS,
// SRTP, and the call service that attributes, addresses and earlier flows tell.
var STUN = dpi.Protocol{
	ID:     id.Stun,
	Name:   "stun",
	Hosted: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: stunPorts, Classify: classifySTUN},
		{Parent: id.Tcp, Weight: 100, Ports: stunPorts, Classify: classifySTUNStream},
	},
	Inspect: inspectSTUN,
	Shared:  func() any { return new(stunContext) },
	Heralds: stunHeralds,
}

// stunHeralds are messages with the cookie: bare, on a channel, in a session of
// MS-TURN, over TCP also behind their length; without it, those on the ports of
// STUN whose method is of RFC 3489. What is relayed by other means, such as media
// on channels, tells nothing.
var stunHeralds = []dpi.Herald{
	{L4: ipUDP, Mask: stunShape | 0xffffffff, Value: stunCookie},
	{L4: ipUDP, At: 4, Mask: stunShape | 0xffffffff, Value: stunCookie},
	{L4: ipUDP, At: 12, Mask: stunShape | 0xffffffff, Value: stunCookie},
	{L4: ipUDP, Ports: stunPorts, Mask: stunShape},
	{L4: ipTCP, Mask: stunShape | 0xffffffff, Value: stunCookie},
	{L4: ipTCP, At: 2, Mask: stunShape | 0xffffffff, Value: stunCookie},
}

// stunShape are bits that are zero in the first four bytes of every message: the
// first two, those of methods that nobody has assigned, and those by which the
// length is no multiple of four.
const stunShape = 0xfc000003 << 32

// stunAlone is how many packets of a flow may pass before a bare message
// without cookie must have been confirmed.
const stunAlone = 6

// classifySTUN judges a datagram.
func classifySTUN(p *dpi.Packet, d []byte) dpi.Verdict {
	m, ok := parseSTUN(d)
	whole := int(p.Len) <= len(p.Data)
	switch {
	case isTURNChannel(d):
		return stunChannels(p, d)
	case isMSSession(d) && len(d) >= 12+8 && be32(d[12+4:]) == stunCookie:
		return dpi.Yes
	case !ok:
		return dpi.No
	case m.modern:
		return verdict(m.size <= len(d) || !whole)
	}
	return classicSTUN(p, d, &m)
}

// stunChannels judges a channel message: its number and length are too little,
// two of one channel are enough.
func stunChannels(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.Asked(p.Dir) <= 1 {
		return dpi.More
	}
	first, n := p.First(p.Dir)
	if n < 5 || first[0] != d[0] || first[1] != d[1] {
		return dpi.No
	}
	size := 4 + be16(first[2:])
	return verdict(size <= n && n-size <= stunPadded)
}

// classicSTUN judges a message without the cookie. Attributes that fill it, or
// the cookie of MS-TURN, are enough; a message without any must be on a port of
// STUN, or answered by one of the same transaction.
func classicSTUN(p *dpi.Packet, d []byte, m *stunMessage) dpi.Verdict {
	if !isClassicKind(m.kind) || m.size != len(d) {
		return dpi.No
	}
	n, ok := m.whole()
	switch {
	case !ok:
		return dpi.No
	case n > 0:
		return dpi.Yes
	}
	if onSTUNPort(p) {
		return dpi.Yes
	}
	first, _ := p.First(p.Dir ^ 1)
	if o, ok := parseSTUN(first); ok && o.isResponse() != m.isResponse() && string(o.id) == string(m.id) {
		return dpi.Yes
	}
	return moreUnless(p.Asked(dpi.Up)+p.Asked(dpi.Down) > stunAlone)
}

// onSTUNPort tells whether either end has a port of STUN.
func onSTUNPort(p *dpi.Packet) bool {
	for _, port := range stunPorts {
		if p.HasPort(port) {
			return true
		}
	}
	return false
}

// stunFrame splits the first message off a stream: bare (RFC 8489 section
// 6.2.2), preceded by its length (RFC 4571, which ICE over TCP has, RFC 6544),
// or by type and length (MS-TURN section 2.1.1). n is how much of d it takes, 0
// if that cannot be told yet.
func stunFrame(d []byte) (message []byte, n int) {
	if len(d) < 4 {
		return nil, 0
	}
	head, size := 0, 0
	switch {
	case (d[0] == 2 || d[0] == 3) && d[1] == 0 && len(d) >= 12 && be32(d[8:]) != stunCookie && !isBareSTUN(d):
		head, size = 4, be16(d[2:])
	case isBareSTUN(d):
		size = stunHeader + be16(d[2:])
	case d[0] >= 0x40 && d[0] <= 0x7f:
		size = (4 + be16(d[2:]) + stunPadded) &^ stunPadded
	default:
		head, size = 2, be16(d)
	}
	if len(d) < head+size {
		return nil, 0
	}
	return d[head : head+size], head + size
}

// isBareSTUN tells whether d begins with the header of a message with cookie.
func isBareSTUN(d []byte) bool {
	return len(d) >= 8 && d[0]&0xc0 == 0 && be32(d[4:]) == stunCookie
}

// classifySTUNStream judges the beginning of a stream: a message with one of
// the cookies, in one of the frames.
func classifySTUNStream(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0]&0xc0 != 0 {
		return dpi.No
	}
	if isBareSTUN(d) || len(d) >= 10 && be16(d)+2 >= stunHeader && isBareSTUN(d[2:]) {
		return dpi.Yes
	}
	if len(d) < 12 {
		return dpi.More
	}
	if d[0] != 2 && d[0] != 3 || d[1] != 0 {
		return dpi.No
	}
	return msSTUN(d)
}

// msSTUN judges a stream in the frames of MS-TURN, whose messages have their
// cookie in the first attribute.
func msSTUN(d []byte) dpi.Verdict {
	const magicAt = 4 + stunHeader
	switch {
	case isBareSTUN(d[4:]):
		return dpi.Yes
	case len(d) < magicAt+8:
		return moreUnless(!isClassicKind(be16(d[4:])))
	}
	return verdict(be16(d[magicAt:]) == stunMSMagic && be32(d[magicAt+4:]) == msCookie)
}
