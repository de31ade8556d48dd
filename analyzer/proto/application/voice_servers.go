package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// TeamSpeak is the voice protocol of TeamSpeak 2 and 3, the list of servers
// that version 3 registers with, and the console over TCP.
var TeamSpeak = dpi.Protocol{
	ID:   id.Teamspeak,
	Name: "teamspeak",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 90, Ports: []uint16{9987, 8767, 2010}, Classify: classifyTeamSpeak},
		{Parent: id.Tcp, Weight: 90, Ports: []uint16{10011}, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			return startsWithAny(d, "TS3\n\rWelcome to the TeamSpeak 3", "TS3\r\nWelcome to the TeamSpeak 3", "[TS]\r\n")
		}},
	},
}

// Beginnings of messages of TeamSpeak.
const (
	teamSpeak3     = "TS3INIT1"         // instead of the authentication code, before there are keys
	teamSpeak2     = "\xf4\xbe"         // class of messages that open and close
	teamSpeakPlain = "\xf4\xbe\x03\x00" // the client's hello, 180 bytes
)

func classifyTeamSpeak(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 || d[0] != 'T' && d[0] != teamSpeak2[0] && d[0] != 1 {
		return dpi.No
	}
	switch {
	case d[0] == 1:
		return teamSpeakList(p, d)
	case d[0] == 'T':
		return verdict(startsWith(d, teamSpeak3) == dpi.Yes)
	}
	return verdict(len(d) >= 100 && string(d[:4]) == teamSpeakPlain || len(d) >= 100 && string(d[:4]) == "\xf4\xbe\x04\x00")
}

// teamSpeakList judges what a server says to the list of servers, on the port
// of that: a number, a step, and from the second step on a token; the answer
// begins with the number and the step of the question.
func teamSpeakList(p *dpi.Packet, d []byte) dpi.Verdict {
	if !p.HasPort(2010) || d[3] == 0 || d[3] > 2 || len(d) > 64 {
		return dpi.No
	}
	first, n := p.First(p.Dir ^ 1)
	if n < 4 {
		return dpi.More
	}
	return yesOrMore(string(first[:4]) == string(d[:4]))
}

// Mumble is the UDP side of Mumble: a ping of 12 bytes that anybody may send,
// whose answer repeats it ("Mumble protocol documentation", UDP pings); before
// there are keys nothing else can be told.
var Mumble = dpi.Protocol{
	ID:          id.Mumble,
	Name:        "mumble",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 60, Ports: []uint16{64738}, Classify: classifyMumble}},
}

// Lengths of a ping: four zero bytes, 8 that are repeated; then the version
// before, and users, limit and bandwidth behind.
const (
	mumblePing = 12
	mumblePong = 24
)

func classifyMumble(p *dpi.Packet, d []byte) dpi.Verdict {
	first, n := p.First(p.Dir ^ 1)
	switch {
	case len(d) == mumblePing && isZero(d[:4]):
		if n == mumblePong {
			return verdict(string(first[4:12]) == string(d[4:12]))
		}
		return moreUnless(n > 0)
	case len(d) == mumblePong && d[0] == 0 && d[1] <= 2:
		if n == mumblePing {
			return verdict(string(first[4:12]) == string(d[4:12]) && isZero(first[:4]))
		}
		return moreUnless(n > 0)
	}
	return dpi.No
}

// Zattoo is the protocol of Zattoo's own players (known from traces).
var Zattoo = dpi.Protocol{
	ID:      id.Zattoo,
	Name:    "zattoo",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 90, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			return startsWith(d, "\x03\x04\x00\x04\x0a\x00")
		}},
		{Parent: id.Udp, Weight: 50, Ports: []uint16{5003}, Only: true, Classify: classifyZattoo},
	},
}

// classifyZattoo wants messages of both directions on the port.
func classifyZattoo(p *dpi.Packet, d []byte) dpi.Verdict {
	if !isZattoo(d) {
		return dpi.No
	}
	first, n := p.First(p.Dir ^ 1)
	if n == 0 {
		return dpi.More
	}
	return verdict(isZattoo(first))
}

func isZattoo(d []byte) bool {
	if len(d) <= 20 {
		return false
	}
	switch be32(d) {
	case 0x03040004, 0x03010005:
		return true
	}
	return be16(d) == 0x037a || be16(d) == 0x0378 || be16(d) == 0x0305
}

// SDRTN is the network of Agora: its nodes open with the tagged messages of
// early QUIC behind a header of their own (known from traces).
var SDRTN = dpi.Protocol{
	ID:          id.SdRtn,
	Name:        "sd_rtn",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 90, Ports: []uint16{8130}, Classify: classifySDRTN}},
	Inspect:     inspectSDRTN,
}

// Places of the header: a connection of four bytes each side, a kind, the
// number of tags, the tags.
const (
	sdrtnHello = 0x21
	sdrtnReply = 0x23
	sdrtnFirst = 13 // the first tag
)

func classifySDRTN(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < sdrtnFirst+8 || d[0] != 0 {
		return dpi.No
	}
	switch {
	case d[6] == sdrtnHello:
		return verdict(string(d[sdrtnFirst:sdrtnFirst+4]) == "SNI\x00")
	case d[6] == sdrtnReply:
		return verdict(string(d[sdrtnFirst:sdrtnFirst+4]) == "PEID")
	}
	return dpi.No
}

// inspectSDRTN reads the name of the node from the first tag of a hello.
func inspectSDRTN(p *dpi.Packet, d []byte) (done bool) {
	if len(d) > sdrtnFirst+8 && d[6] == sdrtnHello {
		n := le16(d[sdrtnFirst+4:])
		if name := d[sdrtnFirst+8:]; n <= len(name) && isHostName(name[:n]) {
			p.SetHost(name[:n])
		}
	}
	return true
}
