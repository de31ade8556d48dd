package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

const fingerPort = 79

// Finger is the user information protocol, RFC 1288.
var Finger = dpi.Protocol{
	ID:   id.Finger,
	Name: "finger",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Ports: []uint16{fingerPort}, Only: true, Classify: classifyFinger},
	},
}

// classifyFinger takes one line for the question: users and hosts, which have
// no characters that text protocols use otherwise; of the answer it knows the
// words that servers have in common.
func classifyFinger(p *dpi.Packet, d []byte) dpi.Verdict {
	if p.DstPort() == fingerPort {
		line, n, more := asciiLine(d, 128)
		if more {
			return dpi.More
		}
		return verdict(n > 0 && n == len(d) && !bytes.ContainsAny(line, ":<>{}()="))
	}
	if !isLines(d[:min(len(d), 512)]) {
		return dpi.No
	}
	return yesOrMore(hasPrefixFold(d, "login") || containsFold(d, "no one logged on") || containsFold(d, "no plan") || containsFold(d, "no such user"))
}
