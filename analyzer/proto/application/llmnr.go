package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// LLMNR is link-local multicast name resolution, RFC 4795.
var LLMNR = dpi.Protocol{
	ID:   id.Llmnr,
	Name: "llmnr",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{5355}, Only: true, Classify: classifyLLMNR},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{5355}, Only: true, Classify: classifyLLMNRStream},
	},
	Inspect: inspectLLMNR,
	Context: newDNSBuffer,
}

// classifyLLMNR takes messages with exactly one question (RFC 4795 section
// 2.1.1) whose name can be read.
func classifyLLMNR(p *dpi.Packet, d []byte) dpi.Verdict {
	return onOwnPort(p, isLLMNR(d, sentLength(p, d)))
}

// isLLMNR judges a message that was sent with the given length.
func isLLMNR(m dnsMessage, length int) bool {
	if len(m) < dnsHeader || m.opcode() != 0 || m.questions() != 1 {
		return false
	}
	return m.headerOK(length) && m.skipQuestion(dnsHeader) > 0
}

// classifyLLMNRStream is classifyLLMNR over TCP, where the length is before
// each message.
func classifyLLMNRStream(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 2 {
		return dpi.More
	}
	n := 2 + be16(d)
	if len(d) < n {
		return moreUnless(n > 2+512+maxDNSName)
	}
	return verdict(isLLMNR(d[2:n], n-2))
}

func inspectLLMNR(p *dpi.Packet, d []byte) (done bool) {
	if p.Flow.L4 == ipTCP {
		d = d[min(2, len(d)):]
	}
	noteQuestion(p, d, dpi.Context[dnsBuffer](p.Handler(), id.Llmnr))
	return p.Flow.Host != 0
}
