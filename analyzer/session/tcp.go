package session

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

// TCP flags, RFC 9293 section 3.1.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// TCP is what is followed of a TCP connection.
type TCP struct {
	next   [2]uint32 // next sequence number expected, by direction
	seen   [2]bool   // next is known
	fin    [2]bool
	closed bool
}

// streams holds segments that wait for earlier ones.
type streams struct{}

func (s *streams) drop(*Session) {}

// startsTCP tells whether the packet opens a connection.
func startsTCP(p *dpi.Packet, tuple *dpi.Tuple) bool {
	_, h := transportOf(p, tuple)
	return h != nil && h[13]&(flagSYN|flagACK) == flagSYN
}

// trackTCP follows sequence numbers and sets what the packet adds to its
// stream.
func (t *Table) trackTCP(s *Session, p *dpi.Packet, h, payload []byte, n uint64) {
	c, d, flags := &s.TCP, p.Dir, h[13]
	seq := binary.BigEndian.Uint32(h[4:])
	if flags&flagSYN != 0 {
		seq++
		c.next[d], c.seen[d] = seq, true
	}
	if !c.seen[d] {
		c.next[d], c.seen[d] = seq, true
	}
	if len(payload) > 0 {
		skip := int32(c.next[d] - seq)
		switch {
		case skip < 0:
			p.Gap, p.Stream = true, payload
		case int(skip) < len(payload):
			p.Stream = payload[skip:]
		}
		if int32(seq+uint32(n)-c.next[d]) > 0 {
			c.next[d] = seq + uint32(n)
		}
	}
	if flags&flagFIN != 0 {
		c.fin[d] = true
	}
	if flags&flagRST != 0 || c.fin[0] && c.fin[1] {
		c.closed = true
	}
}
