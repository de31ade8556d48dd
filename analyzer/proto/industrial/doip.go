package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DoIP is diagnostic communication over IP, ISO 13400-2 section 7: protocol
// version, its complement, payload type, and the length of the payload.
var DoIP = dpi.Protocol{
	ID:          id.Doip,
	Name:        "doip",
	Classifiers: over(80, isDoIP, []uint16{13400, 3496}, false, id.Udp, id.Tcp),
}

const doipHeader = 8

func isDoIP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < doipHeader {
		return short(p)
	}
	if d[0]^d[1] != 0xff || d[0] == 0 || d[0] > 4 && d[0] != 0xff {
		return dpi.No
	}
	length := be.Uint32(d[4:])
	if !doipType(be.Uint16(d[2:])) || length > 1<<20 {
		return dpi.No
	}
	rest := uint32(len(d) - doipHeader)
	if length > rest {
		return short(p)
	}
	return yesIf(length == rest || p.HasPort(13400))
}

// doipType tells whether a payload type is assigned: identification, routing
// activation, alive check; status; diagnostic messages.
func doipType(t uint16) bool {
	return t <= 8 || t >= 0x4001 && t <= 0x4004 || t >= 0x8001 && t <= 0x8003
}
