package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Telnet is RFC 854, told by the negotiation of options that it opens with.
var Telnet = dpi.Protocol{
	ID:          id.Telnet,
	Name:        "telnet",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{telnetPort}, Classify: classifyTelnet}},
}

const telnetPort = 23

// Telnet commands, RFC 854.
const (
	telnetSE   = 240
	telnetSB   = 250
	telnetWill = 251
	telnetDont = 254
	telnetIAC  = 255
)

func classifyTelnet(p *dpi.Packet, d []byte) dpi.Verdict {
	n, rest, ok := telnetOptions(d)
	switch {
	case !ok:
		return dpi.No
	case n >= 2:
		return dpi.Yes
	case n == 1 && p.HasPort(telnetPort) && (len(rest) > 0 && isLines(rest) || bothNegotiate(p)):
		return dpi.Yes
	case len(rest) > 0 && rest[0] != telnetIAC:
		return dpi.No
	}
	return dpi.More
}

// bothNegotiate notes that this direction has negotiated an option and tells
// whether the other one has too.
func bothNegotiate(p *dpi.Packet) bool {
	memo := p.Memo(id.Telnet)
	*memo |= 1 << p.Dir
	return *memo == 3
}

// telnetOptions counts the options negotiated at the beginning of d and returns
// what follows them. ok is false if d does not start with one.
func telnetOptions(d []byte) (n int, rest []byte, ok bool) {
	for len(d) > 0 && d[0] == telnetIAC {
		switch {
		case len(d) < 3:
			return n, d, len(d) < 2 || d[1] >= telnetSB && d[1] <= telnetDont
		case d[1] >= telnetWill && d[1] <= telnetDont && isTelnetOption(d[2]):
			d = d[3:]
		case d[1] == telnetSB && isTelnetOption(d[2]):
			end := telnetSubEnd(d)
			if end == 0 {
				return n, d, true
			}
			d = d[end:]
		default:
			return n, d, n > 0
		}
		n++
	}
	return n, d, n > 0
}

// telnetSubEnd returns the length of the parameters at the beginning of d, up
// to and including their end mark, 0 if it is still to come.
func telnetSubEnd(d []byte) int {
	for i := 3; i+1 < len(d); i++ {
		if d[i] == telnetIAC && d[i+1] == telnetSE {
			return i + 2
		}
	}
	return 0
}

// isTelnetOption tells whether an option is assigned (IANA "Telnet Options").
func isTelnetOption(option byte) bool {
	return option <= 49 || option >= 138 && option <= 140 || option == 255
}
