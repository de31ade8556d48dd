package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// CODESYS is the protocol of controllers that run CODESYS: version 3 over TCP
// (a block of magic number and length) and over UDP (datagrams that start with
// 0xc5), and version 2 (two bytes 0xbb and a length of either byte order).
var CODESYS = dpi.Protocol{
	ID:   id.Codesys,
	Name: "codesys",
	Classifiers: append(
		over(100, isCODESYS, []uint16{11740, 1217, 1200, 2455}, false, id.Tcp),
		over(50, isCODESYSDatagram, []uint16{1740, 1741, 1742, 1743}, true, id.Udp)...),
}

// codesysBlock is the magic number of a block of version 3.
const codesysBlock = 0x000117e8

func isCODESYS(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 9 && len(d) != 7 {
		return short(p)
	}
	if le.Uint32(d) == codesysBlock {
		if len(d) < 9 {
			return short(p)
		}
		return yesIf(le.Uint32(d[4:]) >= 8 && le.Uint32(d[4:]) < 1<<20 && d[8] == 0xc5)
	}
	body := uint32(len(d) - 6)
	return yesIf(d[0] == 0xbb && d[1] == 0xbb && (le.Uint32(d[2:]) == body || be.Uint32(d[2:]) == body))
}

// isCODESYSDatagram checks the hop count and header length, and the service:
// addresses, names, or channels.
func isCODESYSDatagram(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 || d[0] != 0xc5 || d[1]&7 < 2 || d[1]>>3 == 0 {
		return dpi.No
	}
	return yesIf(d[3] >= 1 && d[3] <= 4 || d[3] >= 0x40 && d[3] <= 0x43)
}
