package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ident is the identification protocol, RFC 1413.
var Ident = dpi.Protocol{
	ID:   id.Ident,
	Name: "ident",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{113}, Only: true, Classify: classifyIdent},
	},
}

// classifyIdent asks for a pair of ports, alone in the question; in the answer
// what is said of them follows.
func classifyIdent(_ *dpi.Packet, d []byte) dpi.Verdict {
	line, n, more := asciiLine(d, 512)
	if n == 0 {
		return moreUnless(!more || len(d) > 0 && !isDigit(d[0]) && d[0] != ' ')
	}
	ports, said, answer := bytes.Cut(line, []byte(":"))
	server, client, ok := bytes.Cut(ports, []byte(","))
	if !ok || !isNumber(bytes.TrimSpace(server)) || !isNumber(bytes.TrimSpace(client)) {
		return dpi.No
	}
	said = bytes.TrimSpace(said)
	return verdict(!answer || hasPrefixFold(said, "userid") || hasPrefixFold(said, "error"))
}
