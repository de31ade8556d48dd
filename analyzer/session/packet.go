package session

import (
	"cmp"
	"slices"

	"mmt/analyzer/dpi"
)

// IP protocol numbers of the transports whose payload is told from the header.
const (
	protoTCP = 6
	protoUDP = 17
)

// Lengths of transport headers, RFC 9293 and RFC 768.
const (
	minTCPHeader = 20
	udpHeader    = 8
)

// transportOf returns the payload of the transport that the tuple belongs to,
// and for TCP its header.
func transportOf(p *dpi.Packet, tuple *dpi.Tuple) (payload, tcp []byte) {
	if tuple.Fragment {
		return nil, nil
	}
	b := p.LayerBytes(int(tuple.Layer) + 1)
	switch {
	case tuple.Proto == protoTCP && len(b) >= minTCPHeader:
		n := int(b[12]>>4) * 4
		if n < minTCPHeader || n > len(b) {
			return nil, nil
		}
		return b[n:], b[:n]
	case tuple.Proto == protoUDP && len(b) >= udpHeader:
		return b[udpHeader:], nil
	}
	return p.Payload, nil
}

// missing returns how many payload bytes the capture cut off.
func missing(p *dpi.Packet, payload []byte) uint64 {
	if int(p.Len) <= len(p.Data) || len(payload) == 0 {
		return 0
	}
	return uint64(int(p.Len) - len(p.Data))
}

// macs returns source and destination of the Ethernet header, zero if the link
// is not Ethernet.
func macs(p *dpi.Packet) (m [2][6]byte) {
	if p.Link == 1 && len(p.Data) >= 12 {
		copy(m[0][:], p.Data[6:12])
		copy(m[1][:], p.Data[:6])
	}
	return m
}

func sortByID(list []*Session) {
	slices.SortFunc(list, func(a, b *Session) int { return cmp.Compare(a.ID, b.ID) })
}
