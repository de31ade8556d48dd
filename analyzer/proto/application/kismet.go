package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Kismet is the protocol between the server of Kismet, up to 2016, and its
// clients: lines that start with the name of a sentence.
var Kismet = dpi.Protocol{
	ID:   id.Kismet,
	Name: "kismet",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{2501}, Classify: classifyKismet},
	},
}

func classifyKismet(p *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "*KISMET: "); v != dpi.No || !p.HasPort(2501) {
		return v
	}
	return startsWithAny(d, "*TIME: ", "*PROTOCOLS: ", "*ACK: ")
}
