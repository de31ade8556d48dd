package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Sizes of BGP messages, RFC 4271 section 4.1 and RFC 8654.
const (
	bgpMarker = 16
	bgpHeader = 19
	bgpTypes  = 6 // OPEN to ROUTE-REFRESH, and CAPABILITY of drafts
)

// BGP is the border gateway protocol, RFC 4271.
var BGP = dpi.Protocol{
	ID:   id.Bgp,
	Name: "bgp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{179}, Classify: classifyBGP},
	},
}

// classifyBGP asks for the marker of ones, a length and a type.
func classifyBGP(_ *dpi.Packet, d []byte) dpi.Verdict {
	for _, c := range d[:min(len(d), bgpMarker)] {
		if c != 0xff {
			return dpi.No
		}
	}
	if len(d) < bgpHeader {
		return dpi.More
	}
	return verdict(be16(d[bgpMarker:]) >= bgpHeader && d[18] >= 1 && d[18] <= bgpTypes)
}
