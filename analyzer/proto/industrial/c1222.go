package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// C1222 is ANSI C12.22: an ACSE element 0x60 that holds context elements of
// titles, and the user information 0xbe.
var C1222 = dpi.Protocol{
	ID:          id.AnsiC1222,
	Name:        "ansi_c1222",
	Classifiers: over(50, isC1222, []uint16{1153}, true, id.Tcp, id.Udp),
}

func isC1222(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 6 {
		return short(p)
	}
	if d[0] != 0x60 {
		return dpi.No
	}
	length, body := int(d[1]), d[2:]
	if d[1] == 0x81 || d[1] == 0x82 {
		n := int(d[1] & 3)
		length = 0
		for _, c := range body[:n] {
			length = length<<8 | int(c)
		}
		body = body[n:]
	}
	if length < 4 || d[1] > 0x82 || len(body) == 0 {
		return dpi.No
	}
	if !oneOf(body[0], 0xa0, 0xa1, 0xa2, 0xa4, 0xa6, 0xa7, 0xa8, 0xac, 0xbe) {
		return dpi.No
	}
	return verdictAt(p, length <= len(body))
}
