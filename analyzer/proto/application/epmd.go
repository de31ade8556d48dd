package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// EPMD is the port mapper of Erlang's nodes (Erlang, "Distribution protocol",
// EPMD), on its port only.
var EPMD = dpi.Protocol{
	ID:          id.Epmd,
	Name:        "epmd",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: []uint16{4369}, Only: true, Classify: classifyEPMD}},
}

// Requests and answers.
const (
	epmdAlive      = 'x'
	epmdAliveBack  = 'y'
	epmdAliveBack6 = 'v'
	epmdPort       = 'z'
	epmdPortBack   = 'w'
	epmdNames      = 'n'
)

// classifyEPMD expects a request: its length, its kind, and a name; or an answer
// by its kind.
func classifyEPMD(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 2 {
		return dpi.More
	}
	if d[0] == epmdAliveBack || d[0] == epmdAliveBack6 || d[0] == epmdPortBack {
		first, _ := p.First(p.Dir ^ 1)
		return yesOrMore(isEPMDRequest(first))
	}
	return verdict(isEPMDRequest(d))
}

func isEPMDRequest(d []byte) bool {
	if len(d) < 3 || be16(d) != len(d)-2 {
		return false
	}
	switch d[2] {
	case epmdNames:
		return len(d) == 3
	case epmdPort:
		return len(d) > 3 && isPrintable(d[3:])
	case epmdAlive: // port, kind of node, protocol, versions, name
		return len(d) > 15 && d[6] == 0 && (d[5] == 77 || d[5] == 72 || d[5] == 109)
	}
	return false
}
