package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// PCAnywhere is Symantec's remote control: a prompt over TCP, and over UDP the
// search for hosts and the question for their state.
var PCAnywhere = dpi.Protocol{
	ID:   id.Pcanywhere,
	Name: "pcanywhere",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 20, Ports: []uint16{5631, 65301}, Only: true, Classify: classifyPCAnywhere},
		{Parent: id.Udp, Weight: 20, Ports: []uint16{5632}, Only: true, Classify: classifyPCAnywhereSearch},
	},
}

// classifyPCAnywhere expects the client's four zeros and the server's prompt.
func classifyPCAnywhere(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) <= 4 && isZero(d):
		return dpi.More
	case len(d) < 64 && !containsFold(d, "please press <"):
		return dpi.More
	case containsFold(d[:min(len(d), 64)], "please press <"):
		return dpi.Yes
	}
	return dpi.No
}

// classifyPCAnywhereSearch expects a question of two letters, or the answer with
// a name behind the letters.
func classifyPCAnywhereSearch(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 2 && (string(d) == "NQ" || string(d) == "ST") || len(d) > 8 && string(d[:2]) == "NR" && isPrintable(trimZeros(d[2:8])) {
		return dpi.Yes
	}
	return dpi.No
}
