package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Munin is the protocol between a munin master and its nodes ("Munin Guide",
// protocol section): the node greets, then answers commands of one line.
var Munin = dpi.Protocol{
	ID:   id.Munin,
	Name: "munin",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{4949}, Classify: classifyMunin},
	},
}

// classifyMunin knows the greeting, and the commands on the port of munin.
func classifyMunin(p *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "# munin node at "); v != dpi.No || !p.HasPort(4949) {
		return v
	}
	return startsWithAny(d, "cap ", "list", "nodes", "config ", "fetch ", "version", "spoolfetch ")
}
