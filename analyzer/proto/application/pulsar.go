package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Pulsar is the binary protocol of Apache Pulsar ("Pulsar binary protocol
// specification"): two lengths, and a command in Protocol Buffers.
var Pulsar = dpi.Protocol{
	ID:          id.Pulsar,
	Name:        "pulsar",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{6650}, Classify: classifyPulsar}},
}

// classifyPulsar expects CONNECT or CONNECTED: its number in field 1, and the
// field of the same number with what belongs to it.
func classifyPulsar(_ *dpi.Packet, d []byte) dpi.Verdict {
	if !isZero(d[:min(len(d), 2)]) {
		return dpi.No
	}
	if len(d) < 11 {
		return dpi.More
	}
	return verdict(be32(d) == be32(d[4:])+4 && d[8] == 0x08 && (d[9] == 2 && d[10] == 0x12 || d[9] == 3 && d[10] == 0x1a))
}
