package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NoMachine is the NX protocol: over TCP it opens with the name and version of
// either side, before TLS; over UDP it carries sound and pictures in messages
// that tell their own length.
var NoMachine = dpi.Protocol{
	ID:   id.Nomachine,
	Name: "nomachine",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{4000}, Classify: classifyNoMachine},
		{Parent: id.Udp, Weight: 50, Classify: classifyNoMachineUDP},
	},
}

// classifyNoMachine expects "NXSH-6.0.0\n" or "NXD-6.0.0\n".
func classifyNoMachine(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWithAny(d, "NXSH-", "NXD-"); v != dpi.Yes {
		return v
	}
	line, _, ok := textLine(d)
	switch {
	case !ok && len(d) < 32:
		return dpi.More
	case !ok || len(line) > 32 || !isPrintable(line) || !isDigit(line[len(line)-1]):
		return dpi.No
	}
	return dpi.Yes
}

// classifyNoMachineUDP expects the version, the length and two zeros, little
// endian.
func classifyNoMachineUDP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 10 || le16(d[2:]) != 1 || le16(d[4:]) != len(d) || d[8] != 0 || d[9] != 0 {
		return dpi.No
	}
	return dpi.Yes
}
