package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MBus is the meter bus, EN 13757-2 section 5.5, on a connection to a serial
// line: short frames 10 C A checksum 16, long frames 68 L L 68 ... checksum 16.
var MBus = dpi.Protocol{
	ID:          id.Mbus,
	Name:        "mbus",
	Classifiers: over(80, isMBus, []uint16{10001}, false, id.Tcp, id.Udp),
}

func isMBus(p *dpi.Packet, d []byte) dpi.Verdict {
	if d[0] != 0x10 && d[0] != 0x68 {
		return dpi.No
	}
	n := len(d)
	if n < 5 {
		return short(p)
	}
	size, from := 5, 1 // of a short frame: initialise, request data
	if d[0] == 0x68 {
		size, from = int(d[1])+6, 4
	}
	if !mbusHead(d) || n > size {
		return dpi.No
	}
	if n < size {
		return short(p)
	}
	var sum byte
	for _, c := range d[from : n-2] {
		sum += c
	}
	return yesIf(sum == d[n-2] && d[n-1] == 0x16 && (n == 5 || mbusInformation(d[6])))
}

// mbusHead checks the control field of a short frame, and of a long one that
// the length is there twice, at least 3.
func mbusHead(d []byte) bool {
	if d[0] == 0x10 {
		return oneOf(d[1]&^0x20, 0x40, 0x5a, 0x5b)
	}
	return d[1] == d[2] && d[1] >= 3 && d[3] == 0x68
}

// mbusInformation tells whether a control information field is one of EN
// 13757-3 table 1 that a long frame to or from a meter has.
func mbusInformation(ci byte) bool {
	return oneOf(ci, 0x50, 0x51, 0x52, 0x53, 0x55, 0x56, 0x5a, 0x5b, 0x66, 0x70, 0x71, 0x72, 0x73, 0x76, 0x77, 0x78, 0x7a) ||
		ci >= 0xb8 && ci <= 0xbf
}

// Lantronix is the discovery of Lantronix' serial servers: a word 000000fx,
// which asks (even) or answers (odd).
var Lantronix = dpi.Protocol{
	ID:          id.Lantronix,
	Name:        "lantronix",
	Classifiers: over(50, isLantronix, []uint16{30718}, true, id.Udp),
}

func isLantronix(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 || d[0] != 0 || d[1] != 0 || d[2] != 0 {
		return dpi.No
	}
	switch d[3] {
	case 0xf4, 0xf6, 0xf8: // ask for setup record, firmware, or settings
		return yesIf(len(d) == 4)
	case 0xf5, 0xf7, 0xf9:
		return yesIf(len(d) >= 20)
	}
	return dpi.No
}

// Moxa is the discovery of Moxa's NPort serial servers: a function, a result,
// and the length of the whole; the bit 0x80 marks answers.
var Moxa = dpi.Protocol{
	ID:          id.MoxaNport,
	Name:        "moxa_nport",
	Classifiers: over(50, isMoxa, []uint16{4800}, true, id.Udp),
}

func isMoxa(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 || d[0]&0x7f == 0 || d[0]&0x7f > 0x40 || d[1] != 0 {
		return dpi.No
	}
	return yesIf(int(be.Uint16(d[2:])) == len(d))
}
