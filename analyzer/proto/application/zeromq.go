package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ZeroMQ is the ZeroMQ Message Transport Protocol, versions 2 and 3 (ZeroMQ RFC
// 15 and 23), told by the greeting of either side.
var ZeroMQ = dpi.Protocol{
	ID:          id.Zeromq,
	Name:        "zeromq",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{5555}, Classify: classifyZeroMQ}},
}

// classifyZeroMQ expects a signature, which is a length of eight bytes in the
// eyes of version 1, and a version.
func classifyZeroMQ(_ *dpi.Packet, d []byte) dpi.Verdict {
	const signature = 10
	switch {
	case len(d) > 0 && d[0] != 0xff, len(d) > 1 && !isZero(d[1:min(len(d), 8)]), len(d) > 8 && d[8] > 64, len(d) >= signature && d[9] != 0x7f:
		return dpi.No
	case len(d) < signature:
		return dpi.More
	}
	return verdict(len(d) == signature || d[10] <= 3)
}
