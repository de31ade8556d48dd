package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// icmpHeader is the length of an ICMP header, RFC 792.
const icmpHeader = 8

// icmpRedirect is the type of messages that name a gateway.
const icmpRedirect = 5

// maxICMPData is how many bytes of a message's data are shown.
const maxICMPData = 1024

// ICMP is RFC 792. The packet that an error message quotes is data, not a layer
// of the path.
var ICMP = dpi.Protocol{
	ID:   id.Icmp,
	Name: "icmp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "type", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "code", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "checksum", Type: dpi.U16, Pos: 2},
		{ID: 4, Name: "identifier", Type: dpi.U16, Pos: 4, Extract: icmpQuery(4)},
		{ID: 5, Name: "seq_nb", Type: dpi.U16, Pos: 6, Extract: icmpQuery(6)},
		{ID: 6, Name: "gateway", Type: dpi.U32, Pos: 4, Extract: icmpGateway},
		{ID: 7, Name: "data", Type: dpi.BinaryVar, Pos: 8, Extract: icmpData},
	},
}

// isICMPQuery tells whether messages of a type have an identifier and a
// sequence number: echo, timestamp, information and address mask, and their
// replies.
func isICMPQuery(t byte) bool { return t == 0 || t == 8 || t >= 13 && t <= 18 }

func icmpQuery(pos int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) >= icmpHeader && isICMPQuery(b[0]) && v.SetU(dpi.U16, uint64(binary.BigEndian.Uint16(b[pos:])))
	}
}

func icmpGateway(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) >= icmpHeader && b[0] == icmpRedirect && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint32(b[4:])))
}

func icmpData(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) > icmpHeader && v.SetBytes(dpi.BinaryVar, b[icmpHeader:min(len(b), icmpHeader+maxICMPData)])
}

// ICMPv6 is RFC 4443.
var ICMPv6 = dpi.Protocol{
	ID:   id.Icmpv6,
	Name: "icmpv6",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "type", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "code", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "checksum", Type: dpi.U16, Pos: 2},
	},
}
