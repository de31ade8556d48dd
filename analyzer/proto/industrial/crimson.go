package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Crimson is the protocol of Red Lion's operator panels: the length of the rest,
// a register, and an operation. It is known from scanners only, so its port must
// be right.
var Crimson = dpi.Protocol{
	ID:          id.Crimson,
	Name:        "crimson",
	Classifiers: over(50, isCrimson, []uint16{789}, true, id.Tcp),
}

func isCrimson(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 6 {
		return short(p)
	}
	return yesIf(int(be.Uint16(d)) == len(d)-2 && d[2] == 1 && (d[3] == 0x2a || d[3] == 0x2b) && d[4] >= 0x10 && d[4] <= 0x20)
}
