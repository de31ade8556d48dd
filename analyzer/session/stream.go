package session

import "mmt/analyzer/dpi"

// patience is how long, ns, a hole in a stream may wait to be filled: longer
// than senders wait before they retransmit twice (RFC 6298: 1 s, then 2 s).
const patience = int64(4e9)

// streams is the memory of TCP segments that came before earlier ones. Overlaps
// never change what was seen first.
type streams struct {
	blocks blocks
	chains slab[chain]
	window int    // bytes that may wait in one direction of a session
	buffer []byte // what is delivered now
	stats  StreamStats
}

// StreamStats counts what reassembly did.
type StreamStats struct {
	Held      uint64 // segments that waited for earlier ones
	Gaps      uint64 // holes that were given up
	LostBytes uint64 // bytes of those holes
	Dropped   uint64 // bytes that waited in vain, or for which there was no memory
	Memory    uint64 // bytes of memory that wait now
}

func (s *StreamStats) add(o *StreamStats) {
	s.Held += o.Held
	s.Gaps += o.Gaps
	s.LostBytes += o.LostBytes
	s.Dropped += o.Dropped
	s.Memory += o.Memory
}

func (m *streams) init(config Config) {
	m.blocks = newBlocks(config.StreamMemory)
	m.chains.limit = m.blocks.limit
	m.window = config.StreamWindow
}

// drop frees a chain and counts what it held as dropped.
func (m *streams) drop(wait *uint32) {
	if *wait == 0 {
		return
	}
	x := m.chains.at(*wait)
	m.stats.Dropped += uint64(x.bytes)
	m.blocks.clear(x)
	m.release(wait)
}

// release gives an empty chain back.
func (m *streams) release(wait *uint32) {
	m.chains.put(*wait)
	*wait = 0
}

// deliver sets what a segment that ends at end adds to its stream.
func (t *Table) deliver(s *Session, p *dpi.Packet, g *segment, end uint32) {
	c, d := &s.TCP, p.Dir&1
	ahead := int32(g.seq-c.next[d]) > 0
	switch {
	case g.length == 0:
		t.resume(s, p)
	case c.wait[d] != 0, ahead && (s.Classifying() || t.config.Reassembly):
		t.hold(s, p, g, end)
	case ahead:
		t.giveUp(c, p, g.seq)
		c.deliverNew(p, g, end)
	case int32(end-c.next[d]) > 0:
		c.deliverNew(p, g, end)
	}
}

// deliverNew delivers the part of a segment that is new: it begins at or before
// what comes next, and ends beyond.
func (c *TCP) deliverNew(p *dpi.Packet, g *segment, end uint32) {
	d := p.Dir & 1
	skip := int(c.next[d] - g.seq)
	p.Stream = g.payload[min(skip, len(g.payload)):]
	c.noteCut(p)
	if len(g.payload) < int(g.length) {
		c.state |= hasCut << d
	}
	c.next[d] = end
}

// noteCut tells of bytes before Stream that the capture cut off the packet
// before.
func (c *TCP) noteCut(p *dpi.Packet) {
	if flag := hasCut << (p.Dir & 1); c.state&flag != 0 {
		c.state &^= flag
		p.Gap, p.Lost = true, 0
	}
}

// hold lets a segment wait for what is missing before it, and delivers what no
// longer has to wait. Where there is no room, what waits goes on without what is
// missing.
func (t *Table) hold(s *Session, p *dpi.Packet, g *segment, end uint32) {
	c, d, m := &s.TCP, p.Dir&1, &t.streams
	ahead := int32(g.seq-c.next[d]) > 0
	if ahead {
		m.stats.Held++
	}
	switch {
	case m.keep(&c.wait[d], g, c.next[d], p.Time):
		t.resume(s, p)
	case c.wait[d] != 0:
		t.skip(s, p)
		if !m.keep(&c.wait[d], g, c.next[d], p.Time) {
			m.stats.Dropped += g.length
		} else if t.isNext(c, d) {
			t.flush(s, p)
		}
	case int32(end-c.next[d]) > 0:
		if ahead {
			t.giveUp(c, p, g.seq)
		}
		c.deliverNew(p, g, end)
	}
}

// keep stores the part of a segment from position next on in a chain, which it
// makes if there is none; false if there is no room.
func (m *streams) keep(wait *uint32, g *segment, next uint32, now int64) bool {
	seq, data := g.seq, g.payload
	if skip := int32(next - seq); skip > 0 {
		n := min(int(skip), len(data))
		seq, data = seq+uint32(n), data[n:]
	}
	if *wait == 0 {
		if *wait = m.chains.take(); *wait == 0 {
			return false
		}
		*m.chains.at(*wait) = chain{since: now}
	}
	x := m.chains.at(*wait)
	ok := x.blocks*blockSize+len(data) <= m.window
	if ok {
		_, ok = m.blocks.insert(x, seq, data)
	}
	if x.head == 0 {
		m.release(wait)
	}
	return ok
}

// isNext tells whether what waits in direction d is what comes next.
func (t *Table) isNext(c *TCP, d dpi.Direction) bool {
	return c.wait[d] != 0 && int32(t.streams.first(c.wait[d])-c.next[d]) <= 0
}

// first returns the position of the first byte of a chain.
func (m *streams) first(wait uint32) uint32 { return m.blocks.at(m.chains.at(wait).head).seq }

// resume delivers what waits in the packet's direction if what was missing has
// come, or will not come: the receiver has it, or it was waited for too long.
func (t *Table) resume(s *Session, p *dpi.Packet) {
	c, d, m := &s.TCP, p.Dir&1, &t.streams
	switch {
	case c.wait[d] == 0:
	case t.isNext(c, d):
		m.buffer = m.buffer[:0]
		t.flush(s, p)
	case c.state&closed != 0, p.Time-m.chains.at(c.wait[d]).since > patience,
		c.state&(hasAck<<d) != 0 && int32(c.acked[d]-m.first(c.wait[d])) >= 0:
		t.skip(s, p)
	}
}

// giveUp goes on at position seq of the packet's direction without what is
// missing before it.
func (t *Table) giveUp(c *TCP, p *dpi.Packet, seq uint32) {
	d, m := p.Dir&1, &t.streams
	m.stats.Gaps++
	lost := seq - c.next[d]
	m.stats.LostBytes += uint64(lost)
	c.next[d] = seq
	p.Gap, p.Lost = true, lost
}

// skip gives up the hole before what waits in the packet's direction, and
// delivers what follows it.
func (t *Table) skip(s *Session, p *dpi.Packet) {
	c, d, m := &s.TCP, p.Dir&1, &t.streams
	if !t.isNext(c, d) {
		t.giveUp(c, p, m.first(c.wait[d]))
	}
	m.buffer = m.buffer[:0]
	t.flush(s, p)
}

// flush adds what waits in the packet's direction, up to the next hole, to what
// is delivered.
func (t *Table) flush(s *Session, p *dpi.Packet) {
	c, d, m := &s.TCP, p.Dir&1, &t.streams
	x := m.chains.at(c.wait[d])
	before := len(m.buffer)
	m.buffer = m.blocks.drain(x, c.next[d], m.buffer)
	c.next[d] += uint32(len(m.buffer) - before)
	p.Stream = m.buffer
	c.noteCut(p)
	x.since = p.Time
	if x.head == 0 {
		m.release(&c.wait[d])
	}
}
