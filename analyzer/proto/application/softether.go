package application

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// SoftEther is the tunnel of that name: how its ends learn their public address
// and reach each other behind address translation, over UDP (NAT traversal of
// the SoftEther VPN source). Its tunnels are inside TLS.
var SoftEther = dpi.Protocol{
	ID:          id.Softether,
	Name:        "softether",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 80, Ports: []uint16{5004}, Classify: classifySoftEther}},
}

func classifySoftEther(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 1 {
		return moreUnless(d[0] != 'A') // asks for its address
	}
	return verdict(isSoftEtherAddress(d) || isSoftEtherPack(d))
}

// isSoftEtherAddress tells whether d is the answer with the address:
// "IP=192.0.2.1,PORT=1234".
func isSoftEtherAddress(d []byte) bool {
	return bytes.HasPrefix(d, []byte("IP=")) && bytes.Contains(d, []byte(",PORT=")) && len(d) < 80
}

// isSoftEtherPack tells whether d is a list of named values: their number, and
// the first one's name with its length, one too large, its type (0 to 4) and
// how many values it has.
func isSoftEtherPack(d []byte) bool {
	if len(d) < 20 || be32(d) == 0 || be32(d) > 64 || be32(d[4:]) < 2 || be32(d[4:]) > 64 {
		return false
	}
	n := int(be32(d[4:])) - 1
	if len(d) < 8+n+8 || !isName(d[8:8+n]) {
		return false
	}
	d = d[8+n:]
	return be32(d) <= 4 && be32(d[4:]) < 256
}

// isName tells whether d is a word of small letters, digits and underscores.
func isName(d []byte) bool {
	for _, c := range d {
		if (c < 'a' || c > 'z') && !isDigit(c) && c != '_' {
			return false
		}
	}
	return len(d) > 0
}
