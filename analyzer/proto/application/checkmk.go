package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Checkmk is the output of a Checkmk agent ("Checkmk User Guide", monitoring
// agents): sections under titles, the first of which is the agent's own.
var Checkmk = dpi.Protocol{
	ID:   id.Checkmk,
	Name: "checkmk",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{6556}, Classify: classifyCheckmk},
	},
}

func classifyCheckmk(_ *dpi.Packet, d []byte) dpi.Verdict {
	return startsWithAny(d, "<<<check_mk>>>", "<<<checkmk")
}
