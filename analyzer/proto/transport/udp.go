package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// udpHeader is the length of a UDP header, RFC 768.
const udpHeader = 8

// UDP is RFC 768. Tunnels are told packet by packet, everything else by the
// flow.
var UDP = dpi.Protocol{
	ID:   id.Udp,
	Name: "udp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "src_port", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "dest_port", Type: dpi.U16, Pos: 2},
		{ID: 3, Name: "len", Type: dpi.U16, Pos: 4},
		{ID: 4, Name: "checksum", Type: dpi.U16, Pos: 6},
	},
	Next: nextUDP,
}

func nextUDP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < udpHeader {
		return dpi.Stop, off
	}
	src, dst := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	p.SetPorts(src, dst)
	n := int(binary.BigEndian.Uint16(b[4:]))
	if n >= udpHeader {
		p.Limit(off + n)
	}
	off += udpHeader
	if IsTunnelPort(dst) || IsTunnelPort(src) {
		d := p.Bytes(off)
		if next := tunnelled(src, dst, d, max(n-udpHeader, len(d))); next != dpi.Unknown {
			return next, off
		}
	}
	return payloadOrINT(p, off)
}

// UDPLite is RFC 3828: a UDP header whose length field says what the check sum
// covers.
var UDPLite = dpi.Protocol{
	ID:   id.Udplite,
	Name: "udplite",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "src_port", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "dest_port", Type: dpi.U16, Pos: 2},
		{ID: 3, Name: "coverage", Type: dpi.U16, Pos: 4},
		{ID: 4, Name: "checksum", Type: dpi.U16, Pos: 6},
	},
	Next: nextUDPLite,
}

func nextUDPLite(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < udpHeader {
		return dpi.Stop, off
	}
	p.SetPorts(binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
	return dpi.ByFlow, off + udpHeader
}

// DCCP is RFC 4340 section 5.1.
var DCCP = dpi.Protocol{
	ID:   id.Dccp,
	Name: "dccp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "src_port", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "dest_port", Type: dpi.U16, Pos: 2},
		{ID: 3, Name: "data_offset", Type: dpi.U8, Pos: 4},
		{ID: 4, Name: "type", Type: dpi.U8, Pos: 8, Extract: dccpType},
	},
	Next: nextDCCP,
}

// minDCCPHeader is the length of the shortest generic header.
const minDCCPHeader = 12

// Packet types that carry application data.
const (
	dccpRequest = 0
	dccpData    = 2
	dccpDataAck = 4
)

func dccpType(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) >= minDCCPHeader && v.SetU(dpi.U8, uint64(b[8]>>1&15))
}

func nextDCCP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < minDCCPHeader {
		return dpi.Stop, off
	}
	p.SetPorts(binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
	n := int(b[4]) * 4
	if n < minDCCPHeader || n > len(b) {
		return dpi.Stop, off
	}
	switch b[8] >> 1 & 15 {
	case dccpRequest, dccpData, dccpDataAck:
		return dpi.ByFlow, off + n
	}
	return dpi.Stop, off
}
