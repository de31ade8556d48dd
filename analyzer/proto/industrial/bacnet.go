package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// BACnet is BACnet/IP, ASHRAE 135 annex J: a BVLC header of type 0x81, a
// function and the length of the whole.
var BACnet = dpi.Protocol{
	ID:          id.Bacnet,
	Name:        "bacnet",
	Classifiers: over(80, isBACnet, []uint16{47808}, false, id.Udp),
}

func isBACnet(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 || d[0] != 0x81 || d[1] > 0x0c || int(be.Uint16(d[2:])) != len(d) {
		return dpi.No
	}
	// A result has no network header; what carries one is version 1.
	if d[1] == 0 {
		return yesIf(len(d) == 6 && p.HasPort(47808))
	}
	npdu := 4
	if d[1] == 4 { // forwarded: the originator's address comes first
		npdu = 10
	}
	return yesIf(len(d) > npdu && d[npdu] == 1 || p.HasPort(47808))
}
