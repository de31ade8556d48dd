package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Ethereum is the discovery of nodes over UDP ("Node Discovery Protocol v4") and
// the handshake of connections over TCP ("The RLPx Transport Protocol"); what
// follows is encrypted, and version 5 of the discovery hides itself.
var Ethereum = dpi.Protocol{
	ID:   id.Ethereum,
	Name: "ethereum",
	Classifiers: []dpi.Classifier{
		datagramClassifier(isDiscv4, 30301, 30303, 30304),
		{Parent: id.Tcp, Weight: 60, Ports: []uint16{30303, 30304}, Classify: classifyRLPx},
	},
}

// discv4Header is what comes before a discovery message's type: a hash of 32
// bytes, a signature of 64 and the recovery number of its key.
const discv4Header = 97

// isDiscv4 tells whether d is a discovery message: ping, pong, findnode,
// neighbors, and the two of EIP-868, with a list that fills the datagram.
func isDiscv4(d []byte) bool {
	if len(d) < discv4Header+3 || d[discv4Header-1] > 1 || d[discv4Header] == 0 || d[discv4Header] > 6 {
		return false
	}
	return isRLPList(d[discv4Header+1:])
}

// isRLPList tells whether d is one list of the Recursive Length Prefix encoding
// ("RLP serialization"), of less than 64 KiB.
func isRLPList(d []byte) bool {
	switch {
	case d[0] >= 0xc0 && d[0] <= 0xf7:
		return len(d) == 1+int(d[0]-0xc0)
	case d[0] == 0xf8:
		return len(d) == 2+int(d[1])
	case d[0] == 0xf9:
		return len(d) >= 3 && len(d) == 3+be16(d[1:])
	}
	return false
}

// The messages of the handshake: before EIP-8 of fixed length, since then with
// their length in front; the first byte of an encrypted text is always 4.
const (
	rlpxAuth = 307
	rlpxAck  = 210
	rlpxMax  = 1024
)

// isRLPxMessage tells whether a segment of n bytes that starts with d may be a
// message of the handshake with its length in front.
func isRLPxMessage(d []byte, n int) bool {
	return n > 180 && n < rlpxMax && be16(d) == n-2 && d[2] == 4
}

func classifyRLPx(p *dpi.Packet, _ []byte) dpi.Verdict {
	first, n := p.First(p.Dir)
	old := n == rlpxAuth || n == rlpxAck
	if n < 180 || !isRLPxMessage(first, n) && !(old && first[0] == 4) {
		return dpi.No
	}
	return isSaid(p, func(client []byte, clientLen int, server []byte, serverLen int) bool {
		if clientLen == rlpxAuth && serverLen == rlpxAck {
			return client[0] == 4 && server[0] == 4
		}
		return serverLen > 180 && isRLPxMessage(client, clientLen) && isRLPxMessage(server, serverLen)
	})
}
