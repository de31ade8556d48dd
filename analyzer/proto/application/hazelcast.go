package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Hazelcast is the protocol of Hazelcast's clients ("Hazelcast Open Binary
// Client Protocol", version 2) and members: three letters, then frames.
var Hazelcast = dpi.Protocol{
	ID:          id.Hazelcast,
	Name:        "hazelcast",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: []uint16{5701, 5702, 5703}, Classify: classifyHazelcast}},
}

// classifyHazelcast expects a client's letters with the length and the flags of
// the first frame behind them, little endian, or a member's with a version.
func classifyHazelcast(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWithAny(d, "CP2", "HZC"); v != dpi.Yes {
		return v
	}
	if d[0] == 'H' {
		if len(d) < 6 {
			return dpi.More
		}
		return verdict(d[3] == 4) // the version of packets
	}
	if len(d) < 9 {
		return dpi.More
	}
	n := le32(d[3:])
	return verdict(n >= 22 && n < 1<<16 && le16(d[7:])&0xc000 == 0xc000)
}
