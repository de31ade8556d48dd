package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// The header of PFCP, TS 29.244 section 7.2.2.
const (
	pfcpPort       = 8805
	pfcpPreamble   = 4 // what the length does not count
	pfcpNodeHeader = 8
	pfcpHeader     = 16 // with a session's identifier
	pfcpHasSession = 0x01
	pfcpFollowOn   = 0x04
	pfcpFirst      = 50 // message types of sessions start here
)

// PFCP is TS 29.244, between control and user plane of the core.
var PFCP = dpi.Protocol{
	ID:   id.Pfcp,
	Name: "pfcp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "version", Type: dpi.U8, Pos: 0, Extract: gtpBits(5, 7)},
		{ID: 2, Name: "message_type", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "message_length", Type: dpi.U16, Pos: 2},
		{ID: 4, Name: "seid", Type: dpi.U64, Pos: dpi.PositionNotKnown, Extract: pfcpSession},
		{ID: 5, Name: "sequence_number", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: pfcpSequence},
	},
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 80, Ports: []uint16{pfcpPort}, Classify: isPFCP}},
}

// isPFCP checks every message of the datagram, and in a message the chain of
// its elements. A heartbeat without elements needs the port.
func isPFCP(p *dpi.Packet, d []byte) dpi.Verdict {
	elements := 0
	for {
		n, some := pfcpMessage(d)
		if n == 0 {
			return dpi.No
		}
		elements += some
		if n == len(d) {
			break
		}
		if d[0]&pfcpFollowOn == 0 {
			return dpi.No
		}
		d = d[n:]
	}
	if elements == 0 && !p.HasPort(pfcpPort) {
		return dpi.No
	}
	return dpi.Yes
}

// pfcpMessage returns the length of the message that d starts with and how many
// elements it has; 0 if it is none.
func pfcpMessage(d []byte) (n, elements int) {
	if len(d) < pfcpNodeHeader || d[0]>>5 != 1 || d[0]&0x10 != 0 || !pfcpType(d[1]) {
		return 0, 0
	}
	n, at := int(be.Uint16(d[2:]))+pfcpPreamble, pfcpNodeHeader
	if d[0]&pfcpHasSession != 0 {
		at = pfcpHeader
	}
	if n < at || n > len(d) || (d[0]&pfcpHasSession != 0) != (d[1] >= pfcpFirst) {
		return 0, 0
	}
	for at < n {
		if at+4 > n {
			return 0, 0
		}
		at += 4 + int(be.Uint16(d[at+2:]))
		elements++
	}
	if at != n {
		return 0, 0
	}
	return n, elements
}

// pfcpType tells whether a message type is assigned (table 7.3-1).
func pfcpType(t byte) bool { return t >= 1 && t <= 17 || t >= pfcpFirst && t <= 57 }

func pfcpSession(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) >= pfcpHeader && b[0]&pfcpHasSession != 0 && v.SetU(dpi.U64, be.Uint64(b[4:]))
}

// pfcpSequence reads the 24 bits after the session's identifier or, if there is
// none, in its place.
func pfcpSequence(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	at := pfcpPreamble
	if len(b) > 0 && b[0]&pfcpHasSession != 0 {
		at = pfcpHeader - 4
	}
	return len(b) >= at+4 && v.SetU(dpi.U32, uint64(be.Uint32(b[at:])>>8))
}
