package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// XOT is X.25 over TCP (RFC 1613): a version and a length before each packet of
// X.25.
var XOT = dpi.Protocol{
	ID:          id.X25,
	Name:        "x25",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 60, Ports: []uint16{1998}, Only: true, Classify: classifyXOT}},
}

const (
	xotHeader    = 4
	x25Header    = 3    // format and channel, type
	x25Format    = 0x30 // bits of the format that tell the modulus
	xotMaxPacket = 4096 + x25Header + 1
)

// classifyXOT wants packets that follow each other without a gap up to the end
// of what is there.
func classifyXOT(_ *dpi.Packet, d []byte) dpi.Verdict {
	for whole := 0; ; whole++ {
		switch {
		case len(d) == 0 && whole > 0:
			return dpi.Yes
		case len(d) < xotHeader+x25Header:
			return moreUnless(len(d) > 1 && (d[0] != 0 || d[1] != 0))
		}
		n := be16(d[2:])
		if d[0] != 0 || d[1] != 0 || n < x25Header || n > xotMaxPacket || !isX25(d[xotHeader:]) {
			return dpi.No
		}
		if n > len(d)-xotHeader {
			return dpi.More
		}
		d = d[xotHeader+n:]
	}
}

// isX25 judges the format (modulo 8 or 128) and the type of a packet: data,
// receive ready, receive not ready or reject by its low bits, or what opens,
// clears, interrupts, resets and restarts calls.
func isX25(d []byte) bool {
	if f := d[0] & x25Format; f != 0x10 && f != 0x20 {
		return false
	}
	if d[2]&1 == 0 || d[2]&0x1f == 1 || d[2]&0x1f == 5 || d[2]&0x1f == 9 {
		return true
	}
	switch d[2] {
	case 0x0b, 0x0f, 0x13, 0x17, 0x1b, 0x1f, 0x23, 0x27, 0xfb, 0xff, 0xf1:
		return true
	}
	return false
}
