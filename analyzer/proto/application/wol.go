package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// wolLength is the length of a magic packet: six bytes of ones and sixteen
// times a link address (AMD, "Magic Packet Technology"). A password of 4 or 6
// bytes may follow.
const wolLength = 6 + 16*6

// WOL is wake on LAN over UDP.
var WOL = dpi.Protocol{
	ID:   id.Wol,
	Name: "wol",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{7, 9}, Classify: classifyWOL},
	},
}

func classifyWOL(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(len(d) >= wolLength && len(d) <= wolLength+6 && d[0] == 0xff && d[5] == 0xff &&
		bytes.Equal(d[6:wolLength-6], d[12:wolLength]))
}
