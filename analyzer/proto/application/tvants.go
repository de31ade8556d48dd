package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// TVAnts is television among its viewers. Messages start with version, type and
// length, little endian, and name the program.
var TVAnts = dpi.Protocol{
	ID:   id.Tvants,
	Name: "tvants",
	Classifiers: []dpi.Classifier{
		datagramClassifier(func(d []byte) bool {
			return isTVAnts(d) && le16(d[4:]) == len(d) && bytes.Contains(d[8:], []byte("TVANTS"))
		}),
		{Parent: id.Tcp, Weight: 80, Classify: classifyTVAnts},
	},
}

func isTVAnts(d []byte) bool {
	return len(d) >= 8 && d[0] == 4 && d[1] == 0 && d[2] >= 5 && d[2] <= 7 && d[3] == 0 && d[6] == 0 && d[7] == 0
}

func classifyTVAnts(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 14 {
		return moreUnless(len(d) > 2 && (d[0] != 4 || d[1] != 0 || d[2] < 5 || d[2] > 7))
	}
	return verdict(isTVAnts(d) && bytes.HasPrefix(d[8:], []byte("TVANTS")))
}
