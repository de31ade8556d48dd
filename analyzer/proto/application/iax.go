package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// IAX is the Inter-Asterisk eXchange protocol, version 2, RFC 5456.
var IAX = dpi.Protocol{
	ID:   id.Iax,
	Name: "iax",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{4569}, Classify: classifyIAX},
	},
}

// Parts of full frames, RFC 5456 section 8.1.1.
const (
	iaxHeader  = 12
	iaxControl = 6 // frame type of the protocol's own messages
	iaxNew     = 1
	iaxLast    = 40 // subclasses are below
)

// classifyIAX judges a full frame of the protocol's own: its information
// elements fill it. Without any, it must be on the port, and the other
// direction's answer must name its call.
func classifyIAX(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < iaxHeader || d[0]&0x80 == 0 || d[10] != iaxControl || d[11] == 0 || d[11] >= iaxLast {
		return dpi.No
	}
	elements := tlvShape{tag: 1, size: 1}
	n, whole := elements.chain(d[iaxHeader:])
	version := elements.find(d[iaxHeader:], 0x0b)
	switch {
	case !whole:
		return dpi.No
	case d[11] == iaxNew && d[8] == 0 && len(version) == 2 && be16(version) == 2:
		return dpi.Yes
	case !p.HasPort(4569):
		return dpi.No
	case n > 0 && d[8] == 0 && d[9] <= 1:
		return dpi.Yes
	}
	return iaxAnswered(p, d)
}

// iaxAnswered looks for the call's number in the other direction's first frame.
func iaxAnswered(p *dpi.Packet, d []byte) dpi.Verdict {
	first, n := p.First(p.Dir ^ 1)
	if n < iaxHeader {
		return dpi.More
	}
	theirs, ours := be16(first)&0x7fff, be16(d[2:])&0x7fff
	return verdict(first[0]&0x80 != 0 && theirs == ours && theirs != 0)
}
