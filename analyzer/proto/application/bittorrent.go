package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// BitTorrent is the peer protocol (BEP 3, with the extensions of BEP 6 and 10)
// over TCP and over uTP (BEP 29), the distributed hash table (BEP 5), UDP
// trackers (BEP 15) and local discovery (BEP 14). Trackers over HTTP are HTTP.
// Streams encrypted as a whole (message stream encryption) are told only where
// the peers go on in the clear after the encrypted handshake.
var BitTorrent = dpi.Protocol{
	ID:   id.Bittorrent,
	Name: "bittorrent",
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 90, Ports: []uint16{6881, 6882, 6883, 6889, 51413}, Classify: classifyBitTorrent},
		{Parent: id.Udp, Weight: 90, Ports: []uint16{6771, 6881, 51413}, Classify: classifyBitTorrentUDP},
	},
}

// btHandshake opens every connection between peers (BEP 3, "peer protocol").
const btHandshake = "\x13BitTorrent protocol"

func classifyBitTorrent(p *dpi.Packet, d []byte) dpi.Verdict {
	if v := startsWith(d, btHandshake); v != dpi.No {
		return v
	}
	if startsWith(p.Stream, btHandshake) == dpi.Yes || isPeerTalk(p.Stream) {
		return dpi.Yes
	}
	return moreUnless(!mayBeKeyExchange(p))
}

// mayBeKeyExchange tells whether both directions may have begun with the key
// exchange of message stream encryption: a number of 96 random bytes and up to
// 512 random bytes more each.
func mayBeKeyExchange(p *dpi.Packet) bool {
	for _, dir := range [...]dpi.Direction{dpi.Up, dpi.Down} {
		first, n := p.First(dir)
		if n != 0 && (n < 96 || n > 96+512 || !isRandom(first)) {
			return false
		}
	}
	return true
}

// isRandom tells whether d looks like random bytes: between a quarter and three
// quarters of them are beyond ASCII.
func isRandom(d []byte) bool {
	high := 0
	for _, c := range d {
		high += int(c >> 7)
	}
	return high >= len(d)/4 && high <= len(d)*3/4
}

// peerMessages gives the length that messages of the peer protocol have by
// their type (BEP 3, BEP 5 port, BEP 6), 0 for those of no fixed length.
var peerMessages = [...]uint32{
	0: 1, 1: 1, 2: 1, 3: 1, // choke, unchoke, interested, not interested
	4: 5, 5: 0, 6: 13, 7: 0, 8: 13, 9: 3, // have, bitfield, request, piece, cancel, port
	13: 5, 14: 1, 15: 1, 16: 13, 17: 5, // suggest, have all, have none, reject, allowed fast
	20: 0, // extended
}

// isPeerTalk tells whether a segment in the middle of a connection holds
// messages of the peer protocol: a handshake of extensions, or at least three
// messages of fixed length, one of them of several bytes, that end where the
// segment does.
func isPeerTalk(d []byte) bool {
	if len(d) > 8 && d[4] == 20 && d[5] == 0 && d[6] == 'd' && be32(d) < 1<<16 {
		return bytes.HasPrefix(d[6:], []byte("d1:")) || bytes.HasPrefix(d[6:], []byte("d12:complete_ago"))
	}
	n, long := 0, 0
	for len(d) >= 5 {
		length, kind := be32(d), d[4]
		if length == 0 || int(kind) >= len(peerMessages) || peerMessages[kind] != length || len(d) < int(4+length) {
			return false
		}
		if length >= 5 {
			long++
		}
		d = d[4+length:]
		n++
	}
	return n >= 3 && long > 0 && len(d) == 0
}

func classifyBitTorrentUDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 16 {
		return dpi.No
	}
	if isDHT(d) || isUDPTracker(d) || startsWith(d, "BT-SEARCH * HTTP/1.1\r\n") == dpi.Yes {
		return dpi.Yes
	}
	return classifyUTP(p, d)
}

// isDHT tells whether d is a message of the distributed hash table: a
// dictionary that starts with the arguments of a query, with the values of a
// response or with an error, or with the address that the extension BEP 42 puts
// first, and ends as a dictionary.
func isDHT(d []byte) bool {
	if d[0] != 'd' || !isDigit(d[1]) {
		return false
	}
	if startsWithAny(d, "d1:ad2:id20:", "d1:rd2:id20:", "d2:ip6:", "d2:ip18:", "d1:eli20") != dpi.Yes {
		return false
	}
	return d[len(d)-1] != 'e' || bytes.Contains(d, []byte("1:y1:"))
}

// udpTrackerMagic is what a client sends in place of a connection's number to
// open one (BEP 15).
const udpTrackerMagic = 0x41727101980

// isUDPTracker tells whether d is a request to a tracker: to connect, or to
// announce, with an event and a number of peers wanted that exist.
func isUDPTracker(d []byte) bool {
	switch {
	case be64(d) == udpTrackerMagic && be32(d[8:]) == 0:
		return true
	case len(d) >= 98 && be32(d[8:]) == 1 && be32(d[80:]) <= 3:
		wanted := int32(be32(d[92:]))
		return wanted >= -1 && wanted <= 1000
	}
	return false
}
