package session

import (
	"cmp"
	"encoding/binary"
	"slices"

	"mmt/analyzer/dpi"
)

// IP protocol numbers of transports.
const (
	protoICMP    = 1
	protoTCP     = 6
	protoUDP     = 17
	protoDCCP    = 33
	protoICMPv6  = 58
	protoSCTP    = 132
	protoUDPLite = 136
)

// Lengths of transport headers, RFC 9293 and RFC 768.
const (
	minTCPHeader = 20
	udpHeader    = 8
)

// TCP flags, RFC 9293 section 3.1.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// segment is what a packet carries of the transport that a session is about.
type segment struct {
	payload  []byte // as far as captured
	length   uint64 // of the payload on the wire
	tcp      []byte // header, nil if this is not TCP or the header is not there
	seq, ack uint32
	flags    uint8
	news     bool // it acknowledges what was not acknowledged before
}

// read finds the transport of a packet's tuple.
func (g *segment) read(p *dpi.Packet, tuple *dpi.Tuple) {
	if tuple.Fragment || tuple.Transport == 0 {
		g.payload = p.Payload
		g.length = uint64(len(g.payload))
		return
	}
	off := int(p.Layers()[tuple.Transport].Off)
	b := p.Bytes(off)
	header := udpHeader
	switch {
	case tuple.Proto == protoTCP && len(b) >= minTCPHeader:
		if header = int(b[12]>>4) * 4; header < minTCPHeader {
			return
		}
		g.tcp = b[:min(header, len(b))]
		g.seq, g.ack, g.flags = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), b[13]
	case tuple.Proto != protoUDP && tuple.Proto != protoTCP:
		g.payload = p.Payload
		g.length = uint64(len(g.payload))
		return
	}
	if int(tuple.Transport) == p.Transport() {
		header += p.ShimLen()
	}
	if header <= len(b) {
		g.payload = b[header:]
	}
	g.length = uint64(len(g.payload))
	if int(p.Len) > len(p.Data) {
		g.length = wireLength(p, tuple, off+header)
	}
}

// wireLength returns the length of the payload that starts at offset off of a
// packet that the capture cut, as the IP header tells it.
func wireLength(p *dpi.Packet, tuple *dpi.Tuple, off int) uint64 {
	at := int(p.Layers()[tuple.Layer].Off)
	end := int(p.Len)
	if b := p.Bytes(at); len(b) >= 6 {
		total := int(binary.BigEndian.Uint16(b[2:]))
		if tuple.V6 {
			total = ipv6Header + int(binary.BigEndian.Uint16(b[4:]))
		}
		if at+total >= off {
			end = min(end, at+total)
		}
	}
	return uint64(max(end-off, 0))
}

// micros returns a time in microseconds, modulo about 71 minutes.
func micros(t int64) uint32 { return uint32(t / 1000) }

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
