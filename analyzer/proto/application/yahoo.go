package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// YahooMessenger is the protocol of that messenger ("YMSG"): magic, version,
// vendor, and the length of what follows the header of 20 bytes.
var YahooMessenger = dpi.Protocol{
	ID:          id.Yahoomsg,
	Name:        "yahoomsg",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 100, Ports: []uint16{5050}, Classify: classifyYahoo}},
}

func classifyYahoo(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "YMSG\x00"); v != dpi.No || len(d) < 5 {
		return v
	}
	return startsWithAny(d, "YMSG\x05\x00", "YMSG\x09\x00", "YMSG\x0a\x00", "YMSG\x0b\x00") // versions of some clients, little endian
}
