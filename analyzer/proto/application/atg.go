package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ATG is the protocol of automatic tank gauges (Veeder-Root, "TLS-350 serial
// interface manual"): start of header, a function code, data.
var ATG = dpi.Protocol{
	ID:   id.Atg,
	Name: "atg",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{10001}, Classify: classifyATG},
	},
}

// classifyATG asks for a function code: I or S, as computers (lower case) or
// people (upper case) write it, and five digits. Answers repeat it, those for
// people behind a new line.
func classifyATG(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != 1 {
		return dpi.No
	}
	code := d[min(len(d), 1):]
	for len(code) > 0 && (code[0] == '\r' || code[0] == '\n') {
		code = code[1:]
	}
	if len(code) < 6 {
		return dpi.More
	}
	if c := code[0] | 0x20; c != 'i' && c != 's' {
		return dpi.No
	}
	return verdict(digits(code[1:6]) == 5 || p.HasPort(10001) && digits(code[2:6]) == 4)
}
