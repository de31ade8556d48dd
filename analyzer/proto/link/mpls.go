package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MPLS is a stack of labels, RFC 3032 section 2.1. Labels do not say what they
// carry: it is told by the first half byte, as RFC 4928 section 2 describes.
var MPLS = dpi.Protocol{ID: id.Mpls, Name: "mpls", Next: nextMPLS}

// MPLSInIP is RFC 4023: a label stack after an IP header.
var MPLSInIP = dpi.Protocol{ID: id.MplsInIp, Name: "mpls_in_ip", Next: func(_ *dpi.Packet, off int) (dpi.ProtocolID, int) {
	return id.Mpls, off
}}

func nextMPLS(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	for b := p.Bytes(off); len(b) >= 4; b = b[4:] {
		off += 4
		if b[2]&1 == 1 { // bottom of stack
			return labelled(p, off)
		}
	}
	return dpi.Stop, off
}

// labelled tells what follows the last label: IP, or an Ethernet pseudowire
// with or without a control word (RFC 4448 section 4.6).
func labelled(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	switch {
	case LooksIP4(b):
		return id.Ip, off
	case LooksIP6(b):
		return id.Ipv6, off
	case len(b) > 4 && b[0]>>4 == 0 && LooksEthernet(b[4:]):
		return id.Ethernet, off + 4
	case LooksEthernet(b):
		return id.Ethernet, off
	case len(b) == 0:
		return dpi.Stop, off
	}
	return dpi.Unknown, off
}

// LooksIP4 tells whether b may start with an IPv4 header.
func LooksIP4(b []byte) bool {
	return len(b) >= 20 && b[0]>>4 == 4 && b[0]&15 >= 5 && int(binary.BigEndian.Uint16(b[2:])) >= 20
}

// LooksIP6 tells whether b may start with an IPv6 header.
func LooksIP6(b []byte) bool { return len(b) >= 40 && b[0]>>4 == 6 }
