package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// PPTP is the control connection of the Point-to-Point Tunneling Protocol,
// RFC 2637 section 2: length, type 1, a magic number, and the type of the
// control message.
var PPTP = dpi.Protocol{
	ID:          id.Pptp,
	Name:        "pptp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{1723}, Classify: classifyPPTP}},
}

func classifyPPTP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 10 {
		return moreUnless(d[0] != 0 || len(d) >= 4 && be16(d[2:]) != 1)
	}
	return verdict(be16(d[2:]) == 1 && be32(d[4:]) == 0x1a2b3c4d && d[8] == 0 && d[9] <= 15)
}
