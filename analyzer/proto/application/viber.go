package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Viber is the messenger's own protocol, told on its ports and by both ends:
// over TCP messages start with their length, little endian, and zeros; over UDP
// pings of 12 bytes have type 3 and of 20 bytes type 9, behind a number of two
// bytes.
var Viber = dpi.Protocol{
	ID:      id.Viber,
	Name:    "viber",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Ports: viberPorts, Only: true, Classify: classifyViber},
		{Parent: id.Udp, Weight: 50, Ports: viberPorts, Only: true, Classify: classifyViberUDP},
	},
}

// viberPorts are those that Viber says must be open.
var viberPorts = []uint16{4244, 5242, 5243, 7985, 7987, 9785}

func classifyViber(p *dpi.Packet, _ []byte) dpi.Verdict {
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen >= 8 && serverLen >= 8 && le16(client) == clientLen && le16(server) == serverLen &&
			client[2] == 0 && server[2] == 0
	})
}

func classifyViberUDP(p *dpi.Packet, _ []byte) dpi.Verdict {
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return isViberPing(client, clientLen) && isViberPing(server, serverLen)
	})
}

func isViberPing(d []byte, n int) bool {
	return n == 12 && le16(d[2:]) == 3 || n == 20 && le16(d[2:]) == 9
}
