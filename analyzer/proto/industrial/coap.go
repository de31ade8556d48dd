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
	Inspect:     inspectCoAP,
}

const coapHeader = 4

func isCoAP(p *dpi.Packet, d []byte) dpi.Verdict {
	if !coapMessage(d) {
		return dpi.No
	}
	if _, ok := coapOptions(coapBody(d), nil); !ok {
		return dpi.No
	}
	if p.HasPort(5683) || p.HasPort(5684) || p.HasPort(61616) || p.HasPort(61618) {
		return dpi.Yes
	}
	// On another port the request must have been confirmed.
	other, _ := p.First(p.Dir ^ 1)
	if coapAnswers(other, d) || coapAnswers(d, other) {
		return dpi.Yes
	}
	return dpi.More
}

// coapMessage tells whether d starts with a header and its whole token.
func coapMessage(d []byte) bool {
	return len(d) >= coapHeader && d[0]>>6 == 1 && d[0]&15 <= 8 && coapCode(d[1]) && len(d) >= coapHeader+int(d[0]&15)
}

// coapBody returns what follows the token.
func coapBody(d []byte) []byte { return d[coapHeader+int(d[0]&15):] }

// coapAnswers tells whether answer acknowledges the confirmable request with
// the same message id, with the same token if it carries the response.
func coapAnswers(request, answer []byte) bool {
	if !coapMessage(request) || !coapMessage(answer) || request[0]>>4 != 4 || request[1] == 0 || request[1]>>5 != 0 {
		return false
	}
	if answer[0]>>4 != 6 || be.Uint16(request[2:]) != be.Uint16(answer[2:]) {
		return false
	}
	n := coapHeader + int(request[0]&15)
	return answer[1] == 0 && len(answer) == coapHeader ||
		answer[1]>>5 >= 2 && request[0]&15 == answer[0]&15 && string(request[coapHeader:n]) == string(answer[coapHeader:n])
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
// they end where they should. It gives each to see, if not nil.
func coapOptions(d []byte, see func(number int, value []byte)) (n int, ok bool) {
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
		if see != nil {
			see(number, d[:length])
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

// Options that tell whom a request is for (RFC 7252 section 5.10).
const (
	coapURIHost  = 3
	coapURIQuery = 15
)

// inspectCoAP learns the host of the first request, and whether it registers a
// device with lightweight M2M (OMA LwM2M section 6.2.1: the query lwm2m=version).
func inspectCoAP(p *dpi.Packet, d []byte) bool {
	if !coapMessage(d) || d[1] == 0 || d[1]>>5 != 0 {
		return false
	}
	coapOptions(coapBody(d), func(number int, value []byte) {
		switch {
		case number == coapURIHost:
			p.SetHost(value)
		case number == coapURIQuery && len(value) > 6 && string(value[:6]) == "lwm2m=":
			p.Push(id.Lwm2m)
		}
	})
	return true
}
