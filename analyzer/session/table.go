package session

import (
	"math/rand/v2"

	"mmt/analyzer/dpi"
)

// chunkSize is how many sessions the table grows by.
const chunkSize = 1024

// Table holds the sessions of one thread. It implements dpi.SessionTable.
type Table struct {
	config  Config
	chunks  []*[chunkSize]Session
	free    []uint32
	used    uint32 // slots ever used
	count   int
	nextID  uint64
	index   index
	seed    uint64
	wheel   wheel
	tick    uint32
	touched []uint32 // slots active in this period, some perhaps twice
	now     int64    // latest packet time, ns
	stats   Stats
	streams streams
}

// Stats counts what happened to sessions.
type Stats struct {
	Created uint64
	Expired uint64 // ended by a timeout
	Closed  uint64 // ended by TCP close, or replaced after it
	Evicted uint64 // ended because the table was full
	Active  uint64 // now in the table

}

// NewTable returns an empty table.
func NewTable(config Config) *Table {
	if config.Max <= 0 {
		config.Max = DefaultMax
	}
	for i, d := range defaultTimeouts {
		if config.Timeouts[i] <= 0 {
			config.Timeouts[i] = d
		}
	}
	t := &Table{config: config, index: newIndex(config.Max), seed: rand.Uint64(), tick: 1}
	return t
}

// Stats returns the counters of the table.
func (t *Table) Stats() Stats {
	s := t.stats
	s.Active = uint64(t.count)
	return s
}

// Len returns the number of sessions in the table.
func (t *Table) Len() int { return t.count }

// at returns the session of a slot, counted from 1.
func (t *Table) at(slot uint32) *Session {
	slot--
	return &t.chunks[slot/chunkSize][slot%chunkSize]
}

// Of returns the session that a flow of this table is part of.
func (t *Table) Of(f *dpi.Flow) *Session { return t.at(f.Slot) }

// Lookup finds or makes the session of a packet, counts the packet, and sets
// its direction and stream.
func (t *Table) Lookup(p *dpi.Packet) *dpi.Flow {
	tuple := p.Tuple()
	hash := hashTuple(tuple, t.seed)
	s, dir := t.find(tuple, hash)
	if s != nil && s.TCP.closed && startsTCP(p, tuple) {
		t.stats.Closed++
		t.end(s)
		s = nil
	}
	if s == nil {
		s = t.create(tuple, hash, p)
	}
	p.Dir = dir
	t.account(s, p, tuple)
	return &s.Flow
}

// find returns the session of a tuple and the direction of the packet in it.
func (t *Table) find(tuple *dpi.Tuple, hash uint32) (*Session, dpi.Direction) {
	x := &t.index
	for i := hash & x.mask; x.words[i] != 0; i = (i + 1) & x.mask {
		if uint32(x.words[i]>>32) != hash {
			continue
		}
		s := t.at(uint32(x.words[i]))
		if s.L4 != tuple.Proto {
			continue
		}
		if s.Addr[0] == tuple.Src && s.Addr[1] == tuple.Dst && s.Port[0] == tuple.SrcPort && s.Port[1] == tuple.DstPort {
			return s, dpi.Up
		}
		if s.Addr[1] == tuple.Src && s.Addr[0] == tuple.Dst && s.Port[1] == tuple.SrcPort && s.Port[0] == tuple.DstPort {
			return s, dpi.Down
		}
	}
	return nil, dpi.Up
}

// create makes a session for the first packet of a tuple; when the table is
// full, the session that would expire next makes room.
func (t *Table) create(tuple *dpi.Tuple, hash uint32, p *dpi.Packet) *Session {
	if t.count >= t.config.Max {
		t.evict()
	}
	slot := t.takeSlot()
	s := t.at(slot)
	*s = Session{hash: hash, live: true}
	t.nextID++
	s.ID, s.Slot = t.nextID, slot
	s.SetTuple(tuple)
	s.FirstTime, s.LastTime = p.Time, p.Time
	s.MAC = macs(p)
	t.index.insert(hash, slot)
	t.count++
	t.stats.Created++
	t.wheel.add(t, s, p.Time/1e9+min(t.config.Timeouts[ShortTimeout], t.config.Timeouts[DefaultTimeout]))
	return s
}

// takeSlot returns a free slot.
func (t *Table) takeSlot() uint32 {
	if n := len(t.free); n > 0 {
		slot := t.free[n-1]
		t.free = t.free[:n-1]
		return slot
	}
	if int(t.used) == len(t.chunks)*chunkSize {
		t.chunks = append(t.chunks, new([chunkSize]Session))
	}
	t.used++
	return t.used
}

// account adds a packet to its session.
func (t *Table) account(s *Session, p *dpi.Packet, tuple *dpi.Tuple) {
	d := p.Dir
	s.LastTime = max(s.LastTime, p.Time)
	s.Packets[d]++
	s.Period.Packets[d]++
	s.Bytes[d] += uint64(p.Len)
	s.Period.Bytes[d] += uint64(p.Len)
	if s.tick != t.tick {
		s.tick = t.tick
		t.touched = append(t.touched, s.Slot)
	}
	payload, header := transportOf(p, tuple)
	n := uint64(len(payload)) + missing(p, payload)
	s.Data[d] += n
	s.Period.Data[d] += n
	if header != nil {
		t.trackTCP(s, p, header, payload, n)
		return
	}
	p.Stream = payload
}

// end removes a session.
func (t *Table) end(s *Session) {
	if t.config.Ended != nil {
		t.config.Ended(s)
	}
	t.wheel.remove(t, s)
	t.index.remove(s.hash, s.Slot)
	t.streams.drop(s)
	s.live = false
	t.count--
	t.free = append(t.free, s.Slot)
}

// Advance moves the clock to the time of a packet, in ns, and ends the
// sessions whose time is over.
func (t *Table) Advance(now int64) {
	if now <= t.now {
		return
	}
	t.now = now
	t.wheel.advance(t, now/1e9)
}

// timeout returns after how many idle seconds a session ends.
func (t *Table) timeout(s *Session) int64 {
	switch {
	case s.TCP.closed:
		return closedLinger
	case s.L4 == protoTCP && s.Packets[dpi.Down] == 0:
		return t.config.Timeouts[ShortTimeout]
	case t.config.Kind != nil:
		return t.config.Timeouts[t.config.Kind(&s.Flow)]
	}
	return t.config.Timeouts[DefaultTimeout]
}

// Period calls yield for every session that was active since the last call,
// and starts a new period.
func (t *Table) Period(yield func(s *Session)) {
	for _, slot := range t.touched {
		s := t.at(slot)
		if s.live && s.tick == t.tick && s.Period.Packets[0]+s.Period.Packets[1] > 0 {
			yield(s)
			s.Period = Counters{}
		}
	}
	t.touched = t.touched[:0]
	t.tick++
}

// Close ends all sessions in the order of their creation.
func (t *Table) Close() {
	for _, s := range t.byID() {
		t.end(s)
	}
}

// byID returns the live sessions in the order of creation.
func (t *Table) byID() []*Session {
	list := make([]*Session, 0, t.count)
	for slot := uint32(1); slot <= t.used; slot++ {
		if s := t.at(slot); s.live {
			list = append(list, s)
		}
	}
	sortByID(list)
	return list
}
