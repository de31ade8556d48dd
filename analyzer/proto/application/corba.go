package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Corba is the General Inter-ORB Protocol (OMG, "CORBA Interoperability",
// section 9.4), also compressed, and in packets for groups over UDP ("MIOP").
var Corba = dpi.Protocol{
	ID:   id.Corba,
	Name: "corba",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Classify: classifyCorba},
		{Parent: id.Udp, Weight: 100, Classify: classifyCorba},
	},
}

// classifyCorba expects a name, and a version: in two bytes, or in two halves of
// one byte for MIOP.
func classifyCorba(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWithAny(d, "GIOP\x01", "ZIOP\x01", "MIOP\x10"); v != dpi.Yes {
		return v
	}
	switch {
	case d[0] == 'M':
		return dpi.Yes
	case len(d) < 8:
		return dpi.More
	}
	return verdict(d[5] <= 4 && d[6] <= 3 && d[7] <= 7)
}
