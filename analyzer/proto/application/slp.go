package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// slpPort is where SLP is spoken.
const slpPort = 427

// SLP is the service location protocol, version 1 (RFC 2165) and 2 (RFC 2608).
var SLP = dpi.Protocol{
	ID:   id.ServiceLocationProtocol,
	Name: "service_location_protocol",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{slpPort}, Classify: classifySLP},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{slpPort}, Classify: classifySLPStream},
	},
}

// slpHeader is the length of the longer of the two headers.
const slpHeader = 16

// classifySLPStream is classifySLP over TCP.
func classifySLPStream(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < slpHeader {
		return moreUnless(len(d) > 0 && d[0] != 1 && d[0] != 2)
	}
	return classifySLP(p, d)
}

func classifySLP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 {
		return dpi.No
	}
	switch d[0] {
	case 1:
		return verdict(p.HasPort(slpPort) && isSLPv1(d))
	case 2:
		return verdict(isSLPv2(d) && (p.HasPort(slpPort) || slpLength(d) == len(d)))
	}
	return dpi.No
}

// slpLength returns the length of a message of version 2.
func slpLength(d []byte) int { return int(be32(d[1:]) & 0xffffff) }

// isSLPv1 judges a header of RFC 2165 section 4: function, length, flags,
// dialect, language, character set, number. Agents differ on flags and
// dialect.
func isSLPv1(d []byte) bool {
	n := be16(d[2:])
	return d[1] >= 1 && d[1] <= 10 && n >= 12 && n <= max(len(d), 1<<14) && d[5] == 0 && isLanguage(d[6:8])
}

// isSLPv2 judges a header of RFC 2608 section 8: function, length, flags,
// offset of extensions, number, and a language tag. Length and flags of what
// scanners send are wrong at times, but not both.
func isSLPv2(d []byte) bool {
	if len(d) < slpHeader || d[1] < 1 || d[1] > 11 || d[6] != 0 {
		return false
	}
	n := be16(d[12:])
	return n <= 16 && isLanguage(d[14:min(len(d), 14+n)])
}

// isLanguage tells whether d may be a language tag, RFC 5646, or be empty.
func isLanguage(d []byte) bool {
	for _, c := range d {
		if c |= 0x20; (c < 'a' || c > 'z') && c != '-' && !isDigit(c) {
			return false
		}
	}
	return true
}
