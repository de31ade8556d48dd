package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Gearman is the job server of that name ("Gearman Protocol", binary packet).
var Gearman = dpi.Protocol{
	ID:          id.Gearman,
	Name:        "gearman",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{4730}, Classify: classifyGearman}},
}

func classifyGearman(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWithAny(d, "\x00REQ\x00\x00\x00", "\x00RES\x00\x00\x00"); v != dpi.Yes {
		return v
	}
	if len(d) < 12 {
		return dpi.More
	}
	return verdict(d[7] >= 1 && d[7] <= 42 && be32(d[8:]) < 1<<28)
}
