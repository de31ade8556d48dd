package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Types of messages of WCCP, version 1 (7 to 9) and 2 (10 to 13).
const (
	wccpHereIAm1  = 7
	wccpAssign1   = 9
	wccpHereIAm2  = 10
	wccpAssign2   = 13
	wccpHeader    = 8
	wccpVersion1  = 4
	wccpVersions2 = 0x0200
)

// WCCP is Cisco's web cache communication protocol (draft-forster-wrec-wccp-v1,
// draft-param-wccp-v2rev1).
var WCCP = dpi.Protocol{
	ID:   id.Wccp,
	Name: "wccp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{2048}, Only: true, Classify: classifyWCCP},
	},
}

// classifyWCCP asks for a type, its version and, in version 2, the length of
// the components behind the header.
func classifyWCCP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) <= wccpHeader {
		return dpi.No
	}
	switch kind := be32(d); {
	case kind >= wccpHereIAm1 && kind <= wccpAssign1:
		return verdict(be32(d[4:]) == wccpVersion1)
	case kind >= wccpHereIAm2 && kind <= wccpAssign2:
		return verdict(be16(d[4:])&^1 == wccpVersions2 && be16(d[6:]) == len(d)-wccpHeader)
	}
	return dpi.No
}
