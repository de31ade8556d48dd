package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// HL7 is version 2 messages of Health Level Seven in the minimal lower layer
// protocol (HL7 implementation guide, MLLP): a vertical tab, segments, a file
// separator.
var HL7 = dpi.Protocol{
	ID:   id.Hl7,
	Name: "hl7",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{2575}, Classify: classifyHL7},
	},
}

// classifyHL7 asks for a header segment: of a message, a batch or a file, with
// the customary separator.
func classifyHL7(_ *dpi.Packet, d []byte) dpi.Verdict {
	return startsWithAny(d, "\x0bMSH|", "\x0bBHS|", "\x0bFHS|")
}
