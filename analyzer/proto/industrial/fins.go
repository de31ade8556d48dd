package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// FINS is Omron's factory interface network service: over UDP bare commands,
// over TCP behind a header that starts with the word FINS (Omron W421, section
// 7).
var FINS = dpi.Protocol{
	ID:   id.Fins,
	Name: "fins",
	Classifiers: append(
		over(100, isFINSTCP, []uint16{9600}, false, id.Tcp),
		over(50, isFINSUDP, []uint16{9600}, true, id.Udp)...),
}

func isFINSTCP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 16 {
		return short(p)
	}
	length, command := be.Uint32(d[4:]), be.Uint32(d[8:])
	return yesIf(string(d[:4]) == "FINS" && length >= 8 && length < 1<<16 && command <= 6)
}

// isFINSUDP checks information control field, reserved byte, gateway count and
// command code.
func isFINSUDP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 || d[0]&0xbe != 0x80 || d[1] != 0 || d[2] > 7 {
		return dpi.No
	}
	return yesIf(d[10] >= 0x01 && d[10] <= 0x26 && d[11] <= 0x40)
}
