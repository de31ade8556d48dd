package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Viber is the messenger's own protocol. Over TCP messages start with their
// length, little endian, which counts on its ports only, where both ends say it
// or zeros follow. Over UDP pings of 12 bytes have type 3 and of 20 bytes type 9,
// behind a number of two bytes, in both directions.
var Viber = dpi.Protocol{
	ID:      id.Viber,
	Name:    "viber",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Ports: viberPorts, Only: true, Classify: classifyViber},
		{Parent: id.Udp, Weight: 50, Ports: viberPorts, Classify: classifyViberUDP},
	},
}

// viberPorts are those that Viber says must be open.
var viberPorts = []uint16{4244, 5242, 5243, 7985, 7987, 9785}

func classifyViber(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) >= 11 && le16(d) == len(d) && be16(d[2:]) == 0 {
		return dpi.Yes
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen >= 8 && serverLen >= 8 && le16(client) == clientLen && le16(server) == serverLen
	})
}

func classifyViberUDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 || !isViberPing(d, len(d)) {
		return dpi.No
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return isViberPing(client, clientLen) && isViberPing(server, serverLen)
	})
}

func isViberPing(d []byte, n int) bool {
	return n == 12 && le16(d[2:]) == 3 || n == 20 && le16(d[2:]) == 9
}
