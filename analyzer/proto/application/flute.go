package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// FLUTE is File Delivery over Unidirectional Transport, RFC 6726, on top of
// Asynchronous Layered Coding (RFC 5775), whose header is that of Layered Coding
// Transport (RFC 5651).
var FLUTE = dpi.Protocol{
	ID:          id.Flute,
	Name:        "flute",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 75, Classify: classifyFLUTE}},
}

// lctHeader is what the header of Layered Coding Transport says.
type lctHeader struct {
	session []byte // transport session identifier
	object  []byte // transport object identifier
	more    []byte // extensions
	ok      bool
}

// parseLCT reads a header, RFC 5651 section 5.1. Its own length must be that of
// the fields that its flags announce, and of extensions.
func parseLCT(d []byte) (h lctHeader) {
	if len(d) < 8 || d[0]>>4 != 1 || d[1]&0x0c != 0 {
		return h
	}
	control := 4 * (int(d[0]>>2&3) + 1)
	half := 2 * int(d[1]>>4&1)
	session := 4*int(d[1]>>7) + half
	object := 4*int(d[1]>>5&3) + half
	size := 4 * int(d[2])
	fixed := 4 + control + session + object
	if size > len(d) || size < fixed || session == 0 {
		return h
	}
	rest := d[4+control:]
	h.session, h.object, h.more = rest[:session], rest[session:session+object], d[fixed:size]
	h.ok = isLCTChain(h.more)
	return h
}

// lctNext splits the first extension off d, RFC 5651 section 5.2: types from 128
// on have one word, others say how many.
func lctNext(d []byte) (kind byte, rest []byte, ok bool) {
	if len(d) < 4 {
		return 0, nil, false
	}
	n := 4
	if d[0] < 128 {
		n = 4 * int(d[1])
	}
	if n == 0 || n > len(d) {
		return 0, nil, false
	}
	return d[0], d[n:], true
}

func isLCTChain(d []byte) bool {
	for len(d) > 0 {
		var ok bool
		if _, d, ok = lctNext(d); !ok {
			return false
		}
	}
	return true
}

// lctFDT is the extension that a table of files has (RFC 6726 section 3.4.1).
const lctFDT = 192

// hasFDT tells whether extensions name a table of files in version 1 or 2.
func hasFDT(d []byte) bool {
	for len(d) > 0 {
		kind, rest, ok := lctNext(d)
		if !ok {
			return false
		}
		if kind == lctFDT {
			return d[1]>>4 == 1 || d[1]>>4 == 2
		}
		d = rest
	}
	return false
}

// classifyFLUTE wants a table of files, which is object 0.
func classifyFLUTE(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 || d[0]>>4 != 1 {
		return dpi.No
	}
	h := parseLCT(d)
	if !h.ok {
		return dpi.No
	}
	return yesOrMore(isZero(h.object) && hasFDT(h.more))
}
