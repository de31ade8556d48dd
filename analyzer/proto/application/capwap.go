package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of CAPWAP, RFC 5415 section 3.1.
const (
	capwapControl = 5246
	capwapData    = 5247
)

// CAPWAP is the control and provisioning of wireless access points, RFC 5415.
var CAPWAP = dpi.Protocol{
	ID:   id.Capwap,
	Name: "capwap",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{capwapControl, capwapData}, Only: true, Classify: classifyCAPWAP},
	},
}

// classifyCAPWAP judges the preamble, which tells plain messages from those in
// DTLS (RFC 5415 section 4.1).
func classifyCAPWAP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return dpi.No
	}
	switch d[0] {
	case 0:
		return verdict(isCAPWAPPlain(p, d))
	case 1:
		return verdict(len(d) >= 4+13 && d[4] >= 20 && d[4] <= 25 && (d[5] == 0xfe || d[5] == 1))
	}
	return dpi.No
}

// isCAPWAPPlain judges a header (RFC 5415 section 4.3) and, on the control
// port, the message behind it (section 4.5.1).
func isCAPWAPPlain(p *dpi.Packet, d []byte) bool {
	n := int(d[1]>>3) * 4
	if n < 8 || n > len(d) || d[3]&7 != 0 || be16(d[6:])&7 != 0 {
		return false
	}
	if !p.HasPort(capwapControl) || d[3]&0x80 != 0 { // data, or a fragment
		return true
	}
	m := d[n:]
	if len(m) < 8 {
		return false
	}
	elements := be16(m[5:])
	return elements >= 3 && elements-3 <= sentLength(p, d)-n-8 && m[7] == 0
}
