package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

const gopherPort = 70

// Gopher is RFC 1436.
var Gopher = dpi.Protocol{
	ID:   id.Gopher,
	Name: "gopher",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Ports: []uint16{gopherPort}, Only: true, Classify: classifyGopher},
	},
}

// classifyGopher takes an empty line or a path for a question, and knows a menu
// by its first line: type and title, selector, host, port, with tabs between.
func classifyGopher(p *dpi.Packet, d []byte) dpi.Verdict {
	line, n, more := asciiLine(d, 512)
	if n == 0 {
		return moreUnless(!more)
	}
	if p.DstPort() == gopherPort {
		return yesOrMore(n == len(d) && (len(line) == 0 || line[0] == '/' || line[0] == '\t'))
	}
	return verdict(bytes.Count(line, []byte("\t")) >= 3)
}
