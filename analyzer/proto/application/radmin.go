package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Radmin is Famatech's remote control. Its messages have a version, a length and
// a sum of their content; the first message asks for the kind of authentication
// in one byte, and the answer repeats it.
var Radmin = dpi.Protocol{
	ID:          id.Radmin,
	Name:        "radmin",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{4899}, Classify: classifyRadmin}},
}

// radminHeader is the length of version, length and sum.
const radminHeader = 9

func classifyRadmin(_ *dpi.Packet, d []byte) dpi.Verdict {
	for i := range min(len(d), 4) {
		if d[i] != "\x01\x00\x00\x00"[i] {
			return dpi.No
		}
	}
	if len(d) <= radminHeader {
		return dpi.More
	}
	n := int(d[4])
	switch {
	case n == 0 || d[5] != 0 || d[6] != 0:
		return dpi.No
	case n == 1 && len(d) == radminHeader+1 && d[8] == d[9]: // the sum of one byte is that byte
		return dpi.Yes
	case n > 1 && len(d) >= radminHeader+n && (d[9] == 0x08 || d[9] == 0x1b) && n == 0x25:
		return dpi.Yes
	case len(d) < radminHeader+n:
		return dpi.More
	}
	return dpi.No
}
