package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Games over TCP that are told by their opening.
var (
	// GuildWars2 is the game's connection to its portal, in lines that name the
	// protocol.
	GuildWars2 = openedBy(id.Guildwars2, "guildwars2", "P /Sts/Connect STS/1.0", "STS/1.0 ")
	// Fiesta is the opening of that game.
	Fiesta = service(openedBy(id.Fiesta, "fiesta", "\x04\x03\x0c\x01\x00"))
	// WorldOfKungFu is the opening of that game.
	WorldOfKungFu = service(openedBy(id.WorldOfKungFu, "world_of_kung_fu", "\x0c\x00\x00\x00\xd2\x00\x0c\x00"))
	// Dofus is the game's greeting: in its second version the message that tells
	// which version of the protocol is required, with its number and length.
	Dofus = dpi.Protocol{ID: id.Dofus, Name: "dofus", Service: true, Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{5555}, Classify: classifyDofus}}}
	// MapleStory is the game's greeting, and its program's requests over HTTP.
	MapleStory = dpi.Protocol{ID: id.Maplestory, Name: "maplestory", Service: true, Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 110, Ports: []uint16{8484}, Classify: classifyMapleStory}}}
	// PathOfExile is the game's greeting with the player's name.
	PathOfExile = dpi.Protocol{ID: id.PathOfExile, Name: "path_of_exile", Service: true, Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 60, Ports: []uint16{6112, 20481}, Classify: classifyPathOfExile}}}
	// Florensia is the game's messages of length and type, little endian.
	Florensia = dpi.Protocol{ID: id.Florensia, Name: "florensia", Service: true, Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Classify: classifyFlorensia}}}
)

// classifyDofus recognises the greeting of the first version too: HC, a key of
// 32 letters and a zero.
func classifyDofus(_ *dpi.Packet, d []byte) dpi.Verdict {
	if d[0] == 'H' {
		if len(d) < 35 {
			return moreUnless(startsWith(d, "HC") == dpi.No)
		}
		return verdict(d[1] == 'C' && isName(d[2:34]) && d[34] == 0)
	}
	if v := startsWith(d, "\x00\x05\x08\x00\x00"); v != dpi.Yes {
		return v
	}
	if len(d) < 11 {
		return dpi.More
	}
	greeting := len(d) == 13 && be16(d[11:]) == 0x0194 // HelloGame, empty, right behind
	return verdict(d[7] == 0 && d[8] == 0 && (greeting || be16(d[9:]) >= be16(d[5:])))
}

// classifyMapleStory recognises the greeting: length, version, a text of digits
// with its length, two keys of four bytes, and the region.
func classifyMapleStory(p *dpi.Packet, d []byte) dpi.Verdict {
	if d[0] == 'G' {
		v := startsWith(d, "GET /maplestory/")
		if v == dpi.Yes {
			p.Push(id.Http)
		}
		return v
	}
	if len(d) < 6 {
		return moreUnless(len(d) >= 2 && (d[0] < 13 || d[0] > 16 || d[1] != 0))
	}
	n := le16(d[4:])
	if n < 1 || n > 3 || le16(d) != 13+n || d[3] > 2 || le16(d[2:]) < 20 {
		return dpi.No
	}
	if len(d) < 15+n {
		return dpi.More
	}
	return verdict(len(d) == 15+n && isNumber(d[6:6+n]) && d[14+n] > 0 && d[14+n] < 16)
}

// classifyPathOfExile recognises type 3, a ticket, 2, the name with its length,
// and the end of the message.
func classifyPathOfExile(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 10 {
		return moreUnless(d[0] != 0 || len(d) > 1 && d[1] != 3)
	}
	n := be16(d[8:])
	if be16(d) != 3 || d[6] != 0 || n == 0 || n > 64 {
		return dpi.No
	}
	if len(d) < 10+n+12 {
		return dpi.More
	}
	return verdict(len(d) == 10+n+12 && isPrintable(d[10:10+n]))
}

// classifyFlorensia recognises first messages whose types are followed or ended
// by ones.
func classifyFlorensia(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return moreUnless(len(d) >= 2 && (d[1] != 0 || d[0] < 8) || len(d) >= 4 && d[2] > 2)
	}
	if le16(d) != len(d) {
		return dpi.No
	}
	switch be16(d[2:]) {
	case 0x0201, 0x0302:
		return verdict(be32(d[4:]) == 0xffffffff)
	case 0x0202:
		return verdict(len(d) == 24 && be32(d[20:]) == 0xffffffff)
	}
	return dpi.No
}

// Frostbite is the remote administration of servers of games on that engine
// ("Battlefield RCON protocol"): a number with the direction in its upper bits,
// the size, how many words, and the words with length and a zero, little endian.
var Frostbite = dpi.Protocol{
	ID:          id.Frostbite,
	Name:        "frostbite",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: []uint16{47200, 47300}, Classify: classifyFrostbite}},
}

// maxFrostbite is how long a packet may be.
const maxFrostbite = 16384

func classifyFrostbite(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 {
		return moreUnless(len(d) >= 3 && d[2] != 0 || len(d) >= 8 && le32(d[4:]) > maxFrostbite)
	}
	size, words := le32(d[4:]), le32(d[8:])
	if d[2] != 0 || size < 12+6 || size > maxFrostbite || words == 0 || words > 256 {
		return dpi.No
	}
	if len(d) < int(size) {
		return dpi.More
	}
	return verdict(frostbiteWords(d[12:size]) == int(words))
}

// frostbiteWords counts the words that fill d, -1 if they do not.
func frostbiteWords(d []byte) int {
	n := 0
	for ; len(d) > 0; n++ {
		if len(d) < 5 || le32(d) > maxFrostbite || len(d) < 5+int(le32(d)) || d[4+le32(d)] != 0 || !isText(d[4:4+le32(d)]) {
			return -1
		}
		d = d[5+le32(d):]
	}
	return n
}

// TencentGames is what several of the company's games for telephones speak:
// frames of its connection service, of its cloud development kit, and packed
// texts of its software kit.
var TencentGames = dpi.Protocol{
	ID:          id.TencentGames,
	Name:        "tencent_games",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 30, Classify: classifyTencentGames}},
}

func classifyTencentGames(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 21 {
		return moreUnless(d[0] != 0x33 && d[0] != 0x43 && d[0] != 0x42 && d[0] != 0)
	}
	switch be16(d) {
	case 0x3366: // version twice, command, length of header and body
		return verdict(be16(d[2:]) == be16(d[4:]) && be32(d[13:]) >= 21 && be32(d[13:]) < 1<<10 && be32(d[17:]) < 1<<16)
	case 0x4366: // 0xaa and the length, then fields that start with the first's length
		return verdict(d[2] == 0xaa && be32(d[3:]) < 1<<16 && d[7] == 0x15 && be32(d[8:]) < be32(d[3:]))
	case 0x4215:
		return verdict(be16(d[2:]) == 0xf787 && be16(d[4:])/100 == 10)
	case 0: // length, and a stream packed by zlib at its lowest level (RFC 1950)
		return verdict(be32(d) == uint32(len(d)-4) && be16(d[4:]) == 0x7801)
	}
	return dpi.No
}

// Armagetron is the game's network messages over UDP ("Armagetron Advanced",
// network protocol): descriptor, number, length in 16-bit words, content, and
// the sender.
var Armagetron = service(toldByDatagram(id.Armagetron, "armagetron", isArmagetron, 4534))

// isArmagetron tells whether d is a request for a server's information (11), a
// synchronisation of time (28) or a login.
func isArmagetron(d []byte) bool {
	if len(d) < 10 || be16(d[4:])*2+8 != len(d) || be16(d[len(d)-2:]) != 0 {
		return false
	}
	switch be16(d) {
	case 11:
		return be16(d[2:]) == 0 && be16(d[6:]) == 8
	case 28:
		return len(d) == 16 && be32(d[6:]) == 0x00000500 && be32(d[10:]) == 0x00010000
	}
	return false
}
