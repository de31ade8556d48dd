package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// IMO is the messenger's calls over UDP, told by its pings: 9, 2 in a question
// and 3 in an answer, and a time, little endian, whose upper half is zero. A
// relay puts a zero in front.
var IMO = dpi.Protocol{
	ID:          id.Imo,
	Name:        "imo",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 50, Classify: classifyIMO}},
}

// Packets of a call that may come before the first ping.
const imoPatience = 12

func classifyIMO(p *dpi.Packet, d []byte) dpi.Verdict {
	ping := d
	if len(d) == 11 && d[0] == 0 {
		ping = d[1:]
	}
	if len(ping) == 10 && ping[0] == 9 && (ping[1] == 2 || ping[1] == 3) {
		return verdict(le64(ping[2:])>>32 == 0 && le32(ping[2:]) != 0)
	}
	return moreUnless(p.Asked(dpi.Up)+p.Asked(dpi.Down) > imoPatience || !mayBeIMO(p, d))
}

// mayBeIMO tells whether d may be another packet of a call: one with a type of a
// relay or of its client, or anything where both peers have begun with one byte.
func mayBeIMO(p *dpi.Packet, d []byte) bool {
	_, up := p.First(dpi.Up)
	_, down := p.First(dpi.Down)
	return up <= 1 && down <= 1 || d[0] == 0 || d[0] > 0x80 && d[0] < 0x8a
}
