package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Paltalk is the video chat of that name, told by its greeting of 20 bytes.
var Paltalk = dpi.Protocol{
	ID:   id.Paltalk,
	Name: "paltalk",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
		return verdict(len(d) == 20 && be32(d[8:]) == 0x00020001 && be32(d[16:]) == 0x5afdffff)
	}}},
}
