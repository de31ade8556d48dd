package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ubntPort is where devices of Ubiquiti look for one another.
const ubntPort = 10001

// UBNTAC2 is the discovery of Ubiquiti devices, version 1 and 2: version,
// command, length, and elements of type, length and value.
var UBNTAC2 = dpi.Protocol{
	ID:   id.Ubntac2,
	Name: "ubntac2",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{ubntPort}, Only: true, Classify: classifyUBNT},
	},
}

func classifyUBNT(p *dpi.Packet, d []byte) dpi.Verdict {
	n := sentLength(p, d)
	if len(d) < 4 || d[0] != 1 && d[0] != 2 || d[1] > 16 || be16(d[2:]) != n-4 {
		return dpi.No
	}
	elements, whole := tlvShape{tag: 1, size: 2}.chain(d[4:])
	return verdict(whole || n > len(d) && elements > 0)
}
