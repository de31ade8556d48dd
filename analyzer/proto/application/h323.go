package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tpktVersion is the first byte of a TPKT header: version 3, zero, the length of
// the whole in two bytes (RFC 1006 section 6).
const tpktVersion = 3

// H323 is the family of H.323: call signalling in messages of Q.931 (H.225.0
// section 7), registration and admission (RAS), and the control of media
// (H.245).
var H323 = dpi.Protocol{
	ID:   id.H323,
	Name: "h323",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 85, Ports: []uint16{1720}, Classify: classifyH323},
		{Parent: id.Udp, Weight: 85, Ports: []uint16{1718, 1719}, Classify: classifyRAS},
	},
}

// The identifiers of the protocols as the Packed Encoding Rules write them, {itu-t
// recommendation h 2250 version 0 ...} and {... 245 version 0 ...}, before the
// last number.
var (
	oidH225 = []byte{0x00, 0x08, 0x91, 0x4a, 0x00}
	oidH245 = []byte{0x00, 0x08, 0x81, 0x75, 0x00}
)

// How far the identifier may be from the beginning of a message.
const oidReach = 24

// classifyH323 judges a stream of TPKT: signalling has the discriminator and
// call reference of Q.931 section 4.2 and 4.3; control names itself in its
// first exchange.
func classifyH323(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != tpktVersion || len(d) > 1 && d[1] != 0 {
		return dpi.No
	}
	if len(d) < 9 {
		return dpi.More
	}
	n := be16(d[2:])
	switch {
	case n < 5:
		return dpi.No
	case d[4] == q931 && d[5] == 2 && n >= 9:
		return verdict(isQ931Message(d[8]))
	case bytes.Contains(d[4:min(len(d), oidReach)], oidH245):
		return dpi.Yes
	case d[4]>>7 == 0 && d[4]&0x7f < 0x70 && d[5] != 0xe0 && d[5] != 0xd0 && d[5] != 0xf0 && tpktChain(d):
		return moreUnless(p.Asked(p.Dir) > 4) // control that has not named itself yet
	}
	return dpi.No
}

// q931 is the protocol discriminator of messages of Q.931.
const q931 = 8

// isQ931Message tells the types of messages, Q.931 section 4.4.
func isQ931Message(kind byte) bool {
	switch kind {
	case 0x01, 0x02, 0x03, 0x05, 0x07, 0x0d, 0x0f, 0x20, 0x24, 0x25, 0x26, 0x28, 0x2d, 0x2e,
		0x45, 0x46, 0x4d, 0x5a, 0x60, 0x62, 0x64, 0x6e, 0x75, 0x7b, 0x7d:
		return true
	}
	return false
}

// tpktChain tells whether d consists of frames of TPKT, of which the last may
// not be there to its end.
func tpktChain(d []byte) bool {
	for len(d) >= 4 {
		n := be16(d[2:])
		if d[0] != tpktVersion || d[1] != 0 || n < 5 {
			return false
		}
		d = d[min(n, len(d)):]
	}
	return true
}

// classifyRAS judges a message of registration, admission and status: it names
// the protocol, or on its ports answers a request of the kind before.
func classifyRAS(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8 || d[0] >= 0x80 {
		return dpi.No
	}
	if bytes.Contains(d[:min(len(d), oidReach)], oidH225) {
		return dpi.Yes
	}
	if !p.HasPort(1718) && !p.HasPort(1719) {
		return dpi.No
	}
	first, n := p.First(p.Dir ^ 1)
	if n < 8 {
		return dpi.More
	}
	return verdict(isRASAnswer(first, d) || isRASAnswer(d, first))
}

// isRASAnswer tells whether the choice of message in answer is the confirmation
// or the rejection of the one in request: the five bits behind the first, and
// whether both have the same number (H.225.0 annex H, RasMessage).
func isRASAnswer(request, answer []byte) bool {
	r, a := request[0]>>2&0x1f, answer[0]>>2&0x1f
	return r%3 == 0 && r <= 18 && (a == r+1 || a == r+2) && answer[0] < 0x80 && request[0] < 0x80 &&
		string(request[2:4]) == string(answer[2:4])
}
