package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// LagoFast is a network of relays for games. Its datagrams start with a magic
// number and the length of what follows.
var LagoFast = service(toldByDatagram(id.Lagofast, "lagofast", func(d []byte) bool {
	return len(d) > 6 && be32(d) == 0x006e5d03 && be16(d[4:]) == len(d)-6
}))

// Mudfish is a network of relays for games: how a client finds one over TCP, and
// the pings of one byte, which both ends must send, over UDP.
var Mudfish = dpi.Protocol{
	ID:      id.Mudfish,
	Name:    "mudfish",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			return startsWithAny(d, "UN v2\r\n", "UN AF_IN")
		}},
		{Parent: id.Udp, Weight: 20, Only: true, Classify: classifyMudfishPing,
			Ports: []uint16{10000, 10001, 10002, 10003, 10004, 10005, 10006, 10007, 10008, 10009, 10010}},
	},
}

func classifyMudfishPing(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) != 1 || d[0] != 'P' {
		return dpi.No
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen == 1 && serverLen == 1 && client[0] == server[0]
	})
}
