package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RipeAtlas is the measurements of RIPE Atlas, whose payload names itself, the
// target and the port: "MGLNDD_192.0.2.1_4711".
var RipeAtlas = dpi.Protocol{
	ID:   id.RipeAtlas,
	Name: "ripe_atlas",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Classify: classifyRipeAtlas},
		{Parent: id.Tcp, Weight: 100, Classify: classifyRipeAtlas},
	},
}

func classifyRipeAtlas(_ *dpi.Packet, d []byte) dpi.Verdict { return startsWith(d, "MGLNDD_") }
