package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Games over UDP that a single datagram tells.
var (
	// Nintendo is the company's peer-to-peer library for games ("Pia protocol"),
	// told by its magic and version.
	Nintendo = service(toldByDatagram(id.Nintendo, "nintendo", func(d []byte) bool {
		return len(d) >= 16 && be32(d) == 0x32ab9864 && d[4]&0x7f < 16
	}))
	// AmongUs is the opening of the game's connections ("Hazel protocol", Hello):
	// type, number, version, the version of the game as a date, and the player's
	// name with its length.
	AmongUs = service(toldByDatagram(id.AmongUs, "among_us", isAmongUs, 22023, 22123, 22223))
	// Yojimbo is netcode.io ("netcode standard"), which that library and others
	// connect by: a request starts with zero, its name and version.
	Yojimbo = toldByDatagram(id.Yojimbo, "yojimbo", func(d []byte) bool {
		return len(d) > 64 && d[0] == 0 && bytes.HasPrefix(d[1:], []byte("NETCODE 1.0"))
	})
	// TocaBoca is the transport of the Photon engine over UDP ("Photon binary
	// protocol"), told by connections being opened; Toca Boca's games use it.
	TocaBoca = service(toldByDatagram(id.TocaBoca, "toca_boca", isPhoton, 5055, 5056, 5058))
	// CryNetwork is the transport of games built on CryEngine.
	CryNetwork = toldByDatagram(id.Crynetwork, "crynetwork", func(d []byte) bool {
		return len(d) >= 26 && len(d) == int(d[0])+10 && be16(d[3:]) == 0x08ed && d[16] == 1 && d[20] == 7 && be16(d[24:]) == 0x0307
	})
	// RiotGames is the company's transport, whose datagrams end with a mark of
	// eight bytes; greetings have another mark than the rest.
	RiotGames = service(toldByDatagram(id.RiotGames, "riot_games", func(d []byte) bool {
		return len(d) > 8 && be64(d[len(d)-8:]) == 0xaaaaaaaabbbbbbbb || len(d) == 53 && be64(d[45:]) == 0x3cb11f2dea23460c
	}))
	// NetEaseGames is the opening of connections of games of that company.
	NetEaseGames = service(toldByDatagram(id.NeteaseGames, "netease_games", isNetEase))
	// CODMobile is Call of Duty: Mobile, told by its pings on their port.
	CODMobile = dpi.Protocol{
		ID:      id.CodMobile,
		Name:    "cod_mobile",
		Service: true,
		Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 80, Ports: []uint16{7500}, Only: true, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			return verdict(len(d) == 12 && string(d[8:]) == "ping")
		}}},
	}
	// SecondLife is the opening of a circuit ("Packet layout", UseCircuitCode):
	// reliable, number 1, the message's number, code and two identifiers.
	SecondLife = service(toldByDatagram(id.Secondlife, "secondlife", func(d []byte) bool {
		return len(d) == 46 && bytes.HasPrefix(d, []byte("\x40\x00\x00\x00\x01\x00\xff\xff\x00\x03"))
	}))
	// Battlefield is the queries and keep-alives of the series' older games.
	Battlefield = service(toldByDatagram(id.Battlefield, "battlefield", func(d []byte) bool {
		return len(d) >= 18 && (bytes.HasPrefix(d[5:], []byte("battlefield2\x00")) ||
			be32(d) == 0x11200001 && be16(d[4:]) == 0 && d[9] == 0x11 && d[8]&0xef == 0)
	}))
	// CrossFire is the game's greeting.
	CrossFire = service(toldByDatagram(id.Crossfire, "crossfire", func(d []byte) bool {
		return len(d) == 25 && be32(d) == 0xc7d91999 && be16(d[4:]) == 0x0200 && be16(d[22:]) == 0x7d00
	}))
	// Xbox is the console's messages to its service: zeros, and pairs of a type
	// and its length around 0x58.
	Xbox = service(toldByDatagram(id.Xbox, "xbox", func(d []byte) bool {
		return len(d) > 12 && be32(d) == 0 && d[5] == 0x58 && isZero(d[7:10]) && isXboxType(d[4], d[6])
	}, 3074))
	// PlayStation is how the console is found for remote play ("Device discovery
	// protocol"): lines as in HTTP.
	PlayStation = service(toldByDatagram(id.Playstation, "playstation", func(d []byte) bool {
		return startsWithAny(d, "SRCH * HTTP/1.1\ndevice-discovery", "WAKEUP * HTTP/1.1\nclient-type:",
			"HTTP/1.1 200 Ok\nhost-id:", "HTTP/1.1 620 Server Standby\nhost-id:") == dpi.Yes
	}, 987, 9302))
)

// isAmongUs tells whether d opens a connection. Versions of the game count
// 25000 a year, 1800 a month and 50 a day, little endian.
func isAmongUs(d []byte) bool {
	if len(d) < 9 || d[0] != 8 || d[3] != 0 || d[8] == 0 || d[8] > 40 || len(d) < 9+int(d[8]) {
		return false
	}
	year := le32(d[4:]) / 25000
	return year >= 2018 && year < 2050 && isText(d[9:9+int(d[8])])
}

// isPhoton tells whether d opens a connection or confirms it: a header of peer,
// flags, number of commands, time and challenge, and a first command for the
// connection as a whole, connect (2) of 44 bytes or its confirmation (1) of 20.
func isPhoton(d []byte) bool {
	if len(d) >= 13 && be64(d) == 0x7d7d7d7d7d7d7d7d {
		return true // asks for the best region
	}
	if len(d) < 12+12 || d[2] != 0 || d[3] == 0 || d[3] > 3 {
		return false
	}
	switch be32(d[12:]) {
	case 0x02ff0104:
		return be16(d) == 0xffff
	case 0x01ff0000, 0x01000000:
		return be32(d[16:]) == 20 && len(d) >= 32
	}
	return false
}

func isNetEase(d []byte) bool {
	if len(d) == 12 {
		return d[0] == 1 && le16(d[2:]) == 0x01d0 && le32(d[8:]) == 0x01010100
	}
	return len(d) > 30 && (be32(d) == 0xb3af8de8 || be32(d) == 0x0708080c)
}

func isXboxType(kind, length byte) bool {
	switch kind {
	case 0x0c:
		return length == 0x76
	case 0x02:
		return length == 0x18
	case 0x0b:
		return length == 0x80
	case 0x03:
		return length == 0x40
	case 0x06:
		return length == 0x4e
	}
	return false
}
