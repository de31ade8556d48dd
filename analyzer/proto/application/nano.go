package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Nano is the network of nodes ("Networking protocol", message header): "R" and
// the letter of the network, three versions, the type and its flags; over TCP,
// and in old versions over UDP.
var Nano = dpi.Protocol{
	ID:   id.Nano,
	Name: "nano",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 60, Ports: []uint16{7075, 54000}, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
			if len(d) < nanoHeader {
				return moreUnless(d[0] != 'R')
			}
			return verdict(isNano(d))
		}},
		datagramClassifier(isNano, 7075, 54000),
	},
}

const nanoHeader = 8

// isNano tells whether d begins with a header: the greatest version that the
// sender knows, the one it uses, and the least, in this order.
func isNano(d []byte) bool {
	return len(d) >= nanoHeader && d[0] == 'R' && (d[1] >= 'A' && d[1] <= 'C' || d[1] == 'X') &&
		d[2] >= d[3] && d[3] >= d[4] && d[4] >= 7 && d[2] < 0x40 && d[5] >= 2 && d[5] <= 0x12
}
