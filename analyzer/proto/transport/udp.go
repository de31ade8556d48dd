package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// udpHeader is the length of a UDP header, RFC 768.
const udpHeader = 8

// UDP is RFC 768.
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
	if n := int(binary.BigEndian.Uint16(b[4:])); n >= udpHeader {
		p.Limit(off + n)
	}
	return dpi.ByFlow, off + udpHeader
}
