package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// LPD is the Line Printer Daemon protocol (RFC 1179), told on its port by the
// client's first command and the server's consent.
var LPD = dpi.Protocol{
	ID:          id.Lpd,
	Name:        "lpd",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 50, Ports: []uint16{515}, Only: true, Classify: classifyLPD}},
}

func classifyLPD(p *dpi.Packet, d []byte) dpi.Verdict {
	commanded := p.Memo(id.Lpd)
	if len(d) == 1 && d[0] == 0 {
		return yesOrMore(*commanded != 0)
	}
	if isLPDCommand(d) {
		*commanded = 1
		return dpi.More
	}
	return moreUnless(len(d) > maxTextLine || bytes.IndexByte(d, '\n') >= 0)
}

// isLPDCommand tells whether d starts with a command: its code, 1 to 5, and the
// name of a queue on a line.
func isLPDCommand(d []byte) bool {
	if len(d) < 2 || d[0] < 1 || d[0] > 5 {
		return false
	}
	line, _, ok := textLine(d)
	return ok && len(line) > 1 && isPrintable(line[1:])
}
