package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// PPStream is television among its viewers. Datagrams start with their length,
// little endian, and a type; only those that name the program are believed.
var PPStream = dpi.Protocol{
	ID:   id.Ppstream,
	Name: "ppstream",
	Classifiers: []dpi.Classifier{
		datagramClassifier(isPPStream, 17788),
		{Parent: id.Tcp, Weight: 100, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			return startsWith(d, "PSProtocol\x00")
		}},
	},
}

func isPPStream(d []byte) bool {
	return len(d) > 8 && (d[2] == 'C' || d[2] == 'D') && (le16(d) == len(d) || le16(d)+4 == len(d)) &&
		bytes.Contains(d[3:], []byte("PPStre"))
}
