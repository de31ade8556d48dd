package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// EAQ is the measurement of Brazil's Entidade Aferidora da Qualidade (known from
// traces): a probe counts datagrams of 16 bytes from zero on, the other end
// returns each with its last word changed.
var EAQ = dpi.Protocol{
	ID:          id.Eaq,
	Name:        "eaq",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 60, Ports: []uint16{6000}, Only: true, Classify: classifyEAQ}},
}

// A datagram is four words: its number, a number over all flows, a time, and
// what it is.
const (
	eaqSize     = 16
	eaqEchoed   = 12 // bytes that come back
	eaqInARow   = 3  // datagrams that show that they are counted
	eaqMaxCount = 1 << 16
)

// classifyEAQ wants the echo, or several numbers in a row where only one
// direction is seen.
func classifyEAQ(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) != eaqSize || be32(d) >= eaqMaxCount {
		return dpi.No
	}
	if first, n := p.First(p.Dir ^ 1); n > 0 {
		if string(first[:min(n, eaqEchoed)]) == string(d[:eaqEchoed]) {
			return verdict(be32(first[eaqEchoed:]) != be32(d[eaqEchoed:]))
		}
		return dpi.More // the first ones may be lost
	}
	first, _ := p.First(p.Dir)
	asked := p.Asked(p.Dir)
	if be32(d) != be32(first)+uint32(asked-1) || asked > 1 && be32(d[4:]) <= be32(first[4:]) {
		return dpi.No
	}
	return yesOrMore(asked >= eaqInARow)
}
