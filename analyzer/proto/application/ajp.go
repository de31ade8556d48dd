package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// AJP is the Apache JServ Protocol, version 1.3 (Apache Tomcat Connectors, "AJP
// Protocol Reference"), between a web server and its container.
var AJP = dpi.Protocol{
	ID:          id.Ajp,
	Name:        "ajp",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{8009}, Classify: classifyAJP}},
}

// Kinds of messages.
const (
	ajpForward = 2
	ajpHeaders = 4
	ajpEnd     = 5
	ajpPong    = 9
	ajpPing    = 10
)

// classifyAJP expects a magic number for each direction, a length, and a kind.
func classifyAJP(_ *dpi.Packet, d []byte) dpi.Verdict {
	v := startsWithAny(d, "\x12\x34", "AB\x00", "AB\x01", "AB\x02")
	if v != dpi.Yes {
		return v
	}
	if len(d) < 5 {
		return dpi.More
	}
	length, body := be16(d[2:]), d[4:]
	switch server, kind := d[0] == 0x12, body[0]; {
	case server && kind == ajpForward && length > 9: // method, protocol
		if len(body) < 9 {
			return dpi.More
		}
		return verdict(body[1] >= 1 && body[1] <= 27 && bytes.Equal(body[2:9], []byte("\x00\x08HTTP/")))
	case server && kind == ajpPing, !server && kind == ajpPong:
		return verdict(length == 1 && len(body) == 1)
	case !server && kind == ajpEnd:
		return verdict(length == 2)
	case !server && kind == ajpHeaders && length > 4: // status
		if len(body) < 3 {
			return dpi.More
		}
		return verdict(be16(body[1:]) >= 100 && be16(body[1:]) < 600)
	}
	return dpi.No
}
