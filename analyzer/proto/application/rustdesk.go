package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// RustDesk is the remote control of that name, where it meets its rendezvous
// server (rendezvous.proto of its source): messages of one field, which starts
// with the number of a peer in digits; over TCP with their length in front. In a
// local network its clients look for each other by such messages, too.
var RustDesk = dpi.Protocol{
	ID:      id.Rustdesk,
	Name:    "rustdesk",
	Service: true,
	Classifiers: []dpi.Classifier{
		datagramClassifier(func(d []byte) bool { return isRustDesk(d) || isRustDeskDiscovery(d) }, 21116, 21119),
		{Parent: id.Tcp, Weight: 70, Ports: []uint16{21115, 21116, 21117}, Classify: classifyRustDesk},
	},
}

// Fields of a rendezvous message, with the wire type of bytes: register_peer
// (6), punch_hole_request (8), register_pk (15).
const (
	rustDeskPeer  = 6<<3 | 2
	rustDeskPunch = 8<<3 | 2
	rustDeskKey   = 15<<3 | 2
)

// isRustDesk tells whether d is a message: its field fills it and has a first
// field of its own, of digits.
func isRustDesk(d []byte) bool {
	if len(d) < 10 || d[0] != rustDeskPeer && d[0] != rustDeskPunch && d[0] != rustDeskKey {
		return false
	}
	n, rest, ok := leb128(d[1:])
	if !ok || int64(n) != int64(len(rest)) || len(rest) < 8 || rest[0] != 1<<3|2 {
		return false
	}
	size := int(rest[1])
	return size >= 6 && size <= 16 && len(rest) >= 2+size && isNumber(rest[2:2+size])
}

// isRustDeskDiscovery tells whether d is a search (peer_discovery, field 22, a
// number of two bytes) or its answer.
func isRustDeskDiscovery(d []byte) bool {
	return len(d) >= 9 && d[0] == 0xb2 && d[1] == 1 && int(d[2]) == len(d)-3 &&
		(string(d[3:9]) == "\x0a\x04ping" || string(d[3:9]) == "\x0a\x04pong")
}

// classifyRustDesk looks behind the length: the lower two bits of the first byte
// are how many bytes more it has, the number, little endian, is above them.
func classifyRustDesk(_ *dpi.Packet, d []byte) dpi.Verdict {
	size := 1 + int(d[0]&3)
	if len(d) < size {
		return dpi.More
	}
	n := 0
	for i := range size {
		n |= int(d[i]) << (8 * i)
	}
	if n >>= 2; n < 10 || n > 1<<12 {
		return dpi.No
	}
	if len(d) < size+n {
		return moreUnless(len(d) > size && d[size] != rustDeskPeer && d[size] != rustDeskPunch && d[size] != rustDeskKey)
	}
	return verdict(isRustDesk(d[size : size+n]))
}
