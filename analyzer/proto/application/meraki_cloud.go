package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// merakiPort is where Cisco's Meraki cloud listens.
const merakiPort = 7351

// merakiMagic begins every datagram in captures.
const merakiMagic = 0xfef72891

// MerakiCloud is what Meraki devices speak with their cloud. It is not
// published.
var MerakiCloud = dpi.Protocol{
	ID:   id.MerakiCloud,
	Name: "meraki_cloud",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{merakiPort}, Classify: classifyMeraki},
	},
}

func classifyMeraki(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= 8 && be32(d) == merakiMagic)
}
