package session

import "mmt/analyzer/dpi"

// TCP is what is followed of a TCP connection (RFC 9293). Arrays of two are by
// the direction of the sender. Sequence numbers compare within 2 GiB.
type TCP struct {
	state tcpState
	wait  [2]uint32 // chain of segments that wait for earlier ones, 0: none
	next  [2]uint32 // what was delivered in order ends here
	high  [2]uint32 // what was seen ends here; a FIN counts one
	acked [2]uint32 // what the other side has acknowledged ends here
	again [2]uint32 // segments retransmitted so far
	rtts  [2]rttQueue
	stats [2]rttStats
	told  [2]uint32 // of again, before this period
	times tcpTimes
	marks uint32 // number of its stampPair, 0: none
}

// tcpState is a set of facts about a connection. Those with a gap behind them
// are two bits, one for each direction of the sender: shift them by it.
type tcpState uint16

const (
	hasSeq tcpState = 1 << iota // next and high are known
	_
	hasSyn // a SYN was seen
	_
	hasFin // a FIN was seen
	_
	hasAck // acked is known
	_
	hasCut // the capture cut the payload before next
	_
	established // the handshake is complete
	hasData     // payload or a FIN came after the handshake
	closed      // both sides have ended it, or one has reset it

	bothWays = 1 | 1<<1 // times a flag: that of either direction

	bothSyn = hasSyn | hasSyn<<1
	bothFin = hasFin | hasFin<<1
	bothAck = hasAck | hasAck<<1
)

// farOff is how many bytes a sequence number may be away from where it is
// expected. What is farther off belongs to another connection of the same ends,
// or comes after a very large loss: the stream begins anew there.
const farOff = 1 << 24

// isNear tells whether a difference of sequence numbers is below farOff.
func isNear(diff int32) bool { return diff > -farOff && diff < farOff }

// isOver tells whether nothing more is expected of the connection.
func (c *TCP) isOver() bool { return c.state&closed != 0 || c.state&bothFin == bothFin }

// isHalfOpen tells whether a handshake was begun and not completed.
func (c *TCP) isHalfOpen() bool { return c.state&bothSyn != 0 && c.state&established == 0 }

// isReplaced tells whether a SYN opens another connection: after this one was
// closed, or was idle for so long that its end was probably not seen.
func (c *TCP) isReplaced(idle bool) bool { return c.isOver() || idle && !c.isHalfOpen() }

// trackTCP follows a segment: what it acknowledges, what it adds to its stream,
// and what it says about the state of the connection.
func (t *Table) trackTCP(s *Session, p *dpi.Packet, g *segment) {
	c, d := &s.TCP, p.Dir&1
	if g.flags&flagACK != 0 {
		g.news = c.acknowledge(d^1, g.ack)
	}
	if g.flags&(flagSYN|flagRST) != 0 {
		t.control(s, p, g)
	}
	if c.state&established == 0 {
		c.establish(s, p)
	}
	switch {
	case g.length > 0 || g.flags&flagFIN != 0:
		t.sequence(s, p, g)
	case c.wait[d] != 0:
		t.resume(s, p)
	}
	if g.flags&flagSYN == 0 {
		t.measure(c, p, g)
	}
	if c.state&(bothFin|closed) == bothFin {
		c.finish(p)
	}
	p.TCP.Retransmissions = c.again
	p.TCP.UpLen, p.TCP.DownLen = uint32(s.Data[dpi.Up]), uint32(s.Data[dpi.Down])
}

// acknowledge notes that the receiver of direction d has everything up to ack,
// and tells whether that is more than was known.
func (c *TCP) acknowledge(d dpi.Direction, ack uint32) bool {
	if c.state&(hasSeq<<d) != 0 && !isNear(int32(ack-c.high[d])) {
		return false
	}
	known := c.state&(hasAck<<d) != 0
	if known && int32(ack-c.acked[d]) <= 0 {
		return false
	}
	c.acked[d] = ack
	c.state |= hasAck << d
	return known
}

// control follows SYN and RST.
func (t *Table) control(s *Session, p *dpi.Packet, g *segment) {
	c, d := &s.TCP, p.Dir&1
	switch {
	case g.flags&flagRST != 0:
		g.payload, g.length = nil, 0 // it says why, and is no part of the stream
		g.flags &^= flagSYN | flagFIN
		if c.state&(hasSeq<<d) == 0 || isNear(int32(g.seq-c.high[d])) {
			p.TCP.Closed = c.state&closed == 0
			c.state |= closed
		}
	case c.state&(established|closed) != 0 || c.state&((hasSeq|hasSyn)<<d) == hasSeq<<d:
		g.payload, g.length = nil, 0 // a SYN of long ago, or a forged one
	default:
		t.synchronize(s, p, g)
	}
}

// synchronize takes the sequence number of a SYN. One that differs from a SYN
// before it in the same direction takes its place: the sender gave up the first
// attempt. Payload of a SYN (RFC 7413) follows the number that the SYN takes.
func (t *Table) synchronize(s *Session, p *dpi.Packet, g *segment) {
	c, d := &s.TCP, p.Dir&1
	g.seq++
	answer := g.flags&flagACK != 0
	p.TCP.SynReceived = answer
	if c.state&(hasSyn<<d) != 0 {
		if passed := c.next[d] - g.seq; passed < farOff {
			return // a copy
		}
		if !answer {
			t.forget(s)
			s.TCP = TCP{again: c.again, told: c.told}
		}
	}
	if c.state&bothSyn == 0 {
		c.times.mark = p.Time
	}
	c.state |= (hasSyn | hasSeq) << d
	c.next[d], c.high[d] = g.seq, g.seq
}

// establish completes the handshake once each side has acknowledged the SYN of
// the other. Of several answers to a SYN that differ, the one counts that was
// acknowledged.
func (c *TCP) establish(s *Session, p *dpi.Packet) {
	if c.state&(bothSyn|bothAck) != bothSyn|bothAck {
		return
	}
	c.state |= established
	p.TCP.Established = true
	c.times.established(p.Time)
	if o := p.Dir&1 ^ 1; s.Data[o] == 0 && c.state&(hasFin<<o) == 0 {
		c.next[o], c.high[o] = c.acked[o], c.acked[o]
	}
}

// sequence follows payload and FIN.
func (t *Table) sequence(s *Session, p *dpi.Packet, g *segment) {
	c, d := &s.TCP, p.Dir&1
	if c.state&(hasSeq<<d) == 0 {
		c.begin(d, g.seq)
	}
	end := g.seq + uint32(g.length)
	switch ahead := int32(g.seq - c.high[d]); {
	case !isNear(ahead):
		t.beginAgain(s, p, g.seq)
	case ahead < 0 && g.length > 0 && !c.isProbe(d, g):
		c.again[d]++
		p.TCP.Retransmitted = true
		p.TCP.OutOfOrder = int32(end-c.next[d]) > 0
	}
	if c.state&(established|hasData) == established {
		c.state |= hasData
		c.times.data(p.Time)
	}
	if int32(end-c.high[d]) > 0 {
		c.high[d] = end
	}
	t.deliver(s, p, g, end)
	if g.flags&flagFIN != 0 {
		c.state |= hasFin << d
		if end == c.high[d] {
			c.high[d]++
		}
	}
}

// begin takes the sequence number of the first segment of a direction whose SYN
// was not seen. What the other side acknowledged before tells what is missing.
func (c *TCP) begin(d dpi.Direction, seq uint32) {
	c.state |= hasSeq << d
	c.next[d], c.high[d] = seq, seq
	if c.state&(hasAck<<d) != 0 {
		if missed := seq - c.acked[d]; missed < farOff {
			c.next[d] = c.acked[d]
		}
	}
}

// beginAgain goes on at seq, far from where the stream of the packet's
// direction was.
func (t *Table) beginAgain(s *Session, p *dpi.Packet, seq uint32) {
	c, d := &s.TCP, p.Dir&1
	t.streams.drop(&c.wait[d])
	t.rtts.drop(&c.rtts[d])
	c.next[d], c.high[d] = seq, seq
	c.state &^= (hasAck | hasFin) << d
	p.Gap = true
}

// isProbe tells whether a segment is a keep-alive (RFC 9293 section 3.8.4): one
// byte that was acknowledged already.
func (c *TCP) isProbe(d dpi.Direction, g *segment) bool {
	return g.length == 1 && g.seq+1 == c.high[d] && c.state&(hasAck<<d) != 0 && c.acked[d] == c.high[d]
}

// finish closes the connection when both sides have acknowledged the other's
// FIN.
func (c *TCP) finish(p *dpi.Packet) {
	if int32(c.acked[0]-c.high[0]) >= 0 && int32(c.acked[1]-c.high[1]) >= 0 {
		c.state |= closed
		p.TCP.Closed = true
	}
}

// forget gives back what memory a session has besides its record.
func (t *Table) forget(s *Session) {
	for d := range 2 {
		t.streams.drop(&s.TCP.wait[d])
		t.rtts.drop(&s.TCP.rtts[d])
	}
	if s.TCP.marks != 0 {
		t.marks.put(s.TCP.marks)
		s.TCP.marks = 0
	}
}
