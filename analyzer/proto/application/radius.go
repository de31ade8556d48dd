package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Sizes of RADIUS packets, RFC 2865 section 3.
const (
	radiusHeader = 20
	radiusMax    = 4096
)

// radiusTLV is how RADIUS writes attributes, RFC 2865 section 5.
var radiusTLV = tlvShape{tag: 1, size: 1, whole: true}

// RADIUS is RFC 2865, with accounting (RFC 2866) and dynamic authorization
// (RFC 5176).
var RADIUS = dpi.Protocol{
	ID:         id.Radius,
	Name:       "radius",
	Attributes: radiusAttributes(),
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{1645, 1646, 1812, 1813, 3799}, Classify: classifyRADIUS},
	},
}

// classifyRADIUS asks for attributes that fill the packet; on the ports of
// RADIUS a right length, or right first attributes, will do.
func classifyRADIUS(p *dpi.Packet, d []byte) dpi.Verdict {
	n, ok := radiusLength(d)
	if isRADIUSPort(p.SrcPort()) || isRADIUSPort(p.DstPort()) {
		if ok && n != sentLength(p, d) {
			attributes, _ := radiusTLV.chain(d[radiusHeader:])
			ok = attributes >= 2
		}
		return onOwnPort(p, ok)
	}
	if !ok || n != len(d) {
		return dpi.No
	}
	attributes, whole := radiusTLV.chain(d[radiusHeader:])
	return verdict(whole && attributes >= 2)
}

// radiusLength returns the length that a header says; ok is false if d does not
// begin with a header.
func radiusLength(d []byte) (n int, ok bool) {
	if len(d) < radiusHeader || !isRADIUSCode(d[0]) {
		return 0, false
	}
	n = be16(d[2:])
	return n, n >= radiusHeader && n <= radiusMax
}

func isRADIUSPort(port uint16) bool {
	return port == 1812 || port == 1813 || port == 1645 || port == 1646 || port == 3799
}

// isRADIUSCode tells whether a packet type is assigned and in use (IANA,
// "RADIUS Packet Type Codes").
func isRADIUSCode(c byte) bool {
	return c >= 1 && c <= 5 || c >= 11 && c <= 13 || c >= 21 && c <= 34 || c >= 40 && c <= 45 || c == 50 || c == 51
}
