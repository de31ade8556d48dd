package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ldpHeader is the length of an LDP header, RFC 5036 section 3.1: version,
// length, and the identifier of the label space.
const ldpHeader = 10

// LDP is the label distribution protocol of MPLS, RFC 5036.
var LDP = dpi.Protocol{
	ID:   id.Ldp,
	Name: "ldp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{646}, Classify: classifyLDP},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{646}, Classify: classifyLDP},
	},
}

// classifyLDP asks for version 1, and a message that is known and fits the
// length.
func classifyLDP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < ldpHeader+4 {
		return moreUnless(len(d) > 1 && (d[0] != 0 || d[1] != 1))
	}
	if be16(d) != 1 {
		return dpi.No
	}
	pdu := be16(d[2:])
	kind, n := be16(d[ldpHeader:])&0x7fff, be16(d[ldpHeader+2:])
	return verdict(pdu <= 4096 && n >= 4 && 6+4+n <= pdu && isLDPMessage(kind))
}

// isLDPMessage tells whether a type of message is one of RFC 5036 section 3.7
// or RFC 5561.
func isLDPMessage(kind int) bool {
	switch kind {
	case 0x0001, 0x0100, 0x0200, 0x0201, 0x0202, 0x0300, 0x0301, 0x0400, 0x0401, 0x0402, 0x0403, 0x0404:
		return true
	}
	return false
}
