package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of WHOIS, RFC 3912, and of the domain availability service.
const (
	whoisPort = 43
	dasPort   = 4343
)

// Whois is WHOIS and the domain availability service of registries: a line to
// the server, a text back.
var Whois = dpi.Protocol{
	ID:   id.WhoisDas,
	Name: "whois_das",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Ports: []uint16{whoisPort, dasPort}, Only: true, Classify: classifyWhois},
	},
	Inspect: inspectWhois,
}

// classifyWhois takes one line for the question; of the answer it knows the
// words that registries use.
func classifyWhois(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.DstPort() == whoisPort || p.DstPort() == dasPort {
		line, n, more := asciiLine(d, 256)
		if more {
			return dpi.More
		}
		return verdict(n == len(d) && len(line) > 0)
	}
	d = d[:min(len(d), 512)]
	if !isLines(d) {
		return dpi.No
	}
	return yesOrMore(len(d) > 0 && d[0] == '%' || containsFold(d, "whois") || containsFold(d, "domain name:") || containsFold(d, "registrar"))
}

// inspectWhois notes the name that is asked for, the last word of the question.
func inspectWhois(p *dpi.Packet, d []byte) (done bool) {
	line, n, _ := asciiLine(d, 256)
	if n == 0 || p.SrcPort() == whoisPort || p.SrcPort() == dasPort {
		return p.Flow.Host != 0
	}
	name := line[bytes.LastIndexByte(line, ' ')+1:]
	if isHostName(name) {
		p.SetHost(name)
	}
	return true
}
