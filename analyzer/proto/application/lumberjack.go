package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Logstash is the Lumberjack protocol that Beats and Logstash speak
// ("lumberjack/PROTOCOL.md"): version, kind, and a number.
var Logstash = dpi.Protocol{
	ID:          id.Logstash,
	Name:        "logstash",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{5044}, Classify: classifyLumberjack}},
}

// classifyLumberjack expects a window and the first frame in it, or on the port
// an acknowledgement.
func classifyLumberjack(p *dpi.Packet, d []byte) dpi.Verdict {
	v := startsWithAny(d, "2W\x00\x00", "1W\x00\x00", "2A\x00", "1A\x00")
	if v != dpi.Yes {
		return v
	}
	if d[1] == 'A' {
		return verdict(p.HasPort(5044) && len(d) == 6)
	}
	if len(d) < 8 {
		return dpi.More
	}
	return verdict(d[6] == d[0] && (d[7] == 'C' || d[7] == 'J' || d[7] == 'D'))
}
