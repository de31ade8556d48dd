package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ipv6Header is the length of the fixed IPv6 header, RFC 8200 section 3.
const ipv6Header = 40

// IPv6 is RFC 8200. Its extension headers are part of it.
var IPv6 = dpi.Protocol{
	ID:   id.Ipv6,
	Name: "ipv6",
	Next: nextIPv6,
}

func nextIPv6(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < ipv6Header || b[0]>>4 != 6 {
		return dpi.Stop, off
	}
	if n := int(binary.BigEndian.Uint16(b[4:])); n != 0 {
		p.Limit(off + ipv6Header + n)
	}
	next, end, fragment := skipExtensions(p.Bytes(off), b[6])
	t := p.AddTuple(b[8:24], b[24:40], next)
	if t.Fragment = fragment; fragment {
		return dpi.Stop, off
	}
	return id.ByIPProtocol(next), off + end
}

// skipExtensions walks the extension headers of an IPv6 packet (RFC 8200
// section 4) and returns what follows them, where, and whether that is the
// middle of a fragmented packet.
func skipExtensions(b []byte, next uint8) (_ uint8, end int, fragment bool) {
	end = ipv6Header
	for len(b) >= end+8 {
		switch next {
		case 0, 43, 60, 135, 139, 140: // hop-by-hop, routing, destination, mobility, HIP, shim6
			next, end = b[end], end+8+int(b[end+1])*8
		case 44: // fragment
			offset := binary.BigEndian.Uint16(b[end+2:]) &^ 7
			next, end = b[end], end+8
			if offset != 0 {
				return next, end, true
			}
		default:
			return next, end, false
		}
	}
	return next, min(end, len(b)), false
}
