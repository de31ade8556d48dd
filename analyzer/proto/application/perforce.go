package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Perforce is the protocol of the Perforce server: messages of named values,
// behind a length and the exclusive or of the length's bytes. The first message
// of either side calls "protocol".
var Perforce = dpi.Protocol{
	ID:          id.Perforce,
	Name:        "perforce",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{1666}, Classify: classifyPerforce}},
}

func classifyPerforce(_ *dpi.Packet, d []byte) dpi.Verdict {
	const header = 5
	if len(d) > header && (d[0] != d[1]^d[2]^d[3]^d[4] || d[3] != 0 || d[4] != 0) {
		return dpi.No
	}
	if len(d) < header {
		return dpi.More
	}
	n := le16(d[1:])
	message := d[header:min(len(d), header+n)]
	switch {
	case bytes.Contains(message, []byte("func\x00\x08\x00\x00\x00protocol\x00")):
		return dpi.Yes
	case len(message) < n:
		return dpi.More
	}
	return dpi.No
}
