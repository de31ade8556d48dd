package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// ZeroTier is the virtual network of that name (its source, Packet.hpp). All but
// the greeting is encrypted, so that a flow is told by the greeting of either
// end.
var ZeroTier = dpi.Protocol{
	ID:          id.Zerotier,
	Name:        "zerotier",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 80, Ports: []uint16{9993}, Classify: classifyZeroTier}},
}

// A packet starts with its number (8 bytes), receiver and sender (5 each), flags
// with the cipher, a signature (8) and the verb.
const (
	zerotierFlags = 18
	zerotierVerb  = 27
	zerotierHello = zerotierVerb + 1 + 13
)

// zerotierSkew is how many years a greeting's clock may be off, in ms.
const zerotierSkew = 10 * 365 * 24 * 3600 * 1000

// classifyZeroTier recognises the verb HELLO, signed but not encrypted: versions
// of the protocol and of the program, and the time in milliseconds.
func classifyZeroTier(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < zerotierHello || d[zerotierFlags]&0x38 != 0 || d[zerotierVerb]&0x1f != 1 {
		return dpi.No
	}
	hello := d[zerotierVerb+1:]
	sent, now := int64(be64(hello[5:])), p.Time/1e6
	return verdict(hello[0] >= 3 && hello[0] < 20 && hello[1] <= 2 && hello[2] < 64 && hello[3] == 0 &&
		sent > now-zerotierSkew && sent < now+zerotierSkew)
}
