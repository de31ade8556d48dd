package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// BRPC is the remote calls of Apache bRPC ("baidu_std"): four letters, the
// length of what follows, and that of its first part.
var BRPC = dpi.Protocol{
	ID:          id.Brpc,
	Name:        "brpc",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Classify: classifyBRPC}},
}

func classifyBRPC(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "PRPC"); v != dpi.Yes {
		return v
	}
	if len(d) < 12 {
		return dpi.More
	}
	return verdict(be32(d[8:]) <= be32(d[4:]) && be32(d[4:]) < 1<<28)
}
