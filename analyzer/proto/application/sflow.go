package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// maxSamples bounds the samples that a datagram of sFlow has room for.
const maxSamples = 200

// SFlow is sFlow version 2, 4 (RFC 3176) and 5 (sflow.org, "sFlow Version 5").
var SFlow = dpi.Protocol{
	ID:   id.Sflow,
	Name: "sflow",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{6343}, Classify: classifySFlow},
	},
}

// classifySFlow judges the header: version, agent's address with its type, in
// version 5 a sub-agent, then sequence number, uptime and number of samples,
// and the first sample's type.
func classifySFlow(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 28 || d[0]|d[1]|d[2] != 0 || d[3] != 2 && d[3] != 4 && d[3] != 5 {
		return dpi.No
	}
	off := 8
	switch be32(d[4:]) {
	case 1:
		off += 4
	case 2:
		off += 16
	default:
		return dpi.No
	}
	if d[3] == 5 {
		off += 4
	}
	if len(d) < off+12 {
		return dpi.No
	}
	samples := be32(d[off+8:])
	if samples == 0 || samples > maxSamples {
		return verdict(samples == 0 && len(d) == off+12)
	}
	return verdict(isSample(d[3], d[off+12:]))
}

// isSample judges the type of a sample (1 to 4, of vendor 0 or another) and, in
// version 5, its length.
func isSample(version byte, d []byte) bool {
	if len(d) < 8 {
		return false
	}
	kind, n := be32(d), be32(d[4:])
	if version < 5 {
		return kind == 1 || kind == 2
	}
	return kind&0xfff >= 1 && kind&0xfff <= 5 && n%4 == 0 && int(n) <= len(d)
}
