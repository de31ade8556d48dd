package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// DNSCrypt is version 2 of DNSCrypt (dnscrypt.info/protocol). What a server
// answers starts with a fixed magic; what a client asks starts with a magic that
// the server has chosen, so that only answers and requests for certificates can
// be told.
var DNSCrypt = dpi.Protocol{
	ID:     id.Dnscrypt,
	Name:   "dnscrypt",
	Hosted: true,
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 96, Ports: []uint16{443, 5353, 5443, 8443}, Classify: classifyDNSCrypt},
		{Parent: id.Tcp, Weight: 90, Ports: []uint16{443, 5443, 8443}, Classify: classifyDNSCryptTCP},
	},
}

const (
	dnscryptMagic = "r6fnvWj8"
	// dnscryptLeast is the shortest answer: magic, nonce, tag, and a padded block.
	dnscryptLeast = 8 + 24 + 16
	// dnscryptQuery is the shortest query by UDP, padded.
	dnscryptQuery = 256
	// dnscryptRelay begins a query to a relay, before the server's address as
	// IPv6 and its port ("Anonymized DNSCrypt specification").
	dnscryptRelay = "\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00"
	// dnscryptRelayed is the length of all that with the shortest query by TCP.
	dnscryptRelayed = len(dnscryptRelay) + 16 + 2 + 8 + 32 + 12 + 16
)

// isDNSCrypt tells whether d is an answer or a query to a relay.
func isDNSCrypt(d []byte) bool {
	if len(d) >= dnscryptRelayed && string(d[:len(dnscryptRelay)]) == dnscryptRelay {
		return true
	}
	return len(d) >= dnscryptLeast && string(d[:8]) == dnscryptMagic
}

// classifyDNSCrypt looks for an answer, or a query to a relay. Any other query
// could be anything: it is waited for the answer to it.
func classifyDNSCrypt(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case isDNSCrypt(d):
		return dpi.Yes
	case p.Dir == dpi.Up && p.Asked(dpi.Down) == 0 && len(d) >= dnscryptQuery:
		return dpi.More
	}
	return dpi.No
}

// classifyDNSCryptTCP is classifyDNSCrypt where a length of two bytes comes
// first.
func classifyDNSCryptTCP(p *dpi.Packet, d []byte) dpi.Verdict {
	switch {
	case len(d) < 10:
		return dpi.More
	case string(d[2:10]) == dnscryptMagic, isDNSCrypt(d[2:]):
		return dpi.Yes
	case p.Dir == dpi.Up && p.Asked(dpi.Down) == 0 && int(d[0])<<8+int(d[1]) == len(d)-2:
		return dpi.More
	}
	return dpi.No
}
