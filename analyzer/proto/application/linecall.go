package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// LineCall is a call of the messenger LINE before its media flow: control
// messages of 0xb6, type and length, or packets that look random but for a
// counter in their fourth byte.
var LineCall = dpi.Protocol{
	ID:          id.LineCall,
	Name:        "line_call",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 5, Classify: classifyLineCall}},
}

func classifyLineCall(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 {
		return dpi.No
	}
	if d[0] == 0xb6 && d[1] < 0x20 && be16(d[2:]) == len(d)-4 {
		return dpi.Yes
	}
	return lineCounter(p, d)
}

// lineEnough is how many packets of each direction must count.
const lineEnough = 4

// lineCounter recognises packets of both directions whose fourth byte counts up
// by one from packet to packet while those before it change.
func lineCounter(p *dpi.Packet, d []byte) dpi.Verdict {
	first, _ := p.First(p.Dir)
	n := p.Asked(p.Dir)
	if d[3] != first[3]+byte(n-1) || n > 1 && (d[0] == first[0] || d[1] == first[1] && d[2] == first[2]) {
		return dpi.No
	}
	other, _ := p.First(p.Dir ^ 1)
	return yesOrMore(n >= lineEnough && p.Asked(p.Dir^1) >= lineEnough && first[3] != other[3])
}
