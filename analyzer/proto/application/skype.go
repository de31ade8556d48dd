package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Skype is the peer-to-peer network that Skype was before it became a service of
// Microsoft's (Baset and Schulzrinne, "An Analysis of the Skype Peer-to-Peer
// Internet Telephony Protocol"; Biondi and Desclaux, "Silver Needle in the
// Skype"), over UDP: a number of two bytes and a function; a peer that cannot
// read a packet refuses it with its number, function 7 and the sender's address.
var Skype = dpi.Protocol{
	ID:          id.Skype,
	Name:        "skype",
	Service:     true,
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 30, Classify: classifySkype}},
	Inspect: func(p *dpi.Packet, _ []byte) (done bool) {
		p.Push(id.SkypeTeamsCall) // what reports call traffic between Skype's users
		return true
	},
}

// The lower half of the third byte is the function.
const (
	skypeRefuse = 7
	skypeSmall  = 13
	skypeData   = 2
	skypeNAK    = 11 // bytes: number, function, address of the sender, a number
	skypeEnough = 3  // packets that look like Skype's
)

// classifySkype recognises a refusal that fits the client's packet, or several
// packets that have nothing in common but the function.
func classifySkype(p *dpi.Packet, d []byte) dpi.Verdict {
	client, clientLen := p.First(dpi.Up)
	if !isSkype(client, clientLen) {
		return dpi.No
	}
	if p.Dir == dpi.Down && len(d) == skypeNAK {
		return verdict(d[0] == client[0] && d[1] == client[1] && d[2]&15 == skypeRefuse && isPublic(d[3:7]))
	}
	first, n := p.First(p.Dir)
	if !isSkype(d, len(d)) || p.Asked(p.Dir) > 1 && !isOtherSkype(first, n, d) {
		return dpi.No
	}
	return yesOrMore(p.Asked(dpi.Up)+p.Asked(dpi.Down) >= skypeEnough)
}

// isSkype tells whether a packet of n bytes that begins with d may be data, or
// one of those that are nothing but number and function.
func isSkype(d []byte, n int) bool {
	return n >= 16 && d[2] == skypeData || n == 3 && d[2]&15 == skypeSmall
}

// isOtherSkype tells whether d is not the first packet of its direction said
// again, and does not share with it what is random in Skype's packets: number,
// start of the encryption, sum.
func isOtherSkype(first []byte, n int, d []byte) bool {
	if first[0] == d[0] || first[1] == d[1] {
		return false
	}
	return n == 3 || len(d) == 3 || first[3] != d[3] && first[4] != d[4] && be16(first[7:]) != be16(d[7:])
}

// isPublic tells whether an IPv4 address may be a host's on the Internet.
func isPublic(a []byte) bool {
	return a[0] != 0 && a[0] != 10 && a[0] != 127 && a[0] < 224
}
