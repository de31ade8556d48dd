package session

import "mmt/analyzer/dpi"

// unanswered is a segment that was not acknowledged yet: where it ends, and when
// it was seen, in microseconds modulo 2^32.
type unanswered struct{ end, at uint32 }

// How many segments of a direction are remembered for their round-trip time:
// few in the session itself, more in a block while there are more.
const (
	fewUnanswered  = 3
	manyUnanswered = 64
)

// rttQueue holds the segments of a direction that were not acknowledged yet, in
// the order of their ends. A segment that ends where an earlier one does takes
// its place. When a block is full, further segments are not measured.
type rttQueue struct {
	n   uint32
	big uint32 // number of the block that holds them, 0: few does
	few [fewUnanswered]unanswered
}

// longestRTT is after how long, ns, segments are forgotten that were not
// acknowledged: times of 32 bits tell no longer.
const longestRTT = int64(1800e9)

type rttBlock [manyUnanswered]unanswered

// rttPool is the memory of queues that are long.
type rttPool struct{ slab[rttBlock] }

// list returns the segments of a queue; its capacity is what room there is.
func (m *rttPool) list(q *rttQueue) []unanswered {
	if q.big != 0 {
		return m.at(q.big)[:q.n]
	}
	return q.few[:q.n]
}

// push adds a segment that ends at end and was seen at time at.
func (m *rttPool) push(q *rttQueue, end, at uint32) {
	list := m.list(q)
	i := len(list)
	for i > 0 && int32(list[i-1].end-end) > 0 {
		i--
	}
	if i > 0 && list[i-1].end == end {
		list[i-1].at = at
		return
	}
	if len(list) == cap(list) {
		if list = m.grow(q); list == nil {
			return
		}
	}
	q.n++
	list = list[:q.n]
	copy(list[i+1:], list[i:])
	list[i] = unanswered{end, at}
}

// grow moves a queue to a block; nil if it has one or there is none to have.
func (m *rttPool) grow(q *rttQueue) []unanswered {
	if q.big != 0 {
		return nil
	}
	i := m.take()
	if i == 0 {
		return nil
	}
	q.big = i
	copy(m.at(i)[:], q.few[:])
	return m.list(q)
}

// ack takes what an acknowledgement covers out of the queue. If a segment ends
// exactly there, weight is how many segments were covered and rtt the time, in
// microseconds, since that one; otherwise weight is 0.
func (m *rttPool) ack(q *rttQueue, ack, at uint32) (rtt, weight uint32) {
	list := m.list(q)
	k := 0
	for k < len(list) && int32(list[k].end-ack) <= 0 {
		k++
	}
	if k == 0 {
		return 0, 0
	}
	last := list[k-1]
	q.n = uint32(copy(list, list[k:]))
	if q.big != 0 && q.n <= fewUnanswered {
		copy(q.few[:], list[:q.n])
		m.put(q.big)
		q.big = 0
	}
	if rtt = at - last.at; last.end != ack || int32(rtt) < 0 {
		return 0, 0
	}
	return rtt, uint32(k)
}

// drop empties a queue.
func (m *rttPool) drop(q *rttQueue) {
	if q.big != 0 {
		m.put(q.big)
	}
	q.n, q.big = 0, 0
}

// rttStats are the round-trip times of a direction in a period, microseconds.
type rttStats struct {
	sum         uint64
	n, min, max uint32
}

func (r *rttStats) add(rtt, weight uint32) {
	if r.n == 0 || rtt < r.min {
		r.min = rtt
	}
	r.max = max(r.max, rtt)
	r.n += weight
	r.sum += uint64(rtt) * uint64(weight)
}

// measure measures round-trip times by the clock that the configuration names.
func (t *Table) measure(c *TCP, p *dpi.Packet, g *segment) {
	if t.config.RTT != Captor {
		if value, echo, ok := timestamps(g.tcp); ok {
			t.measureSender(c, p, g, value, echo)
			return
		}
		if t.config.RTT == Sender {
			return
		}
	}
	d, at := p.Dir&1, micros(p.Time)
	if g.flags&flagACK != 0 {
		if rtt, weight := t.rtts.ack(&c.rtts[d^1], g.ack, at); weight > 0 {
			c.stats[d^1].add(rtt, weight)
			p.TCP.RTT = int64(rtt) * 1000
		}
	}
	if g.flags&flagRST == 0 {
		t.rtts.push(&c.rtts[d], g.seq+uint32(g.length), at)
	}
}
