package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// PPLive is television among its viewers: messages start with 0xe9 0x03, their
// type and the network's identifier; over TCP their length goes before them.
var PPLive = dpi.Protocol{
	ID:   id.Pplive,
	Name: "pplive",
	Classifiers: []dpi.Classifier{
		datagramClassifier(isPPLive),
		{Parent: id.Tcp, Weight: 80, Classify: classifyPPLive},
	},
}

// pplivePeers starts the identifier that all messages bear.
const pplivePeers = 0x98ab0102

func isPPLive(d []byte) bool {
	return len(d) >= 12 && be16(d) == 0xe903 && be32(d[4:]) == pplivePeers
}

func classifyPPLive(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 16 {
		return moreUnless(len(d) >= 5 && d[4] != 0xe9)
	}
	return verdict(isPPLive(d[4:]) && le32(d) < 1<<16)
}
