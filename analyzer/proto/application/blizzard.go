package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// blizzardPorts are those of the company's newer games.
var blizzardPorts = []uint16{1119, 3724}

// BattleNet is Blizzard's network of old ("BNCS"): the choice of the protocol by
// one byte, then messages of 0xff, type and length, the first of which names
// processor and game.
var BattleNet = dpi.Protocol{
	ID:          id.Battlenet,
	Name:        "battlenet",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{6112}, Classify: classifyBattleNet}},
}

func classifyBattleNet(_ *dpi.Packet, d []byte) dpi.Verdict {
	if d[0] != 1 || len(d) > 1 && d[1] != 0xff || len(d) > 2 && d[2] != 0x50 {
		return dpi.No
	}
	if len(d) < 13 {
		return dpi.More
	}
	switch string(d[9:13]) {
	case "68XI", "CAMP", "CAMX": // IX86, PMAC and XMAC, little endian
		return verdict(be32(d[5:]) == 0)
	}
	return dpi.No
}

// WorldOfWarcraft is the game's login ("Login packets", CMD_AUTH_LOGON_CHALLENGE)
// and the greetings of its servers and clients.
var WorldOfWarcraft = dpi.Protocol{
	ID:          id.Worldofwarcraft,
	Name:        "worldofwarcraft",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: blizzardPorts, Classify: classifyWoW}},
}

const wowGreeting = "WORLD OF WARCRAFT CONNECTION"

// classifyWoW recognises the greeting, which has its length in two bytes in
// front in most versions, and the login: command 0, an error number, length,
// little endian, and the game's name.
func classifyWoW(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, wowGreeting); v != dpi.No {
		return v
	}
	if len(d) < 8 {
		return moreUnless(len(d) > 2 && d[0] != 0 && d[2] != 'W')
	}
	if v := startsWith(d[2:], wowGreeting); v != dpi.No {
		return v
	}
	return verdict(d[0] == 0 && d[1] < 16 && string(d[4:8]) == "WoW\x00" && le16(d[2:]) >= 30 && le16(d[2:]) < 64)
}

// Starcraft is the opening of StarCraft II's connection to its servers, a
// message of ten bytes, its length among them.
var Starcraft = dpi.Protocol{
	ID:      id.Starcraft,
	Name:    "starcraft",
	Service: true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{1119}, Only: true, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
		return startsWith(d, "\x4a\x00\x00\x0a\x66\x02\x0a")
	}}},
}

// Blizzard is what the company's other games speak: the opening of connections
// to its servers, messages of a type and their length, and over UDP the first
// messages of both ends, which count from 1.
var Blizzard = dpi.Protocol{
	ID:      id.Blizzard,
	Name:    "blizzard",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 40, Ports: blizzardPorts, Only: true, Classify: classifyBlizzard},
		{Parent: id.Udp, Weight: 40, Classify: classifyBlizzardUDP},
	},
}

func classifyBlizzard(_ *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, "\x41\x00\x00\x0a\x66\x52"); v != dpi.No {
		return v
	}
	if len(d) < 8 {
		return dpi.More
	}
	return verdict(len(d) > 8 && int64(le32(d[4:])) == int64(len(d)-8) && le32(d) < 1<<16)
}

func classifyBlizzardUDP(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) == 23 && be32(d) == connectionless:
		return verdict(isZero(d[12:19]) && bytes.HasSuffix(d, []byte{4, 3, 2, 1}))
	case len(d) != 18 && len(d) != 15:
		return dpi.No
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen == 18 && serverLen == 15 && le32(client[14:]) == 1 && server[14] == 1
	})
}

// HeroesOfTheStorm is the game's traffic over UDP: in each direction four bytes
// that stay, ten that do not, 0x4000 (0x4010 when said again), and numbers that
// count up.
var HeroesOfTheStorm = dpi.Protocol{
	ID:      id.HeroesOfTheStorm,
	Name:    "heroes_of_the_storm",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 40, Ports: blizzardPorts, Only: true, Classify: classifyHeroes},
	},
}

// heroesEnough is how many packets of one direction must fit.
const heroesEnough = 3

func classifyHeroes(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 20 || be16(d[14:])&^0x10 != 0x4000 {
		return dpi.No
	}
	first, _ := p.First(p.Dir)
	if be32(d) != be32(first) || uint16(be16(d[16:])-be16(first[16:])) > 1<<12 {
		return dpi.No
	}
	return yesOrMore(p.Asked(p.Dir) >= heroesEnough)
}
