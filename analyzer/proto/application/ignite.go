package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ignite is the protocol of Apache Ignite's thin clients ("Binary Client
// Protocol", handshake): a length, little endian, the operation, a version of
// three numbers, and the kind of client.
var Ignite = dpi.Protocol{
	ID:          id.Ignite,
	Name:        "ignite",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: []uint16{10800}, Classify: classifyIgnite}},
}

func classifyIgnite(_ *dpi.Packet, d []byte) dpi.Verdict {
	const handshake = 12
	if len(d) > 4 && d[4] != 1 || len(d) > 3 && (le32(d) < 8 || le32(d) > 1024) {
		return dpi.No
	}
	if len(d) < handshake {
		return dpi.More
	}
	major, minor, fix := le16(d[5:]), le16(d[7:]), le16(d[9:])
	return verdict(int(le32(d)) == len(d)-4 && major >= 1 && major <= 3 && minor <= 32 && fix <= 8 && d[11] <= 2)
}
