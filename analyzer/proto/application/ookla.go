package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ookla is the line protocol of Speedtest's servers over TCP (known from
// traces): the client says HI, with its number or without, and the server HELLO
// with its version; then the client sends PING with its time in milliseconds,
// which the server answers with PONG and its own.
var Ookla = dpi.Protocol{
	ID:          id.Ookla,
	Name:        "ookla",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: ooklaPorts, Classify: classifyOokla}},
}

var ooklaPorts = []uint16{8080, 5060}

const (
	ooklaMaxLine = 128
	ooklaTime    = 13 // digits of milliseconds since 1970
	uuidLength   = 36
)

func classifyOokla(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != 'H' && d[0] != 'P' {
		return dpi.No
	}
	line, n, more := asciiLine(d, ooklaMaxLine)
	if n == 0 {
		return moreUnless(!more)
	}
	word, rest := textWord(line)
	switch string(word) {
	case "HI":
		return ooklaHI(p, rest)
	case "HELLO":
		return verdict(len(rest) > 4 && isDigit(rest[0]) && rest[1] == '.' && isDigit(rest[2]) && rest[3] == ' ')
	case "PING", "PONG":
		return verdict(len(rest) == ooklaTime && isNumber(rest) && isOoklaPort(p))
	}
	return dpi.No
}

// ooklaHI judges the client's greeting. Without its number it is too short to
// stand for the protocol alone.
func ooklaHI(p *dpi.Packet, rest []byte) dpi.Verdict {
	if len(rest) > 0 {
		return verdict(isUUID(rest))
	}
	if first, n := p.First(p.Dir ^ 1); n > 0 {
		return verdict(startsWith(first, "HELLO ") == dpi.Yes)
	}
	return dpi.More
}

func isOoklaPort(p *dpi.Packet) bool { return p.HasPort(ooklaPorts[0]) || p.HasPort(ooklaPorts[1]) }

// isUUID tells whether b is a universally unique identifier, RFC 9562 section 4.
func isUUID(b []byte) bool {
	if len(b) != uuidLength {
		return false
	}
	for i, c := range b {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
				return false
			}
		}
	}
	return true
}
