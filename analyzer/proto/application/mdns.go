package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MDNS is multicast DNS, RFC 6762.
var MDNS = dpi.Protocol{
	ID:   id.Mdns,
	Name: "mdns",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{5353}, Only: true, Classify: classifyMDNS},
	},
	Inspect: inspectMDNS,
	Context: newDNSBuffer,
}

// classifyMDNS takes messages whose first name can be read. Operation and
// response code must be zero (RFC 6762 sections 18.3 and 18.11).
func classifyMDNS(p *dpi.Packet, d []byte) dpi.Verdict {
	return onOwnPort(p, isMDNS(d, sentLength(p, d)))
}

// isMDNS judges a message that was sent with the given length.
func isMDNS(m dnsMessage, length int) bool {
	if len(m) < dnsHeader || m.opcode() != 0 || m.flags()&dnsRcode != 0 || m.questions()+m.records() == 0 {
		return false
	}
	return m.headerOK(length) && m.skipName(dnsHeader) > 0
}

func inspectMDNS(p *dpi.Packet, d []byte) (done bool) {
	noteQuestion(p, d, dpi.Context[dnsBuffer](p.Handler(), id.Mdns))
	return p.Flow.Host != 0
}
