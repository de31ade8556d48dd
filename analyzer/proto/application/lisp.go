package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of LISP, RFC 9300 section 5.1 and RFC 9301 section 5.1.
const (
	lispDataPort    = 4341
	lispControlPort = 4342
)

// Types of control messages of LISP, RFC 9301 section 5.1.
const (
	lispRequest  = 1
	lispReply    = 2
	lispRegister = 3
	lispNotify   = 4
	lispAck      = 5
	lispReferral = 6
	lispInfo     = 7
	lispEncap    = 8
)

// lispEnd ends each message of LISP over TCP
// (draft-kouvelas-lisp-map-server-reliable-transport section 4).
const lispEnd = 0x9facade9

// LISP is the locator/identifier separation protocol, RFC 9300 and 9301, and
// its reliable transport.
var LISP = dpi.Protocol{
	ID:   id.Lisp,
	Name: "lisp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{lispControlPort}, Only: true, Classify: classifyLISP},
		{Parent: id.Udp, Weight: 50, Ports: []uint16{lispDataPort}, Only: true, Classify: classifyLISPData},
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{lispControlPort}, Only: true, Classify: classifyLISPStream},
	},
}

// classifyLISP judges a control message by its type: how many records there
// are, behind which nonce.
func classifyLISP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 12 {
		return dpi.No
	}
	records := int(d[3])
	switch d[0] >> 4 {
	case lispRequest:
		return verdict(d[1]&0x3f == 0 && records > 0 && records <= len(d)/8)
	case lispReply, lispRegister, lispNotify, lispAck, lispReferral:
		return verdict(d[1] == 0 && d[2]&0xf0 == 0 && records <= len(d)/8)
	case lispInfo:
		return verdict(d[1] == 0 && d[2] == 0 && d[3] == 0)
	case lispEncap:
		return verdict(d[4]>>4 == 4 || d[4]>>4 == 6)
	}
	return dpi.No
}

// classifyLISPData asks for an IP header behind the eight bytes of LISP.
func classifyLISPData(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 8+20 {
		return dpi.No
	}
	n := len(d) - 8
	switch d[8] >> 4 {
	case 4:
		return verdict(be16(d[10:]) == n)
	case 6:
		return verdict(be16(d[12:])+40 == n)
	}
	return dpi.No
}

// classifyLISPStream asks for a message (type, length, number) that ends as it
// should.
func classifyLISPStream(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 {
		return dpi.More
	}
	n := be16(d[2:])
	if kind := be16(d); kind > 64 || n < 12 || n > 1<<14 {
		return dpi.No
	}
	if len(d) < n {
		return dpi.More
	}
	return verdict(be32(d[n-4:]) == lispEnd)
}
