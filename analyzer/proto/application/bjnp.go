package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// bjnpHeader is the length of a header: name, type, command, error, sequence,
// session, length.
const bjnpHeader = 16

// BJNP is the protocol of Canon's printers and scanners (known from the SANE
// and cups-bjnp sources).
var BJNP = dpi.Protocol{
	ID:   id.Bjnp,
	Name: "bjnp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{8610, 8611, 8612, 8613}, Classify: classifyBJNP},
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{8611, 8612}, Classify: classifyBJNP},
	},
}

// classifyBJNP asks for one of the names and a device type, whose top bit is
// set in responses.
func classifyBJNP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWithAny(d, "BJNP", "BJNB", "MFNP"); v != dpi.Yes {
		return v
	}
	if len(d) < bjnpHeader {
		return dpi.More
	}
	return verdict(d[4]&0x7f <= 3)
}
