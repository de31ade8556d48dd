package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// GELF is the Graylog Extended Log Format (Graylog, "GELF via UDP" and "GELF via
// TCP"): JSON, also packed, in chunks over UDP.
var GELF = dpi.Protocol{
	ID:   id.Gelf,
	Name: "gelf",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 60, Ports: []uint16{gelfPort}, Classify: classifyGELF},
		{Parent: id.Tcp, Weight: 60, Ports: []uint16{gelfPort}, Classify: classifyGELFText},
	},
}

const (
	gelfPort   = 12201
	gelfChunks = 128 // at most
)

func classifyGELF(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 {
		return dpi.No
	}
	switch {
	case d[0] == 0x1e && d[1] == 0x0f: // identifier, number of this chunk, how many there are
		return verdict(d[10] < d[11] && d[11] <= gelfChunks && p.HasPort(gelfPort))
	case d[0] == 0x1f && d[1] == 0x8b && d[2] == 8, d[0] == 0x78 && be16(d)%31 == 0: // gzip, zlib
		return verdict(p.HasPort(gelfPort))
	}
	return classifyGELFText(p, d)
}

// classifyGELFText expects an object that has the fields which every message
// must have.
func classifyGELFText(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != '{' {
		return dpi.No
	}
	if bytes.Contains(d, []byte(`"short_message"`)) && bytes.Contains(d, []byte(`"version"`)) {
		return dpi.Yes
	}
	return moreUnless(len(d) > maxTextLine || !isLines(d))
}
