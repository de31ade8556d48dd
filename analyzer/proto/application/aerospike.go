package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Aerospike is the protocol of clients of Aerospike ("Wire protocol"): version,
// type, and a length of six bytes.
var Aerospike = dpi.Protocol{
	ID:          id.Aerospike,
	Name:        "aerospike",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{3000}, Classify: classifyAerospike}},
}

// Types of messages.
const (
	aerospikeInfo    = 1
	aerospikeMessage = 3
)

func classifyAerospike(_ *dpi.Packet, d []byte) dpi.Verdict {
	for i, c := range d[:min(len(d), 4)] {
		if i == 0 && c != 2 || i == 1 && c != aerospikeInfo && c != aerospikeMessage || i > 1 && c != 0 {
			return dpi.No
		}
	}
	if len(d) < 8 {
		return dpi.More
	}
	n := int(be32(d[4:]))
	body := d[8:min(len(d), 8+n)]
	switch {
	case n > 128<<20 || n == 0:
		return dpi.No
	case d[1] == aerospikeInfo: // names on lines, or answers to them
		if len(body) < min(n, 4) {
			return dpi.More
		}
		return verdict(isLines(body))
	case len(body) < 22:
		return dpi.More
	}
	return verdict(body[0] == 22 && body[4] == 0) // length of the header, unused
}
