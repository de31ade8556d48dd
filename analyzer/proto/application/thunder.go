package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Thunder is Xunlei's download network: messages of a version, a number and a
// length, little endian. Over UDP, where no length is, both ends must speak the
// same version on the network's port.
var Thunder = dpi.Protocol{
	ID:   id.Thunder,
	Name: "thunder",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 50, Ports: []uint16{3077, 3076}, Classify: classifyThunder},
		{Parent: id.Udp, Weight: 50, Ports: []uint16{15000}, Only: true, Classify: classifyThunderUDP},
	},
}

// isThunderVersion tells whether d starts with a version that exists.
func isThunderVersion(d []byte) bool {
	return len(d) >= 9 && le32(d) >= 0x30 && le32(d) < 0x40
}

func classifyThunder(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 {
		return moreUnless(d[0] < 0x30 || d[0] >= 0x40 || len(d) >= 4 && !isZero(d[1:4]))
	}
	return verdict(isThunderVersion(d) && int64(le32(d[8:])) == int64(len(d)-12) && len(d) > 12)
}

func classifyThunderUDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if !isThunderVersion(d) || int(le32(d)) == len(d) {
		return dpi.No
	}
	return isSaid(p, func(client []byte, _ int, server []byte, _ int) bool {
		return isThunderVersion(client) && isThunderVersion(server) && client[0] == server[0]
	})
}
