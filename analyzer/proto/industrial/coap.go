package industrial

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// CoAP is RFC 7252 section 3: version 1, a token of at most eight bytes, a code,
// options, and a payload behind 0xff.
var CoAP = dpi.Protocol{
	ID:          id.Coap,
	Name:        "coap",
	Classifiers: over(50, isCoAP, []uint16{5683, 5684, 61616, 61618}, false, id.Udp),
}

func isCoAP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 || d[0]>>6 != 1 || d[0]&15 > 8 || !coapCode(d[1]) || len(d) < 4+int(d[0]&15) {
		return dpi.No
	}
	options, ok := coapOptions(d[4+int(d[0]&15):])
	switch {
	case !ok:
		return dpi.No
	case p.HasPort(5683) || p.HasPort(5684) || p.HasPort(61616) || p.HasPort(61618):
		return dpi.Yes
	}
	// On another port a request and its answer must carry the same message id.
	other, _ := p.First(p.Dir ^ 1)
	if len(other) >= 4 && options > 0 && other[0]>>6 == 1 && coapCode(other[1]) && be.Uint16(other[2:]) == be.Uint16(d[2:]) {
		return dpi.Yes
	}
	return dpi.More
}

// coapCode tells whether a code is empty, a method, or a response.
func coapCode(c byte) bool {
	class, detail := c>>5, c&31
	switch class {
	case 0:
		return detail <= 7
	case 2:
		return detail >= 1 && detail <= 5 || detail == 31
	case 4:
		return detail <= 15 || detail == 22 || detail == 29
	case 5:
		return detail <= 8
	}
	return false
}

// coapOptions walks the options and returns how many there are and whether
// they end where they should.
func coapOptions(d []byte) (n int, ok bool) {
	number := 0
	for len(d) > 0 && d[0] != 0xff {
		delta, length := int(d[0]>>4), int(d[0]&15)
		d = d[1:]
		if delta, d, ok = coapExtended(delta, d); !ok {
			return n, false
		}
		if length, d, ok = coapExtended(length, d); !ok || length > len(d) {
			return n, false
		}
		if number += delta; number > 2100 {
			return n, false
		}
		d = d[length:]
		n++
	}
	return n, len(d) != 1 // a payload marker without payload is an error
}

// coapExtended reads the extension of a delta or a length.
func coapExtended(v int, d []byte) (int, []byte, bool) {
	switch {
	case v == 13 && len(d) >= 1:
		return 13 + int(d[0]), d[1:], true
	case v == 14 && len(d) >= 2:
		return 269 + int(be.Uint16(d)), d[2:], true
	}
	return v, d, v < 13
}
