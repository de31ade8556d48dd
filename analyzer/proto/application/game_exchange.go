package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Activision is the transport of Call of Duty over UDP: a greeting of type 0x0d
// that comes back as type 0x0c, the rest unchanged.
var Activision = dpi.Protocol{
	ID:          id.Activision,
	Name:        "activision",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 60, Ports: []uint16{3074}, Classify: classifyActivision}},
}

// activisionGreeting is the length of a greeting, bytes.
const activisionGreeting = 29

func classifyActivision(p *dpi.Packet, d []byte) dpi.Verdict {
	first, n := p.First(p.Dir)
	if n != activisionGreeting || first[0]|1 != 0x0d || first[1] != 2 || first[2] != 0 {
		return dpi.No
	}
	if p.HasPort(3074) && len(d) == 18 && d[0] == 0x28 {
		return dpi.Yes // goes on without an answer in sight
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen == serverLen && client[0]^server[0] == 1 && bytes.Equal(client[1:], server[1:])
	})
}

// LoLWildRift is the transport of League of Legends: Wild Rift over UDP: either
// an exchange of types 4 and 16 of fixed length, or a greeting with a text.
var LoLWildRift = dpi.Protocol{
	ID:          id.LolWildRift,
	Name:        "lol_wild_rift",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 60, Classify: classifyWildRift}},
}

func classifyWildRift(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 22 && be32(d) == 0x0102c841 && be32(d[4:]) == 1 {
		return verdict(be16(d[16:]) == 4 && isPrintable(d[18:]))
	}
	if (len(d) != 69 || le32(d) != 4) && (len(d) != 359 || le32(d) != 16) {
		return dpi.No
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen == 69 && serverLen == 359 && le32(client) == 4 && le32(server) == 16
	})
}

// EpicGames is the handshake of the Unreal Engine over UDP ("Stateless connect
// handler component"): a client opens with a header and zeros, the server's
// challenge has the same header but for one bit.
var EpicGames = dpi.Protocol{
	ID:          id.EpicGames,
	Name:        "epic_games",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 40, Ports: []uint16{7777}, Classify: classifyEpic}},
}

// unrealHandshake is the bit that tells a challenge from a request.
const unrealHandshake = 8

func classifyEpic(p *dpi.Packet, _ []byte) dpi.Verdict {
	client, n := p.First(dpi.Up)
	if n < 34 || be32(client)&unrealHandshake != 0 || be32(client) == 0 || !isZero(client[10:34]) {
		return dpi.No
	}
	return isSaid(p, func(client []byte, _ int, server []byte, serverLen int) bool {
		return serverLen > 4 && be32(server) == be32(client)|unrealHandshake
	})
}

// Gaijin is the traffic of Gaijin Entertainment's games: connections by ENet
// ("ENet protocol", connect and verify-connect) on the company's ports, and its
// statistics in text.
var Gaijin = dpi.Protocol{
	ID:          id.GaijinEntertainment,
	Name:        "gaijin_entertainment",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 60, Classify: classifyGaijin}},
}

func classifyGaijin(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 48 {
		return dpi.No
	}
	if d[0]&0x80 != 0 {
		return verdict((isGaijinPort(p.DstPort()) || isGaijinPort(p.SrcPort())) && isENetConnect(d))
	}
	head := d[:min(len(d), 160)]
	return verdict(bytes.Contains(head, []byte(",circuit=")) && bytes.Contains(head, []byte(",project=")))
}

// isGaijinPort tells whether port is of those that the company says must be
// open.
func isGaijinPort(port uint16) bool { return port >= 20010 && port <= 20500 }

// isENetConnect tells whether d opens a connection: a header without a peer yet
// but with a time, the command connect (2) with the wish for an answer, on the
// channel of the connection, number 1, and a size of packets that exists.
func isENetConnect(d []byte) bool {
	return d[0]&0x8f == 0x8f && d[1] == 0xff && d[4] == 0x82 && d[5] == 0xff && be16(d[6:]) == 1 &&
		be32(d[12:]) >= 576 && be32(d[12:]) <= 4096
}
