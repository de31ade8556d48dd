package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// cphaPort is where members of a Check Point cluster speak.
const cphaPort = 8116

// cphaMagic begins every message.
const cphaMagic = 0x1a90

// CPHA is Check Point's cluster control protocol (known from Wireshark's
// description of it): magic, version, cluster, and the type of the message.
var CPHA = dpi.Protocol{
	ID:   id.Cpha,
	Name: "cpha",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{cphaPort}, Only: true, Classify: classifyCPHA},
	},
}

func classifyCPHA(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= 20 && be16(d) == cphaMagic)
}
