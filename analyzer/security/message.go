package security

import (
	"encoding/binary"
	"math"
	"sync"
	"time"

	"mmt/analyzer/dpi"
	"mmt/dataplane/ring"
)

// message is a packet's attributes on their way to the shards, or an order to
// them.
type message struct {
	time     int64
	counter  uint64
	flow     uint64
	body     []byte
	programs []*program // from now on, one for each shard; nil: go on
	end      bool       // the flow has ended
}

// A body is, for each attribute: its place in the schema (16 bits), the type of
// its value (16 bits) and the length of its bytes (32 bits), or lengthNumber;
// then the number (64 bits) or the bytes. Little endian.
const (
	attrHeader   = 8
	lengthNumber = math.MaxUint32
)

// reset makes a message of a packet.
func (m *message) reset(time int64, counter, flow uint64) {
	m.time, m.counter, m.flow, m.body, m.programs, m.end = time, counter, flow, m.body[:0], nil, false
}

// add appends an attribute and reports whether it fits into limit bytes.
func (m *message) add(place int, v *dpi.Value, limit int) bool {
	number := v.B == nil && (v.Type.IsNumber() || v.Type == dpi.IP4Addr)
	size := attrHeader + 8
	if !number {
		size = attrHeader + len(v.B)
	}
	if len(m.body)+size > limit {
		return false
	}
	m.body = binary.LittleEndian.AppendUint16(m.body, uint16(place))
	m.body = binary.LittleEndian.AppendUint16(m.body, uint16(v.Type))
	if number {
		m.body = binary.LittleEndian.AppendUint32(m.body, lengthNumber)
		m.body = binary.LittleEndian.AppendUint64(m.body, v.N)
		return true
	}
	m.body = binary.LittleEndian.AppendUint32(m.body, uint32(len(v.B)))
	m.body = append(m.body, v.B...)
	return true
}

// start starts the shards.
func (e *Engine) start() {
	policy := ring.Wait
	if e.options.Lose {
		policy = ring.Lose
	}
	e.ring = ring.NewBroadcast[message](e.options.RingSize, len(e.shards), policy)
	e.wait = ring.NewBackoff()
	e.done.Add(len(e.shards))
	for i, s := range e.shards {
		go func() {
			defer e.done.Done()
			s.serve(e.ring.Reader(i), i, &e.stats[i])
		}()
	}
}

// next returns the message to fill in, nil if the ring is full and messages may
// be lost.
func (e *Engine) next() *message {
	for {
		m, ok := e.ring.Next()
		if ok {
			e.wait.Reset()
			return m
		}
		if e.options.Lose {
			return nil
		}
		e.wait.Wait()
	}
}

// sure is next for what must not be lost.
func (e *Engine) sure() *message {
	for {
		if m := e.next(); m != nil {
			return m
		}
		e.again.Add(1)
		e.wait.Wait()
	}
}

// sendPacket sends a packet of the tap to the shards.
func (e *Engine) sendPacket(t *tap, flow uint64) {
	m := e.next()
	if m == nil {
		return
	}
	m.reset(t.p.Time, t.p.Index, flow)
	v := &t.value
	for i := range e.schema.Attributes {
		if t.fetch(int32(i), v) && !m.add(i, v, e.options.MaxMessage) {
			e.cut.Add(1)
		}
	}
}

func (e *Engine) sendPrograms(programs []*program) {
	m := e.sure()
	m.reset(0, 0, 0)
	m.programs = programs
	e.ring.Publish()
}

func (e *Engine) sendEnd(flow uint64) {
	m := e.sure()
	m.reset(0, 0, flow)
	m.end = true
}

// Flush hands what has been sent since the last Flush to the shards; call it
// after each burst.
func (e *Engine) Flush() {
	if e.options.Threads > 0 {
		e.ring.Publish()
	}
}

// Close waits until everything has been verified and ends the shards.
func (e *Engine) Close() {
	if e.options.Threads == 0 || e.ring == nil {
		return
	}
	e.ring.Publish()
	e.ring.Close()
	e.done.Wait()
}

// shared is a shard's counters for other threads.
type shared struct {
	mu    sync.Mutex
	stats Stats
}

func (s *shared) store(st *Stats) {
	s.mu.Lock()
	s.stats = *st
	s.mu.Unlock()
}

func (s *shared) load() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// statsEvery is how many packets pass between two times that a shard shows its
// counters.
const statsEvery = 1 << 14

// serve verifies what comes through the ring, until it is closed and empty.
func (s *shard) serve(in *ring.Reader[message], number int, stats *shared) {
	wait := ring.NewBackoff()
	wait.MaxSleep = time.Millisecond
	c := &carrier{shard: s}
	s.cells.source = c
	for !in.Drained() {
		list := in.Peek()
		if len(list) == 0 {
			stats.store(&s.stats)
			wait.Wait()
			continue
		}
		wait.Reset()
		for i := range list {
			c.receive(&list[i], number)
		}
		in.Release(len(list))
		if s.stats.Packets%statsEvery < uint64(len(list)) {
			stats.store(&s.stats)
		}
	}
	stats.store(&s.stats)
}

// carrier gives a shard the attributes of messages.
type carrier struct {
	shard   *shard
	present []int32
}

// receive verifies the rules on a message.
func (c *carrier) receive(m *message, number int) {
	switch {
	case m.programs != nil:
		c.shard.use(m.programs[number])
		c.shard.applied.Add(1)
	case m.end:
		delete(c.shard.ignored, m.flow)
	default:
		c.unpack(m.body)
		c.shard.process(m.time, m.counter, m.flow, c.present)
	}
}

// unpack puts the attributes of a body into the shard's cells.
func (c *carrier) unpack(body []byte) {
	s := c.shard
	p := s.program
	c.present = c.present[:0]
	for len(body) >= attrHeader {
		place := int(binary.LittleEndian.Uint16(body))
		t := dpi.DataType(binary.LittleEndian.Uint16(body[2:]))
		n := binary.LittleEndian.Uint32(body[4:])
		body = body[attrHeader:]
		v := dpi.Value{Type: t}
		if n == lengthNumber {
			v.N = binary.LittleEndian.Uint64(body)
			body = body[8:]
		} else {
			v.B = body[:n:n]
			body = body[n:]
		}
		if place < len(p.cellOf) && p.cellOf[place] >= 0 {
			s.cells.set(p.cellOf[place], &v)
			c.touch(p.groupOf[p.cellOf[place]])
		}
	}
}

// touch notes that the packet has attributes of a group.
func (c *carrier) touch(g int32) {
	if g < 0 {
		return
	}
	for _, x := range c.present {
		if x == g {
			return
		}
	}
	c.present = append(c.present, g)
}

// fetch implements fetcher: what a message does not carry is not there.
func (c *carrier) fetch(int32, *dpi.Value) bool { return false }
