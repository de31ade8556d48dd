package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// LotusNotes is Notes Remote Procedure Calls, between HCL (IBM, Lotus) Notes and
// Domino: the set-up of a session has a fixed run of bytes behind its length.
var LotusNotes = dpi.Protocol{
	ID:          id.LotusNotes,
	Name:        "lotus_notes",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{1352}, Classify: classifyLotusNotes}},
}

func classifyLotusNotes(_ *dpi.Packet, d []byte) dpi.Verdict {
	const at = 6
	if len(d) <= at {
		return dpi.More
	}
	return startsWith(d[at:], "\x00\x00\x02\x00\x00\x40\x02\x0f")
}
