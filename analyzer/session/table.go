package session

import (
	"math/rand/v2"
	"slices"
	"unsafe"

	"mmt/analyzer/dpi"
)

// chunkSize is how many sessions the table grows by.
const chunkSize = 1 << 15

// Table holds the sessions of one thread. It implements dpi.SessionTable and
// dpi.Defragmenter. It must not be used by two threads at a time.
type Table struct {
	config    Config
	chunks    [][]Session
	free      []uint32
	used      uint32 // slots ever used
	count     int
	nextID    uint64
	index     index
	seed      uint64
	wheel     wheel
	clock     clock
	shortest  int64 // shortest timeout, ns
	tick      uint32
	touched   []uint32 // slots active in this period, some perhaps twice
	stats     Stats
	streams   streams
	rtts      rttPool
	marks     slab[stampPair]
	warmth    uint64 // keeps load from being optimised away
	fragments fragments
}

// Stats counts what happened to sessions.
type Stats struct {
	Created uint64
	Expired uint64 // ended by a timeout
	Closed  uint64 // replaced by a new TCP connection of the same ends
	Evicted uint64 // ended because the table was full
	Active  uint64 // now in the table
	Limit   uint64 // in the table at most

	Streams   StreamStats
	Fragments FragmentStats
}

// Add adds the counters of another table.
func (s *Stats) Add(o *Stats) {
	s.Created += o.Created
	s.Expired += o.Expired
	s.Closed += o.Closed
	s.Evicted += o.Evicted
	s.Active += o.Active
	s.Limit += o.Limit
	s.Streams.add(&o.Streams)
	s.Fragments.add(&o.Fragments)
}

// NewTable returns an empty table.
func NewTable(config Config) *Table {
	config.fill()
	t := &Table{config: config, index: newIndex(config.Max), seed: rand.Uint64(), tick: 1}
	t.shortest = 1e9 * slices.Min(config.Timeouts[:])
	t.streams.init(config)
	t.rtts.limit = uint32(min(config.Max/4+1, 1<<16))
	t.marks.limit = uint32(min(config.Max, 1<<31))
	t.fragments.init(config, t.seed)
	return t
}

// Stats returns the counters of the table.
func (t *Table) Stats() Stats {
	s := t.stats
	s.Active, s.Limit = uint64(t.count), uint64(t.config.Max)
	s.Streams, s.Fragments = t.streams.stats, t.fragments.stats
	s.Streams.Memory = t.streams.blocks.memory()
	s.Fragments.Memory = t.fragments.blocks.memory()
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
// its direction, its stream, and what its TCP connection tells. Fragments count
// for the session of their datagram where its ports are known. The result is
// nil for a fragment that waits for the first of its datagram.
func (t *Table) Lookup(p *dpi.Packet) *dpi.Flow {
	tuple := p.Tuple()
	now := t.clock.now
	if tuple.Part && !t.fragments.resolve(p, tuple, now) {
		return nil
	}
	var g segment
	g.read(p, tuple)
	hash := hashTuple(tuple, t.seed)
	s, dir := t.find(tuple, hash)
	var left marks
	if s != nil && s.marks&away != 0 {
		t.returned(s, &g)
	}
	if s != nil && t.isOver(s, &g, now) {
		left = s.marks & away
		t.end(s)
		s, dir = nil, dpi.Up
	}
	if s == nil {
		s = t.create(tuple, hash, p)
		t.inherit(s, left)
	}
	p.Dir = dir
	t.account(s, p, &g, now)
	return &s.Flow
}

// isOver tells whether a packet that comes now is not part of session s, though
// its ends are the same: because the session was idle for too long, or because
// the packet opens a new connection.
func (t *Table) isOver(s *Session, g *segment, now int64) bool {
	idle := now - s.seen
	if idle >= t.shortest && s.marks&away == 0 && idle >= t.timeout(s) {
		t.stats.Expired++
		return true
	}
	if idle >= longestRTT {
		t.rtts.drop(&s.TCP.rtts[0])
		t.rtts.drop(&s.TCP.rtts[1])
	}
	if g.flags&(flagSYN|flagACK) == flagSYN && s.TCP.isReplaced(idle >= 1e9*t.config.Timeouts[ShortTimeout]) {
		t.stats.Closed++
		return true
	}
	return false
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
	*s = Session{hash: hash, live: true, seen: t.clock.now}
	s.ID, s.Slot = t.number(p), slot
	s.SetTuple(tuple)
	s.FirstTime, s.LastTime = p.Time, p.Time
	s.MAC = macs(p)
	if isICMP(s.L4) && !tuple.Fragment {
		s.noteMessage(p)
	}
	t.index.insert(hash, slot)
	t.count++
	t.stats.Created++
	t.wheel.add(t, s, (s.seen+t.shortest)/1e9+1)
	if t.config.Opened != nil {
		t.config.Opened(s)
	}
	return s
}

// number returns the number of a new session.
func (t *Table) number(p *dpi.Packet) uint64 {
	if t.config.Shared {
		return p.Index // no packet opens two sessions
	}
	t.nextID++
	return t.nextID
}

// takeSlot returns a free slot.
func (t *Table) takeSlot() uint32 {
	if n := len(t.free); n > 0 {
		slot := t.free[n-1]
		t.free = t.free[:n-1]
		return slot
	}
	if int(t.used) == len(t.chunks)*chunkSize {
		chunk := make([]Session, min(chunkSize, t.config.Max-int(t.used)))
		adviseHugePages(chunk)
		t.chunks = append(t.chunks, chunk)
	}
	t.used++
	return t.used
}

// account adds a packet to its session.
func (t *Table) account(s *Session, p *dpi.Packet, g *segment, now int64) {
	d := p.Dir & 1
	s.seen = now
	s.LastTime = max(s.LastTime, p.Time)
	s.Packets[d]++
	s.Period.Packets[d]++
	s.Bytes[d] += uint64(p.Len)
	s.Period.Bytes[d] += uint64(p.Len)
	s.Data[d] += g.length
	s.Period.Data[d] += g.length
	t.touch(s)
	if g.tcp != nil {
		t.trackTCP(s, p, g)
		return
	}
	p.Stream = g.payload
}

// end removes a session.
func (t *Table) end(s *Session) {
	if t.config.Ended != nil {
		t.config.Ended(s)
	}
	t.wheel.remove(t, s)
	t.index.remove(s.hash, s.Slot)
	t.forget(s)
	s.live = false
	t.count--
	t.free = append(t.free, s.Slot)
}

// See moves the clock to the time of a packet. It is called for every packet of
// the stream, before Lookup for those that may have a session here.
func (t *Table) See(now int64) { t.clock.advance(now) }

// Advance moves the clock to the time of a packet, in ns, and ends the
// sessions whose time is over.
func (t *Table) Advance(now int64) {
	now = t.clock.advance(now)
	t.wheel.advance(t, now/1e9)
	t.fragments.expire(now)
}

// isAttempt tells whether the session is one of TCP that nobody has answered: it
// lives as any other, so that attempts that are repeated after longer and longer
// pauses are one session.
func (s *Session) isAttempt() bool {
	return s.L4 == protoTCP && s.TCP.isHalfOpen() && s.Data[0]+s.Data[1] == 0
}

// timeout returns after how many idle ns a session ends.
func (t *Table) timeout(s *Session) int64 {
	kind := DefaultTimeout
	switch {
	case s.L4 == protoTCP && s.TCP.isOver():
		kind = ShortTimeout
	case s.isAttempt():
	case t.config.Kind != nil:
		kind = t.config.Kind(&s.Flow)
	}
	return 1e9 * t.config.Timeouts[kind]
}

// SetTimeouts sets after how many idle seconds sessions end, by Timeout; 0 stands for
// the manual's defaults. It holds for all sessions at once.
func (t *Table) SetTimeouts(seconds [4]int64) {
	before := t.config.Timeouts
	t.config.Timeouts = seconds
	t.config.fill()
	if t.config.Timeouts == before {
		return
	}
	t.shortest = 1e9 * slices.Min(t.config.Timeouts[:])
	t.wheel.again(t)
}

// lookAhead is how many sessions Period loads before their turn. Most have left
// the processor's caches since their last packet; this way they come back while
// others are reported.
const lookAhead = 4

// load reads one word of each cache line of the session.
func (s *Session) load() (sum uint64) {
	for _, line := range (*[unsafe.Sizeof(*s) / cacheLine][cacheLine / 8]uint64)(unsafe.Pointer(s)) {
		sum += line[0]
	}
	return sum
}

// cacheLine is the size of a cache line, bytes.
const cacheLine = 64

// Period calls yield for every session that was active since the last call,
// in the order in which they became active, and starts a new period.
func (t *Table) Period(yield func(s *Session)) {
	for i, slot := range t.touched {
		if i+lookAhead < len(t.touched) {
			t.warmth += t.at(t.touched[i+lookAhead]).load()
		}
		s := t.at(slot)
		if s.live && s.tick == t.tick && s.Period.Packets[0]+s.Period.Packets[1] > 0 {
			yield(s)
			s.EndPeriod()
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
