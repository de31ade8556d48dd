package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ports of IKE, RFC 7296 section 2 and RFC 3948.
const (
	ikePort    = 500
	ikeNATPort = 4500
)

// ikeHeader is the length of a header, RFC 7296 section 3.1.
const ikeHeader = 28

// minESP is the length of the shortest packet of ESP: SPI, sequence number, and
// something encrypted with its check value.
const minESP = 8 + 16

// ISAKMP is the key exchange of IPsec: ISAKMP (RFC 2408), IKE (RFC 2409), IKEv2
// (RFC 7296), also on the port that passes NAT (RFC 3948), where ESP follows,
// and over TCP (RFC 9329).
var ISAKMP = dpi.Protocol{
	ID:   id.Isakmp,
	Name: "isakmp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{ikePort, ikeNATPort}, Classify: classifyISAKMP},
		{Parent: id.Udp, Weight: 50, Ports: []uint16{ikeNATPort}, Only: true, Classify: classifyESPInUDP, As: id.Ipsec},
		{Parent: id.Tcp, Weight: 100, Ports: []uint16{ikeNATPort}, Classify: classifyISAKMPStream},
	},
}

// classifyISAKMP asks for a header, behind the four zeros that tell IKE from
// ESP on the NAT port (RFC 3948 section 2.2). Its length must be that of the
// datagram, or on the ports of IKE what is there may be cut.
func classifyISAKMP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) >= 4+ikeHeader && be32(d) == 0 {
		d = d[4:]
	}
	if len(d) < ikeHeader || !isIKE(d) {
		return dpi.No
	}
	n := be32(d[24:])
	if uint64(n) == uint64(len(d)) {
		return dpi.Yes
	}
	return verdict((p.HasPort(ikePort) || p.HasPort(ikeNATPort)) && n >= ikeHeader && n <= 0xffff)
}

// isIKE judges all of a header but its length: an initiator, the first payload,
// version 1.0 or 2.x, an exchange of that version, flags.
func isIKE(d []byte) bool {
	if be64(d) == 0 {
		return false
	}
	next, exchange, flags := d[16], d[18], d[19]
	switch d[17] >> 4 {
	case 1:
		known := exchange >= 1 && exchange <= 6 || exchange == 32 || exchange == 33 || exchange >= 240
		return known && flags&^7 == 0 && (next <= 24 || next >= 128)
	case 2:
		return exchange >= 34 && exchange <= 44 && flags&^0x38 == 0 && (next == 0 || next >= 33 && next <= 60)
	}
	return false
}

// classifyESPInUDP judges packets of ESP on the port that passes NAT, which
// look like noise but for their sequence numbers: two of one direction with the
// same SPI must follow each other closely. Keepalives are one byte (RFC 3948
// section 2.3).
func classifyESPInUDP(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 1 && d[0] == 0xff {
		return yesOrMore(p.DstPort() == ikeNATPort)
	}
	if len(d) < minESP || be32(d) < 256 {
		return dpi.No
	}
	first, n := p.First(p.Dir)
	if n < minESP || p.Asked(p.Dir) < 2 {
		return dpi.More
	}
	if be32(first) != be32(d) {
		return moreUnless(p.Asked(p.Dir) > 4)
	}
	return verdict(be32(d[4:])-be32(first[4:])-1 < 16)
}

// classifyISAKMPStream asks for the text that opens a connection (RFC 9329
// section 4).
func classifyISAKMPStream(_ *dpi.Packet, d []byte) dpi.Verdict { return startsWith(d, "IKETCP") }
