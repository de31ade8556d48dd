package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Datagrams outside of a connection start with these four bytes in games that
// descend from Quake.
const connectionless = 0xffffffff

// SourceEngine is how servers of Valve's games are asked ("Server queries"), and
// the lists of them ("Master Server Query Protocol").
var SourceEngine = toldByDatagram(id.SourceEngine, "source_engine", isSourceQuery, 27015, 27016, 27017)

func isSourceQuery(d []byte) bool {
	if len(d) >= 9 && d[0] == '1' && bytes.Contains(d[2:min(len(d), 32)], []byte("0.0.0.0:0\x00")) {
		return true // asks for a list, region by region
	}
	if len(d) < 5 || be32(d) != connectionless {
		return false
	}
	body := d[5:]
	switch d[4] {
	case 'T':
		return bytes.HasPrefix(body, []byte("Source Engine Query\x00"))
	case 'U', 'V', 'A': // players, rules, challenge
		return len(body) == 4
	case 'W', 'i': // challenge, ping, in old versions
		return len(body) == 0
	case 'I': // information: version 17, texts
		return len(body) > 8 && body[0] == 0x11 && bytes.IndexByte(body, 0) > 1
	case 'f':
		return len(body) > 1 && body[0] == '\n' && (len(body)-1)%6 == 0 // list of addresses
	}
	return false
}

// CSGO is the opening of a connection to a server of Counter-Strike: Global
// Offensive, which repeats the text that the client begins with.
var CSGO = dpi.Protocol{
	ID:          id.Csgo,
	Name:        "csgo",
	Service:     true,
	Classifiers: []dpi.Classifier{datagramClassifier(isCSGOConnect, 27015)},
}

func isCSGOConnect(d []byte) bool {
	return len(d) >= 23 && be32(d) == connectionless && bytes.HasPrefix(d[5:], []byte("connect0x"))
}

// HalfLife2 is the opening of a connection to a server of the first games on the
// Source engine: the client's request ends with zeros as digits, and the server
// answers outside of a connection too.
var HalfLife2 = dpi.Protocol{
	ID:          id.Halflife2,
	Name:        "halflife2",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 50, Ports: []uint16{27015}, Classify: classifyHalfLife2}},
}

func classifyHalfLife2(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 20 || be32(d) != connectionless {
		return dpi.No
	}
	if p.Dir == dpi.Up && !bytes.HasSuffix(d, []byte("000\x00")) {
		return dpi.No
	}
	return yesOrMore(p.Asked(dpi.Up) > 0 && p.Asked(dpi.Down) > 0)
}

// SteamDatagramRelay is Valve's network of relays for games, told by its pings.
var SteamDatagramRelay = toldByDatagram(id.SteamDatagramRelay, "steam_datagram_relay", func(d []byte) bool {
	return len(d) >= 16 && d[0] == 1 && bytes.HasPrefix(d[2:], []byte("sdping"))
})

// Quake is the protocol of Quake, its successors and the many games that were
// made of them: commands in text outside of a connection.
var Quake = service(toldByDatagram(id.Quake, "quake", isQuake, 26000, 27500, 27910, 27960))

// quakeCommands are commands of clients, servers and lists of servers.
var quakeCommands = [...][]byte{
	[]byte("getinfo"), []byte("getstatus"), []byte("getchallenge"), []byte("getservers"), []byte("infoResponse"),
	[]byte("statusResponse"), []byte("challengeResponse"), []byte("connectResponse"), []byte("connect \""), []byte("print\n"),
	[]byte("rcon "), []byte("status\n"), []byte("getKeyAuthorize"), []byte("ipAuthorize"), []byte("heartbeat "),
}

func isQuake(d []byte) bool {
	switch {
	case len(d) > 8 && be32(d) == connectionless:
		d = d[4:]
	case len(d) > 8 && be16(d) == 0xffff:
		return bytes.HasPrefix(d[2:], []byte("getInfo")) || bytes.HasPrefix(d[2:], []byte("challenge")) ||
			bytes.HasPrefix(d[2:], []byte("infoResponse")) || bytes.HasPrefix(d[2:], []byte("getServers"))
	default:
		return false
	}
	for _, command := range quakeCommands {
		if bytes.HasPrefix(d, command) {
			return true
		}
	}
	return false
}
