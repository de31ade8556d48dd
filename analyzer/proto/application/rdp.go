package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RDP is the Remote Desktop Protocol: over TCP the connection of X.224 that it
// opens with (MS-RDPBCGR section 2.2.1), TLS inside it, and its own transport
// over UDP (MS-RDPEUDP section 2.2.2).
var RDP = dpi.Protocol{
	ID:         id.Rdp,
	Name:       "rdp",
	Attributes: rdpAttributes,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{rdpPort}, Classify: classifyRDP},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{rdpPort}, Classify: classifyRDPUDP},
	},
	Inspect: inspectRDP,
}

const rdpPort = 3389

// Kinds of TPDUs, X.224 section 13, and of negotiation structures, MS-RDPBCGR
// section 2.2.1.1.1.
const (
	x224Request = 0xe0
	x224Confirm = 0xd0

	rdpNegRequest  = 1
	rdpNegResponse = 2
	rdpNegFailure  = 3
)

// rdpHeader is the length of TPKT and the fixed part of a connection TPDU.
const rdpHeader = 4 + 7

// rdpConnection returns the variable part of a connection request or confirm
// and the whole length of the message.
func rdpConnection(d []byte) (kind byte, variable []byte, length int, v dpi.Verdict) {
	if len(d) > 0 && d[0] != 3 || len(d) > 1 && d[1] != 0 || len(d) > 5 && d[5] != x224Request && d[5] != x224Confirm {
		return 0, nil, 0, dpi.No
	}
	if len(d) < rdpHeader {
		return 0, nil, 0, dpi.More
	}
	length = be16(d[2:])
	if length < rdpHeader || int(d[4]) != length-5 || d[10] != 0 {
		return 0, nil, 0, dpi.No
	}
	if len(d) < length {
		return 0, nil, 0, dpi.More
	}
	return d[5], d[rdpHeader:length], length, dpi.Yes
}

func classifyRDP(p *dpi.Packet, d []byte) dpi.Verdict {
	kind, variable, _, v := rdpConnection(d)
	if v != dpi.Yes {
		return v
	}
	switch {
	case kind == x224Request && startsWithAny(variable, "Cookie: mstshash=", "Cookie: msts=") == dpi.Yes, isRDPNegotiation(kind, variable):
		return dpi.Yes
	case len(variable) == 0 && p.HasPort(rdpPort):
		return dpi.Yes
	}
	return dpi.No
}

// isRDPNegotiation tells whether the last eight bytes of d are a negotiation of
// the kind that a request or a confirm may have.
func isRDPNegotiation(kind byte, d []byte) bool {
	if len(d) < 8 {
		return false
	}
	d = d[len(d)-8:]
	if d[2] != 8 || d[3] != 0 || le32(d[4:]) > 0x1f {
		return false
	}
	if kind == x224Request {
		return d[0] == rdpNegRequest
	}
	return d[0] == rdpNegResponse || d[0] == rdpNegFailure
}

// inspectRDP looks for TLS behind the connection message.
func inspectRDP(p *dpi.Packet, d []byte) (done bool) {
	_, _, length, v := rdpConnection(d)
	if v != dpi.Yes {
		return v == dpi.No
	}
	return inspectTLSInside(p, d[length:])
}

// Flags of MS-RDPEUDP section 2.2.2.1, and the limits of its packets' size.
const (
	rdpUDPSyn    = 0x0001
	rdpUDPAck    = 0x0004
	rdpUDPOther  = 0x1200 // correlation id, extended SYN
	rdpUDPMinMTU = 1132
	rdpUDPMaxMTU = 1232
)

// classifyRDPUDP expects a SYN, or the answer to one: it acknowledges nothing
// yet or the other's SYN, and names the sizes of packets both ways.
func classifyRDPUDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 16 || len(d) > rdpUDPMaxMTU {
		return dpi.No
	}
	flags, up, down := be16(d[6:]), be16(d[12:]), be16(d[14:])
	if up < rdpUDPMinMTU || up > rdpUDPMaxMTU || down < rdpUDPMinMTU || down > rdpUDPMaxMTU {
		return dpi.No
	}
	switch {
	case flags&^rdpUDPOther == rdpUDPSyn && be32(d) == 0xffffffff:
		return dpi.Yes
	case flags&^rdpUDPOther == rdpUDPSyn|rdpUDPAck && p.HasPort(rdpPort):
		return dpi.Yes
	}
	return dpi.No
}
