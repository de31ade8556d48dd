package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// KCP is a reliable transport over UDP, used by games (skywind3000, "KCP",
// protocol.txt): segments of a conversation number, command, fragment, window,
// time, sequence and acknowledgement numbers, and length, little endian.
var KCP = dpi.Protocol{
	ID:          id.Kcp,
	Name:        "kcp",
	Classifiers: []dpi.Classifier{datagramClassifier(func(d []byte) bool { return isKCP(d, 4) })},
}

// GenshinImpact is the game's traffic: KCP with a token behind the conversation
// number, opened by a handshake of 20 bytes that both ends mark and that repeats
// a magic number (dispatch of its private servers: "Handshake"); and over TCP
// the frames of its account service.
var GenshinImpact = dpi.Protocol{
	ID:      id.GenshinImpact,
	Name:    "genshin_impact",
	Service: true,
	Classifiers: []dpi.Classifier{
		datagramClassifier(isGenshin, 22101, 22102),
		{Parent: id.Tcp, Weight: 40, Classify: classifyGenshin},
	},
}

// kcpFields is the length of the fields of a segment behind the numbers of the
// conversation.
const kcpFields = 20

// isKCP tells whether d is one or more segments that fill it; key bytes are
// before a segment's command, the same in all.
func isKCP(d []byte, key int) bool {
	if len(d) < key+kcpFields {
		return false
	}
	for conversation := d[:key]; len(d) > 0; {
		if len(d) < key+kcpFields || string(d[:key]) != string(conversation) {
			return false
		}
		fields := d[key:]
		n := le32(fields[16:])
		if !isKCPCommand(fields[0], fields[1], n) || int64(n) > int64(len(d)-key-kcpFields) {
			return false
		}
		d = d[key+kcpFields+int(n):]
	}
	return true
}

// isKCPCommand tells whether a command and the number of the fragment go with a
// length: only push (81) carries anything; the others are acknowledgement, and
// question and answer about the window.
func isKCPCommand(command, fragment byte, n uint32) bool {
	return command == 81 && n > 0 && fragment < 128 || command >= 82 && command <= 84 && n == 0 && fragment == 0
}

// Marks of the handshake's ends, and the number that it repeats.
const (
	genshinHello  = 0x000000ff
	genshinAnswer = 0x00000145
	genshinMagic  = 1234567890
)

func isGenshin(d []byte) bool {
	if len(d) == 20 && be32(d[12:]) == genshinMagic {
		return be32(d) == genshinHello && be32(d[16:]) == 0xffffffff || be32(d) == genshinAnswer && be32(d[16:]) == 0x14514545
	}
	return isKCP(d, 8)
}

// classifyGenshin recognises frames of 1, the whole length and a type, in which
// the server repeats eight bytes of the client's.
func classifyGenshin(p *dpi.Packet, d []byte) dpi.Verdict {
	if d[0] != 1 || len(d) < 18 {
		return dpi.No
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		return clientLen >= 18 && serverLen >= 18 && server[0] == 1 && client[5] == 7 && server[5] == 8 &&
			int(be32(client[1:])) == clientLen && int(be32(server[1:])) == serverLen && be64(client[10:]) == be64(server[10:])
	})
}
