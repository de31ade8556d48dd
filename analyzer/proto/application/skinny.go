package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Skinny is Cisco's Skinny Client Control Protocol, which phones speak with
// their manager. The media that it opens is recognised at the first packet.
var Skinny = dpi.Protocol{
	ID:   id.CiscoSkinny,
	Name: "cisco_skinny",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 70, Ports: skinnyPorts, Classify: classifySkinny},
	},
	Track:  trackSkinny,
	Always: true,
	Heralds: []dpi.Herald{ // a length below 65536 and a version below 64
		{L4: ipTCP, Ports: skinnyPorts, Mask: 0x0000_ffff_c0ff_ffff},
	},
}

var skinnyPorts = []uint16{2000, 2443}

// A message: length, version, identifier, 4 bytes each, little endian; the length
// counts from the identifier on.
const (
	skinnyHeader  = 12
	skinnyLongest = 4096
	skinnyVersion = 32 // above those in use
)

// Identifiers of messages that open media.
const (
	skinnyOpenAck = 0x22 // of a phone: where it listens
	skinnyStart   = 0x8a // to a phone: where it shall send
)

// isSkinnyID tells whether messages with the identifier exist.
func isSkinnyID(n uint32) bool {
	return n <= 0x60 || n >= 0x81 && n <= 0x160 || n == 0x8000 || n == 0x8100 || n == 0x8101
}

// skinnyNext reads the header of the first message of d. ok is false if it
// cannot be one.
func skinnyNext(d []byte) (message uint32, size int, ok bool) {
	n := le32(d)
	message = le32(d[8:])
	return message, int(n) + 8, n >= 4 && n <= skinnyLongest && le32(d[4:]) <= skinnyVersion && isSkinnyID(message)
}

// classifySkinny wants messages that fill the segments: one on its port, four
// elsewhere, where numbers as small as these may be of others.
func classifySkinny(p *dpi.Packet, d []byte) dpi.Verdict {
	want := 4
	if p.HasPort(2000) || p.HasPort(2443) {
		want = 1
	}
	for range want {
		if len(d) < skinnyHeader {
			return moreUnless(!skinnyBegins(d))
		}
		_, size, ok := skinnyNext(d)
		if !ok {
			return dpi.No
		}
		if size > len(d) {
			return dpi.More
		}
		d = d[size:]
	}
	return dpi.Yes
}

// skinnyBegins tells whether less than a header may begin one: the high bytes
// of length and version are zero.
func skinnyBegins(d []byte) bool {
	for i, c := range d {
		if c != 0 && (i == 2 || i == 3 || i >= 5 && i <= 7) {
			return false
		}
	}
	return true
}

// trackSkinny notes the media that messages open.
func trackSkinny(p *dpi.Packet, d []byte) {
	for len(d) >= skinnyHeader {
		message, size, ok := skinnyNext(d)
		if !ok || size > len(d) {
			return
		}
		switch body := d[skinnyHeader:size]; message {
		case skinnyOpenAck: // status, address, port, party
			if len(body) >= 12 && le32(body) == 0 {
				skinnyEnd(p, body[4:])
			}
		case skinnyStart: // conference, party, address, port
			if len(body) >= 16 {
				skinnyEnd(p, body[8:])
			}
		}
		d = d[size:]
	}
}

// skinnyEnd notes an IPv4 address, in network byte order, and a port of four
// bytes.
func skinnyEnd(p *dpi.Packet, d []byte) {
	addr := ip4End(d)
	if port := le32(d[4:]); port <= 0xffff {
		announceRTP(p.Handler(), &addr, uint16(port), mediaRTP)
	}
}
