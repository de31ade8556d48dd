package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Z3950 is the information retrieval of libraries (ANSI/NISO Z39.50, ISO 23950),
// in the Basic Encoding Rules.
var Z3950 = dpi.Protocol{
	ID:          id.Z3950,
	Name:        "z3950",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{z3950Port}, Classify: classifyZ3950}},
}

const z3950Port = 210

// Tags of messages and of the parts of an initialisation, Z39.50-2003 section
// 4.1.
const (
	z3950Init     = 0xb4
	z3950InitBack = 0xb5
	z3950Close    = 0xbf

	z3950Reference = 0x82
	z3950Version   = 0x83
	z3950Options   = 0x84
)

func classifyZ3950(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && (d[0] < z3950Init || d[0] > z3950Close) {
		return dpi.No
	}
	if len(d) < 2 {
		return dpi.More
	}
	// The length may be indefinite, with two zeros at the end.
	body := d[2:]
	if d[1] != 0x80 {
		e, ok := ber(d)
		if !ok {
			return moreUnless(len(d) >= 6)
		}
		body = e.value
	}
	switch {
	case d[0] <= z3950InitBack:
		return isZ3950Init(body)
	case p.HasPort(z3950Port): // another message, in the middle
		e, ok := ber(d)
		return verdict(ok && e.whole && len(e.rest) == 0 && e.length >= 3 && body[0]&0x80 != 0)
	}
	return dpi.No
}

// isZ3950Init judges an initialisation: perhaps a reference, then the versions
// and the options as strings of bits.
func isZ3950Init(body []byte) dpi.Verdict {
	e, ok := ber(body)
	if ok && e.tag == z3950Reference && e.whole {
		e, ok = ber(e.rest)
	}
	if !ok {
		return moreUnless(len(body) > 64)
	}
	if e.tag != z3950Version || e.length < 2 || e.length > 4 {
		return dpi.No
	}
	if !e.whole || len(e.rest) == 0 {
		return dpi.More
	}
	return verdict(e.value[0] < 8 && e.rest[0] == z3950Options)
}
