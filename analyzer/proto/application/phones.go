package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// NOE is what phones of Alcatel-Lucent speak with their exchange: its UA
// protocol over UDP, an operation in the first byte (known from the dissector of
// Wireshark).
var NOE = dpi.Protocol{
	ID:   id.Noe,
	Name: "noe",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 40, Ports: []uint16{32000, 32512, 32640}, Only: true, Classify: classifyNOE},
	},
}

// Operations of NOE.
const (
	noeConnect = iota
	noeConnectAck
	noeRelease
	noeReleaseAck
	noeKeepalive
	noeKeepaliveAck
	noeNack
	noeData
)

// noeShape tells whether a datagram has the form of its operation: parameters
// after a connection's request, two numbers before data.
func noeShape(d []byte) bool {
	switch d[0] {
	case noeConnect:
		n, whole := tlvShape{tag: 1, size: 1}.chain(d[1:])
		return whole && n > 1
	case noeConnectAck, noeKeepalive, noeKeepaliveAck:
		return len(d) == 1
	case noeRelease, noeReleaseAck:
		return len(d) <= 3
	case noeNack:
		return len(d) == 3
	case noeData:
		return len(d) >= 5
	}
	return false
}

// classifyNOE wants a request and its acknowledgement, on the ports that are
// NOE's.
func classifyNOE(p *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) == 0 || !noeShape(d) {
		return dpi.No
	}
	first, n := p.First(p.Dir ^ 1)
	if n == 0 {
		return dpi.More
	}
	if n > len(first) {
		return moreUnless(first[0] > noeData)
	}
	ask, answer := first[0], d[0]
	if answer < ask {
		ask, answer = answer, ask
	}
	switch {
	case !noeShape(first):
		return dpi.No
	case ask == noeConnect && answer == noeConnectAck, ask == noeKeepalive && answer == noeKeepaliveAck:
		return dpi.Yes
	case ask == noeData && answer == noeData:
		return verdict(noeFollows(first, d))
	}
	return dpi.More
}

// noeFollows tells whether two data messages of both directions count each
// other: each names the number that it expects, and its own.
func noeFollows(a, b []byte) bool {
	expects, sent := be16(a[1:]), be16(b[3:])
	return expects-sent <= 1 && sent-expects <= 1
}

// UNIStim is Nortel's protocol of phones: a number, the kind of packet, who
// speaks, and commands (known from the dissector of Wireshark).
var UNIStim = dpi.Protocol{
	ID:   id.Unistim,
	Name: "unistim",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 40, Ports: []uint16{4100, 5000, 5100, 5200, 7300}, Only: true, Classify: classifyUNIStim},
	},
}

// Parts of packets of UNIStim.
const (
	unistimHeader = 6
	unistimNack   = 0
	unistimAck    = 1
	unistimData   = 2
)

// unistimShape tells whether d has the form of its kind: acknowledgements have
// nothing more but a phone's number, data is commands with their lengths.
func unistimShape(d []byte) bool {
	if len(d) < unistimHeader || d[5] > 2 {
		return false
	}
	rest := d[unistimHeader:]
	switch d[4] {
	case unistimNack, unistimAck:
		return len(rest) == 0 || len(rest) == 4
	case unistimData:
		if d[5] == unistimData && len(rest) >= 4 {
			rest = rest[4:] // a phone numbers itself
		}
		n, whole := tlvShape{tag: 1, size: 1, whole: true}.chain(rest)
		return whole && n > 0
	}
	return false
}

// classifyUNIStim wants data of one side that the other acknowledges by its
// number.
func classifyUNIStim(p *dpi.Packet, d []byte) dpi.Verdict {
	if !unistimShape(d) {
		return dpi.No
	}
	first, n := p.First(p.Dir ^ 1)
	if n == 0 {
		return dpi.More
	}
	if n < unistimHeader || d[5] == first[5] {
		return dpi.No
	}
	if d[4] == unistimAck && first[4] == unistimData || d[4] == unistimData && first[4] == unistimAck {
		if be32(d) == be32(first) {
			return dpi.Yes
		}
	}
	return moreUnless(p.Asked(dpi.Up)+p.Asked(dpi.Down) > 8)
}
