package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// GSMTAP is the pseudo header that Osmocom's programs put before frames of
// mobile radio (libosmocore, gsmtap.h): version, header length in words, kind of
// frame, channel and radio measures.
var GSMTAP = dpi.Protocol{
	ID:   id.Gsmtap,
	Name: "gsmtap",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "version", Type: dpi.U8, Pos: 0},
		{ID: 2, Name: "header_length", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "type", Type: dpi.U8, Pos: 2},
	},
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 50, Ports: []uint16{4729}, Only: true, Classify: isGSMTAP}},
}

// gsmtapHeader is the length of a header of version 2, which has four words.
const gsmtapHeader = 16

func isGSMTAP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < gsmtapHeader || d[0] != 2 || d[1] != gsmtapHeader/4 || d[2] == 0 || d[2] > 0x20 || d[15] != 0 {
		return dpi.No
	}
	return dpi.Yes
}

// SGsAP is TS 29.118, between 4G's core and a switch of 2G or 3G: a message type
// and elements of type, length and value. It has no payload protocol identifier
// of its own.
var SGsAP = dpi.Protocol{
	ID:   id.Sgsap,
	Name: "sgsap",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "message_type", Type: dpi.U8, Pos: 0},
	},
	Classifiers: overSCTP(looksSGsAP, nil, 29118),
}

// looksSGsAP checks the chain of elements.
func looksSGsAP(d []byte, cut bool) bool {
	if len(d) < 3 || d[0] == 0 || d[0] > 0x1f {
		return false
	}
	for d = d[1:]; len(d) >= 2; {
		n := 2 + int(d[1])
		if d[0] == 0 || n > len(d) {
			return cut
		}
		d = d[n:]
	}
	return cut || len(d) == 0
}
