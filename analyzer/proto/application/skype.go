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
	skypeData   = 13
	skypeData2  = 2
	skypeNAK    = 11 // bytes: number, function, address of the sender, a number
)

func classifySkype(p *dpi.Packet, d []byte) dpi.Verdict {
	client, clientLen := p.First(dpi.Up)
	if clientLen < 18 || client[2]&15 != skypeData && client[2]&15 != skypeData2 {
		return dpi.No
	}
	if p.Dir == dpi.Up {
		return moreUnless(p.Asked(dpi.Up) > 3)
	}
	return verdict(len(d) == skypeNAK && d[0] == client[0] && d[1] == client[1] && d[2]&15 == skypeRefuse && isPublic(d[3:7]))
}

// isPublic tells whether an IPv4 address may be a host's on the Internet.
func isPublic(a []byte) bool {
	return a[0] != 0 && a[0] != 10 && a[0] != 127 && a[0] < 224
}
