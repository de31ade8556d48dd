package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of NAT-PMP and PCP: the gateway's, and where it announces itself.
const (
	natPMPPort         = 5351
	natPMPAnnouncePort = 5350
)

// NATPMP is the NAT port mapping protocol, RFC 6886.
var NATPMP = dpi.Protocol{
	ID:   id.NatPmp,
	Name: "nat_pmp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{natPMPPort, natPMPAnnouncePort}, Only: true, Classify: classifyNATPMP},
	},
}

// PCP is the port control protocol, RFC 6887, the successor of NAT-PMP.
var PCP = dpi.Protocol{
	ID:   id.Pcp,
	Name: "pcp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{natPMPPort, natPMPAnnouncePort}, Only: true, Classify: classifyPCP},
	},
}

// classifyNATPMP asks for version 0, an operation, and the length that the
// operation has (RFC 6886 section 3): address or mapping, request or response.
func classifyNATPMP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 2 || d[0] != 0 {
		return dpi.No
	}
	switch d[1] {
	case 0:
		return verdict(len(d) == 2)
	case 1, 2:
		return verdict(len(d) == 12)
	case 128:
		return verdict(len(d) == 12 && d[2] == 0 && d[3] <= 5)
	case 129, 130:
		return verdict(len(d) == 16 && d[2] == 0 && d[3] <= 5)
	}
	return dpi.No
}

// classifyPCP asks for version 1 or 2, an operation, and a length that is a
// multiple of four between those of RFC 6887 section 7.
func classifyPCP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 24 || len(d) > 1100 || len(d)%4 != 0 || d[0] != 2 && d[0] != 1 {
		return dpi.No
	}
	return verdict(d[1]&0x7f <= 3 && d[2] == 0 && (d[1]&0x80 != 0 || d[3] == 0))
}
