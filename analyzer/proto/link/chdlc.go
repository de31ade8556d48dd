package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// The first byte of a Cisco HDLC frame.
const (
	chdlcUnicast   = 0x0f
	chdlcMulticast = 0x8f
)

// CHDLC is Cisco HDLC: address, control, EtherType.
var CHDLC = dpi.Protocol{ID: id.Chdlc, Name: "chdlc", Next: nextCHDLC}

func nextCHDLC(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < 4 {
		return dpi.Stop, off
	}
	switch t := binary.BigEndian.Uint16(b[2:]); t {
	case 0x8035: // line keep-alive, where Ethernet has RARP
		return id.Slarp, off + 4
	case 0x2000:
		return id.Cdp, off + 4
	case 0xfefe: // OSI, after a byte of padding
		return osi(p.Bytes(off + 5)), off + 5
	default:
		return nextEtherType(p, t, off+2)
	}
}
