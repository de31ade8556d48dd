package link

import (
	"encoding/binary"
	"math/bits"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// loopbackHeader is the length of the address family before the packet.
const loopbackHeader = 4

// Loopback is the header of loopback devices: the address family of the system
// that captured, in its byte order (LINKTYPE_NULL) or in network order
// (LINKTYPE_LOOP).
var Loopback = dpi.Protocol{ID: id.Loopback, Name: "loopback", Next: nextLoopback}

func nextLoopback(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < loopbackHeader {
		return dpi.Stop, off
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		family = bits.ReverseBytes32(family)
	}
	off += loopbackHeader
	switch family {
	case 2:
		return id.Ip, off
	case 10, 23, 24, 26, 28, 30: // Linux, Windows, and the BSDs
		return id.Ipv6, off
	}
	if family > maxLength && family <= 0xffff { // some systems put an EtherType
		return id.ByEtherType(uint16(family)), off
	}
	return dpi.Unknown, off
}
