package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ClickHouse is its native protocol ("Native protocol"): both sides open with
// packet type zero and their name behind its length.
var ClickHouse = dpi.Protocol{
	ID:          id.Clickhouse,
	Name:        "clickhouse",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{9000}, Classify: classifyClickHouse}},
}

func classifyClickHouse(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != 0 || len(d) > 1 && (d[1] < 10 || d[1] > 100) {
		return dpi.No
	}
	if len(d) < 2 {
		return dpi.More
	}
	name := d[2:min(len(d), 2+int(d[1]))]
	switch {
	case !isPrintable(name):
		return dpi.No
	case bytes.Contains(name, []byte("ClickHouse")), bytes.Contains(name, []byte("clickhouse-")):
		return dpi.Yes
	case len(name) < int(d[1]):
		return dpi.More
	}
	return dpi.No
}
