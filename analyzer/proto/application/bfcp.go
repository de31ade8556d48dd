package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// BFCP is the Binary Floor Control Protocol (RFC 8855), over TCP and UDP.
var BFCP = dpi.Protocol{
	ID:   id.Bfcp,
	Name: "bfcp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Classify: classifyBFCP},
		{Parent: id.Udp, Weight: 50, Classify: classifyBFCP},
	},
}

// Fields of the common header and of attributes, sections 5.1 and 5.2.
const (
	bfcpHeader        = 12
	bfcpTransaction   = 4  // conference, transaction, user: bytes 4 to 12
	bfcpLastPrimitive = 18 // GoodbyeAck
	bfcpLastAttribute = 18 // OVERALL-REQUEST-STATUS
)

// classifyBFCP wants a message that fills d, whose attributes fill it, and that
// the other direction answers or asked for.
func classifyBFCP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 0 {
		return dpi.More
	}
	if v := d[0] >> 5; v != 1 && v != 2 || d[0]&7 != 0 {
		return dpi.No
	}
	if len(d) < bfcpHeader {
		return moreUnless(len(d) > 1 && !isBFCPPrimitive(d[1]))
	}
	if !isBFCPPrimitive(d[1]) || bfcpHeader+4*be16(d[2:]) != len(d) || !isBFCPAttributes(d[bfcpHeader:]) {
		return dpi.No
	}
	first, n := p.First(p.Dir ^ 1)
	if n < bfcpHeader {
		return dpi.More
	}
	return verdict(string(first[bfcpTransaction:bfcpHeader]) == string(d[bfcpTransaction:bfcpHeader]) && first[0]>>5 == d[0]>>5)
}

func isBFCPPrimitive(b byte) bool { return b > 0 && b <= bfcpLastPrimitive }

// isBFCPAttributes tells whether attributes, each with its type, its length and
// zeros up to four bytes, fill d.
func isBFCPAttributes(d []byte) bool {
	for len(d) >= 2 {
		kind, n := d[0]>>1, int(d[1])
		whole := (n + 3) &^ 3
		if kind == 0 || kind > bfcpLastAttribute || n < 2 || whole > len(d) || !isZero(d[n:whole]) {
			return false
		}
		d = d[whole:]
	}
	return len(d) == 0
}
