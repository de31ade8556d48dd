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

// classifyLDP asks for version 1 and messages that are known and fill the PDU,
// as far as it is there. Where nothing is expected the label space must be that
// of a platform, which it mostly is.
func classifyLDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < ldpHeader+4 {
		return moreUnless(len(d) > 1 && (d[0] != 0 || d[1] != 1))
	}
	pdu := be16(d[2:])
	if be16(d) != 1 || pdu < ldpHeader || pdu > 4096 || !p.HasPort(646) && be16(d[8:]) != 0 {
		return dpi.No
	}
	return verdict(isLDPChain(d[ldpHeader:], pdu+4-ldpHeader))
}

// isLDPChain tells whether messages, of which d is what is there, fill size
// bytes.
func isLDPChain(d []byte, size int) bool {
	for len(d) >= 4 && size > 0 {
		n := 4 + be16(d[2:])
		if n < 8 || n > size || !isLDPMessage(be16(d)&0x7fff) {
			return false
		}
		d, size = d[min(n, len(d)):], size-n
	}
	return true
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
