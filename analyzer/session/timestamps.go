package session

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

// The timestamps option of TCP, RFC 7323 section 3.
const (
	optionEnd, optionNop = 0, 1
	optionTimestamps     = 8
	timestampsLen        = 10
)

// timestamps returns TSval and TSecr of a TCP header.
func timestamps(h []byte) (value, echo uint32, ok bool) {
	for b := h[min(minTCPHeader, len(h)):]; len(b) > 0 && b[0] != optionEnd; {
		n := 1
		if b[0] != optionNop {
			if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
				break
			}
			n = int(b[1])
		}
		if b[0] == optionTimestamps && n == timestampsLen {
			return binary.BigEndian.Uint32(b[2:]), binary.BigEndian.Uint32(b[6:]), true
		}
		b = b[n:]
	}
	return 0, 0, false
}

// stamps measures the round-trip time of a direction by its sender's own clock:
// from the TSval that an acknowledgement of new data echoes (RFC 7323 section
// 4.1) to the TSval of the sender's first segment that in turn echoes the
// acknowledgement's.
type stamps struct {
	waits   bool   // an acknowledgement is on its way to the sender
	sent    uint32 // TSval that it echoes
	echo    uint32 // its own TSval
	echoAt  uint32 // when it was seen, microseconds
	first   uint32 // first TSval of the direction
	firstAt uint32 // when that was seen, microseconds
}

// stampPair holds the stamps of both directions. Only tables that measure by
// the sender's clock have any, so they are not part of a session.
type stampPair [2]stamps

// marksOf returns the stamps of a connection, nil if there is no room for them.
func (t *Table) marksOf(c *TCP) *stampPair {
	if c.marks == 0 {
		if c.marks = t.marks.take(); c.marks == 0 {
			return nil
		}
		*t.marks.at(c.marks) = stampPair{}
	}
	return t.marks.at(c.marks)
}

// answerWithin is how long, in microseconds, the sender may take to answer an
// acknowledgement: the longest delay of one (RFC 9293 section 3.8.6.3). Later,
// it was idle, and the time tells nothing.
const answerWithin = 500e3

// measureSender measures by timestamps.
func (t *Table) measureSender(c *TCP, p *dpi.Packet, g *segment, value, echo uint32) {
	d, at := p.Dir&1, micros(p.Time)
	marks := t.marksOf(c)
	if marks == nil {
		return
	}
	own, other := &marks[d], &marks[d^1]
	if own.first == 0 {
		own.first, own.firstAt = value, at
	}
	if g.flags&flagACK == 0 {
		return
	}
	if own.waits && int32(echo-own.echo) >= 0 {
		own.waits = false
		if at-own.echoAt <= answerWithin {
			rtt := own.micros(value-own.sent, value, at)
			c.stats[d].add(rtt, 1)
			p.TCP.RTT = int64(rtt) * 1000
		}
	}
	if g.news && !(other.waits && at-other.echoAt <= answerWithin) {
		other.waits, other.sent, other.echo, other.echoAt = true, echo, value, at
	}
}

// ticks are the usual steps of timestamp clocks, microseconds.
var ticks = [...]uint32{1, 1000, 4000, 10000, 100000, 500000}

// micros turns a difference of TSvals into microseconds. The length of a step is
// the usual one that is nearest to what the connection has shown so far, 1 ms
// (the shortest that RFC 7323 section 5.4 allows) while it has shown too little.
func (m *stamps) micros(diff, value, at uint32) uint32 {
	const enough = 10 // steps
	steps, passed := value-m.first, at-m.firstAt
	best := uint32(1000)
	if steps >= enough && int32(passed) > 0 {
		step := float64(passed) / float64(steps)
		for _, tick := range ticks {
			if apart(float64(tick), step) < apart(float64(best), step) {
				best = tick
			}
		}
	}
	return diff * best
}

// apart returns the ratio of two positive numbers, at least 1.
func apart(a, b float64) float64 { return max(a/b, b/a) }
