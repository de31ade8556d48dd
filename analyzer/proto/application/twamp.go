package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of OWAMP and TWAMP.
const (
	owampPort = 861
	twampPort = 862
)

// Lengths of control messages, RFC 4656 section 3.1.
const (
	owampGreeting = 64
	owampResponse = 164
)

// TWAMP is the two-way active measurement protocol: its control connection (RFC
// 5357), and test packets on its own port (STAMP, RFC 8762).
var TWAMP = dpi.Protocol{
	ID:   id.Twamp,
	Name: "twamp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{twampPort}, Only: true, Classify: classifyOWAMP},
		{Parent: id.Udp, Weight: 80, Ports: []uint16{twampPort}, Only: true, Classify: classifySTAMP},
	},
}

// OWAMP is the control connection of the one-way active measurement protocol,
// RFC 4656, which TWAMP has too.
var OWAMP = dpi.Protocol{
	ID:   id.Owamp,
	Name: "owamp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{owampPort}, Only: true, Classify: classifyOWAMP},
	},
}

// classifyOWAMP knows the greeting of the server (unused, modes, challenge,
// salt, count, zeros) and the client's response to it (mode, key, token).
func classifyOWAMP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < owampGreeting {
		return dpi.More
	}
	count := be32(d[48:])
	if count >= 1024 && count&(count-1) == 0 && isZero(d[52:owampGreeting]) {
		return verdict(be32(d[12:])&^0x1ff == 0)
	}
	mode := be32(d)
	if mode == 0 || mode&^0x1ff != 0 || mode&(mode-1) != 0 {
		return dpi.No
	}
	if len(d) < owampResponse {
		return dpi.More
	}
	return verdict(mode != 1 || isZero(d[4:owampResponse]))
}

// classifySTAMP judges a test packet without authentication (RFC 8762 section
// 4): a sequence number, a time, an error estimate, which is not zero, and zeros
// or a copy of the sender's packet.
func classifySTAMP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 44 || d[12] == 0 && d[13] == 0 {
		return dpi.No
	}
	reflected := d[14] == 0 && d[15] == 0 && isZero(d[38:40]) && isZero(d[41:44]) && d[40] != 0
	return verdict(isZero(d[16:44]) || reflected)
}
