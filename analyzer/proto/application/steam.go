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

// Steam is the service, the discovery of its in-home streaming, and how clients
// speak to its servers ("Networking", SteamKit): datagrams that start with VS01
// and the length of what follows their header, streams of messages with their
// length, little endian, and VT01.
var Steam = dpi.Protocol{
	ID:      id.Steam,
	Name:    "steam",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{steamPort}, Classify: classifySteam},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{27017, 27018, 27019}, Classify: classifySteamOverTCP},
	},
}

// steamHeader is the length of the header of a server's datagram.
const steamHeader = 36

func classifySteam(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) >= steamHeader && string(d[:4]) == "VS01":
		return verdict(le16(d[4:]) == len(d)-steamHeader && d[6] <= 8)
	case len(d) >= 12:
		return verdict(be32(d) == connectionless && be32(d[4:]) == steamDiscovery)
	}
	return dpi.No
}

func classifySteamOverTCP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return moreUnless(len(d) >= 4 && le32(d) >= 1<<20)
	}
	return verdict(le32(d) < 1<<20 && string(d[4:8]) == "VT01")
}
