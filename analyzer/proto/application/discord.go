package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Discord is what its voice connections have besides RTP ("Voice connections",
// IP discovery): how a client learns its address, and the pings of eight bytes.
var Discord = dpi.Protocol{
	ID:          id.Discord,
	Name:        "discord",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 90, Classify: classifyDiscord}},
}

// The discovery of the address: type 1 or 2, the length of what follows.
const (
	discordAsk    = 0x00010046
	discordAnswer = 0x00020046
	discordSize   = 4 + 70
)

// discordPing starts a ping; a counter, little endian, follows.
const discordPing = 0x1337cafe

func classifyDiscord(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) == discordSize && (be32(d) == discordAsk || be32(d) == discordAnswer):
		return dpi.Yes
	case len(d) == 8 && be32(d) == discordPing:
		return dpi.Yes
	}
	// Its calls may have begun before the capture did; then pings come between.
	return moreUnless(!(p.SrcPort() >= 50000 && p.SrcPort() < 50060) && !(p.DstPort() >= 50000 && p.DstPort() < 50060))
}
