package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Warcraft3 is the game's own protocol ("W3GS packets"): messages of 0xf7, type
// and their length, little endian; in a local network over UDP with the game's
// name.
var Warcraft3 = dpi.Protocol{
	ID:      id.Warcraft3,
	Name:    "warcraft3",
	Service: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Ports: warcraftPorts, Classify: classifyWarcraft3},
		datagramClassifier(isWarcraftGame, warcraftPorts...),
	},
}

var warcraftPorts = []uint16{6112, 6113, 6114, 6115, 6116, 6117, 6118, 6119}

// classifyWarcraft3 believes two messages in a row, and on its ports a single
// one.
func classifyWarcraft3(p *dpi.Packet, d []byte) dpi.Verdict {
	n := 0
	for ; len(d) > 0; n++ {
		switch {
		case d[0] != 0xf7:
			return dpi.No
		case len(d) < 4:
			return dpi.More
		}
		size := le16(d[2:])
		if d[1] == 0 || d[1] > 0x50 || size < 4 {
			return dpi.No
		}
		if len(d) < size {
			return dpi.More
		}
		d = d[size:]
	}
	return yesOrMore(n >= 2 || p.HasPort(6112))
}

// isWarcraftGame tells whether d announces, seeks or ends a game in a local
// network.
func isWarcraftGame(d []byte) bool {
	if len(d) < 8 || d[0] != 0xf7 || d[1] < 0x2f || d[1] > 0x33 || le16(d[2:]) != len(d) {
		return false
	}
	switch string(d[4:8]) {
	case "PX3W", "3RAW": // W3XP and WAR3, little endian
		return true
	}
	return d[1] == 0x32 && len(d) == 16 || d[1] == 0x33 && len(d) == 8
}
