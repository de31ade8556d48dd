package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Bacula is the network protocol of the backup of that name ("Bacula Developer
// Guide", daemon protocol): messages behind their length, the first of which
// says who is calling.
var Bacula = dpi.Protocol{
	ID:          id.Bacula,
	Name:        "bacula",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{9101, 9102, 9103}, Classify: classifyBacula}},
}

func classifyBacula(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 1 && (d[0] != 0 || d[1] != 0) {
		return dpi.No
	}
	if len(d) < 5 {
		return dpi.More
	}
	n := int(be32(d))
	if v := startsWith(d[4:], "Hello "); v != dpi.Yes || n > 512 {
		return min(v, dpi.More)
	}
	if len(d) < 4+n {
		return dpi.More
	}
	if !bytes.Contains(d[4:4+n], []byte(" calling")) {
		return dpi.No
	}
	return dpi.Yes
}
