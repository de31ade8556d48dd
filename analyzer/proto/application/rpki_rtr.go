package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Types of units of the RPKI to router protocol, RFC 8210 section 5, that open
// a session or its answer.
const (
	rtrSerialQuery   = 1
	rtrResetQuery    = 2
	rtrCacheResponse = 3
	rtrHeader        = 8
)

// RPKIRTR is the protocol by which routers get validated origins of routes, RFC
// 6810 and RFC 8210.
var RPKIRTR = dpi.Protocol{
	ID:   id.RpkiRtr,
	Name: "rpki_rtr",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{323, 3323, 8282}, Only: true, Classify: classifyRTR},
	},
}

// classifyRTR asks for a version, one of the first units, and its length.
func classifyRTR(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < rtrHeader {
		return moreUnless(len(d) > 0 && d[0] > 2)
	}
	if d[0] > 2 {
		return dpi.No
	}
	switch d[1] {
	case rtrSerialQuery:
		return verdict(be32(d[4:]) == 12)
	case rtrResetQuery:
		return verdict(be32(d[4:]) == rtrHeader && d[2] == 0 && d[3] == 0)
	case rtrCacheResponse:
		return verdict(be32(d[4:]) == rtrHeader)
	}
	return dpi.No
}
