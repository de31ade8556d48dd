package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// steamPort is where Steam clients of a network find one another.
const steamPort = 27036

// steamDiscovery begins every datagram behind four bytes of ones: "!L_" and a
// byte beyond ASCII.
const steamDiscovery = 0x214c5fa0

// Steam is the service, and the discovery of its in-home streaming.
var Steam = dpi.Protocol{
	ID:      id.Steam,
	Name:    "steam",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{steamPort}, Classify: classifySteam},
	},
}

func classifySteam(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= 12 && be32(d) == 0xffffffff && be32(d[4:]) == steamDiscovery)
}
