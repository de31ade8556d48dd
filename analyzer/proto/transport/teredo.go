package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Teredo is RFC 4380: IPv6 over UDP through address translators. A Teredo flow
// is a flow of its own; the IPv6 packets inside are not looked into.
var Teredo = dpi.Protocol{
	ID:          id.Teredo,
	Name:        "teredo",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 90, Ports: []uint16{3544}, Classify: classifyTeredo}},
}

// The indicators before the IPv6 packet, RFC 4380 section 5.1.1.
const (
	teredoOrigin       = 0
	teredoAuth         = 1
	teredoOriginLength = 8
	teredoAuthLength   = 13 // without client identifier and authentication value
)

// teredoPacket returns the IPv6 packet of a Teredo datagram, nil if there cannot
// be one.
func teredoPacket(d []byte) []byte {
	if len(d) >= teredoAuthLength && d[0] == 0 && d[1] == teredoAuth {
		n := teredoAuthLength + int(d[2]) + int(d[3])
		if n > len(d) {
			return nil
		}
		d = d[n:]
	}
	if len(d) >= teredoOriginLength && d[0] == 0 && d[1] == teredoOrigin {
		d = d[teredoOriginLength:]
	}
	if len(d) < 40 || d[0]>>4 != 6 {
		return nil
	}
	return d
}

// isTeredoAddress tells link-local addresses whose interface identifier starts
// with Teredo's flags, with which clients ask servers for an address.
func isTeredoAddress(a []byte) bool {
	return binary.BigEndian.Uint64(a) == 0xfe80<<48 && binary.BigEndian.Uint16(a[8:])&0x7fff == 0
}

// classifyTeredo expects an IPv6 packet of the right length from or to an
// address of a Teredo client. Trailers may follow the packet (RFC 6081).
func classifyTeredo(p *dpi.Packet, d []byte) dpi.Verdict {
	packet := teredoPacket(d)
	if packet == nil {
		return dpi.No
	}
	length := int(binary.BigEndian.Uint16(packet[4:])) + 40
	if length > len(packet) || length+64 < len(packet) {
		return dpi.No
	}
	src, dst := packet[8:24], packet[24:40]
	if binary.BigEndian.Uint32(src) == 0x20010000 || binary.BigEndian.Uint32(dst) == 0x20010000 {
		return dpi.Yes
	}
	if p.HasPort(3544) && (isTeredoAddress(src) || isTeredoAddress(dst)) {
		return dpi.Yes
	}
	return dpi.No
}
