package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tacacsHeader is the length of a header, RFC 8907 section 4.1.
const tacacsHeader = 12

// TACACS is TACACS+, RFC 8907.
var TACACS = dpi.Protocol{
	ID:   id.Tacacs,
	Name: "tacacs",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{49}, Classify: classifyTACACS},
	},
}

// classifyTACACS asks for version 12.0 or 12.1, a type, flags that exist and a
// length; elsewhere than on its port for a session's first packet that is all
// there is.
func classifyTACACS(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0]&0xfe != 0xc0 {
		return dpi.No
	}
	if len(d) < tacacsHeader {
		return dpi.More
	}
	n := be32(d[8:])
	if d[1] == 0 || d[1] > 3 || d[2] == 0 || d[3]&^5 != 0 || n == 0 || n > 1<<16 {
		return dpi.No
	}
	if p.HasPort(49) {
		return dpi.Yes
	}
	return verdict(d[2] <= 2 && int(n) == len(d)-tacacsHeader)
}
