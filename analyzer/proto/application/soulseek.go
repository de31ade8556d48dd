package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Soulseek is the file sharing network ("Soulseek Protocol Documentation" of
// Nicotine+): messages of a length and a type, little endian, whose texts carry
// their length in front.
var Soulseek = dpi.Protocol{
	ID:          id.Soulseek,
	Name:        "soulseek",
	Classifiers: []dpi.Classifier{{Parent: id.Tcp, Weight: 80, Ports: []uint16{2234, 2242, 2271, 2416}, Classify: classifySoulseek}},
}

// maxSoulseekOpening is longer than a login or the opening of a peer.
const maxSoulseekOpening = 512

func classifySoulseek(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 5 {
		return moreUnless(len(d) >= 4 && le32(d) > maxSoulseekOpening)
	}
	length := le32(d)
	if length < 5 || length > maxSoulseekOpening {
		return dpi.No
	}
	if length == 5 && d[4] == 0 && len(d) == 9 {
		return dpi.Yes // pierces a firewall with a token
	}
	if len(d) < int(4+length) {
		return moreUnless(d[4] > 1)
	}
	d = d[4 : 4+length]
	if d[0] != 1 {
		return dpi.No
	}
	return verdict(isSoulseekLogin(d[1:]) || isSoulseekPeer(d[1:]))
}

// soulseekText takes a text off the front of d.
func soulseekText(d []byte) (text, rest []byte, ok bool) {
	if len(d) < 4 || int64(le32(d)) > int64(len(d)-4) {
		return nil, nil, false
	}
	n := int(le32(d))
	return d[4 : 4+n], d[4+n:], isText(d[4 : 4+n])
}

// isSoulseekLogin tells whether d is what follows the first byte of type 1 as a
// number of 32 bits: user, password, version, a sum of both in hexadecimal
// digits, and a minor version.
func isSoulseekLogin(d []byte) bool {
	if len(d) < 3 || !isZero(d[:3]) {
		return false
	}
	user, d, ok := soulseekText(d[3:])
	if !ok || len(user) == 0 {
		return false
	}
	if _, d, ok = soulseekText(d); !ok || len(d) < 4 {
		return false
	}
	sum, d, ok := soulseekText(d[4:])
	return ok && len(sum) == 32 && len(d) == 4
}

// isSoulseekPeer tells whether d is what follows the byte of type 1: user, kind
// of connection (peer, file, distributed), token.
func isSoulseekPeer(d []byte) bool {
	user, d, ok := soulseekText(d)
	if !ok || len(user) == 0 {
		return false
	}
	kind, d, ok := soulseekText(d)
	return ok && len(kind) == 1 && (kind[0] == 'P' || kind[0] == 'F' || kind[0] == 'D') && len(d) == 4
}
