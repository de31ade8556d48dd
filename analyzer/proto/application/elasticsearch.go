package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Elasticsearch is the transport between nodes of Elasticsearch (TcpHeader):
// two letters, a length, a request, a status and a version.
var Elasticsearch = dpi.Protocol{
	ID:          id.Elasticsearch,
	Name:        "elasticsearch",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{9300}, Classify: classifyElasticsearch}},
}

func classifyElasticsearch(_ *dpi.Packet, d []byte) dpi.Verdict {
	const header = 2 + 4 + 8 + 1 + 4
	if v := startsWith(d, "ES"); v != dpi.Yes {
		return v
	}
	switch {
	case len(d) < 6:
		return dpi.More
	case be32(d[2:]) == 0xffffffff: // a ping
		return verdict(len(d) == 6)
	case be32(d[2:]) < header-6 || be32(d[2:]) > 1<<30:
		return dpi.No
	case len(d) < header:
		return dpi.More
	}
	version := be32(d[15:])
	return verdict(d[14] <= 0x1f && version > 0 && version < 20_000_000)
}
