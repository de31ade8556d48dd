package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RocketMQ is the remoting protocol of Apache RocketMQ: a length, the length of
// a header and how it is written, and that header in JSON.
var RocketMQ = dpi.Protocol{
	ID:          id.Rocketmq,
	Name:        "rocketmq",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{9876, 10911}, Classify: classifyRocketMQ}},
}

func classifyRocketMQ(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != 0 || len(d) > 4 && d[4] != 0 {
		return dpi.No
	}
	if len(d) <= 8 {
		return dpi.More
	}
	if be32(d[4:])+4 > be32(d) {
		return dpi.No
	}
	return startsWithAny(d[8:], `{"code":`, `{"extFields":`)
}
