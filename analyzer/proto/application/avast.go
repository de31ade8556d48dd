package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Avast is how Avast's programs keep in touch with their servers, mostly on port
// 80 (known from traces): each message starts with a magic text, its length
// and a version.
var Avast = dpi.Protocol{
	ID:          id.Avast,
	Name:        "avast",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 90, Ports: []uint16{80}, Classify: classifyAvast}},
}

const (
	avastMagic   = "NOSA"
	avastHeader  = 8
	avastVersion = 1
)

func classifyAvast(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, avastMagic); v != dpi.Yes {
		return v
	}
	if len(d) < avastHeader {
		return dpi.More
	}
	return verdict(be16(d[4:]) >= avastHeader && d[6] == avastVersion)
}
