package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RakNet is the transport of many games over UDP ("RakNet protocol"), told by
// the magic of the messages that open a connection; Roblox gives these messages
// numbers of its own. Servers of Minecraft's Bedrock edition name the game.
var RakNet = dpi.Protocol{
	ID:          id.Raknet,
	Name:        "raknet",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 100, Ports: []uint16{19132, 19133}, Classify: classifyRakNet}},
	Inspect:     inspectRakNet,
}

// rakNetMagic is in every message outside of a connection.
const rakNetMagic = "\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78"

var rakNetMagicBytes = []byte(rakNetMagic)

// rakNetSearch is how far into a datagram the magic may be: the messages have at
// most 17 bytes before it, relays put headers of theirs in front.
const rakNetSearch = 64

// rakNetPong is the answer to a ping: the time, the server's number, the magic,
// and a text with its length.
const (
	rakNetPong     = 0x1c
	rakNetPongText = 1 + 8 + 8 + len(rakNetMagic) + 2
)

func classifyRakNet(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) > len(rakNetMagic) && bytes.Contains(d[1:min(len(d), rakNetSearch)], rakNetMagicBytes))
}

// inspectRakNet waits for the answer to a ping.
func inspectRakNet(p *dpi.Packet, d []byte) (done bool) {
	if d[0] != rakNetPong || len(d) <= rakNetPongText {
		return p.Asked(dpi.Up)+p.Asked(dpi.Down) > 2
	}
	if text := d[rakNetPongText:]; startsWithAny(text, "MCPE;", "MCEE;") == dpi.Yes {
		p.Push(id.Minecraft)
	}
	return true
}
