package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// GESRTP is GE's service request transport protocol for its controllers:
// messages with a header of 56 bytes, the first pair of which is zeros but for
// the type. It is known from published analyses only, so its port must be right.
var GESRTP = dpi.Protocol{
	ID:          id.GeSrtp,
	Name:        "ge_srtp",
	Classifiers: over(50, isGESRTP, []uint16{18245, 18246}, true, id.Tcp),
}

const srtpHeader = 56

// isGESRTP takes requests and responses whose mailbox has a known type, and a
// connection that opens with the two empty messages.
func isGESRTP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < srtpHeader {
		return short(p)
	}
	if d[0] > 3 || d[1] != 0 {
		return dpi.No
	}
	switch d[0] {
	case 2, 3:
		return yesIf(oneOf(d[31], 0x80, 0x94, 0xc0, 0xd1, 0xd4))
	case 0:
		if len(d) > srtpHeader || !allZero(d[1:]) {
			return dpi.No
		}
		*p.Memo(id.GeSrtp) = 1 // opened
		return dpi.More
	}
	return yesIf(*p.Memo(id.GeSrtp) == 1)
}

// allZero tells whether b is nothing but zeros.
func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
