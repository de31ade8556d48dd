package network

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// minAH is the length of the fixed part of an authentication header, RFC 4302
// section 2.
const minAH = 12

// AH is RFC 4302. It hides nothing, so the path goes on; what has ports above
// it makes flows of its own.
var AH = dpi.Protocol{
	ID:   id.Ah,
	Name: "ah",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "next_hdr", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "spi", Type: dpi.U32, Pos: 4},
		{ID: 3, Name: "seq_nb", Type: dpi.U32, Pos: 8},
	},
	Next: nextAH,
}

func nextAH(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < minAH {
		return dpi.Stop, off
	}
	n := 8 + int(b[1])*4
	if n < minAH || n > len(b) || b[0] == extNone {
		return dpi.Stop, off
	}
	next := id.ByIPProtocol(b[0])
	switch next {
	case id.Tcp, id.Udp, id.Sctp, id.Dccp, id.Udplite:
		p.SetTransport(b[0])
	}
	return next, off + n
}

// ESP is RFC 4303. What it carries is encrypted.
var ESP = dpi.Protocol{
	ID:   id.Esp,
	Name: "esp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "spi", Type: dpi.U32, Pos: 0},
		{ID: 2, Name: "seq_nb", Type: dpi.U32, Pos: 4},
	},
}

// EtherIP is RFC 3378: an Ethernet frame after a header of two bytes.
var EtherIP = dpi.Protocol{ID: id.Etherip, Name: "etherip", Next: nextEtherIP}

func nextEtherIP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < 2 || b[0] != 0x30 {
		return dpi.Stop, off
	}
	return id.Ethernet, off + 2
}
