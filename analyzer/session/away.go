package session

import "mmt/analyzer/dpi"

// Elsewhere counts the packets of sessions that have left the table: nobody
// needs to look at them any more, and they are counted before they come here.
// Its methods are called on the table's thread, and may call Count.
type Elsewhere interface {
	// Refresh adds to s what was counted since it was last added (Table.Count).
	Refresh(s *Session)
	// Recall makes packets of s come here again; Table.Return follows some time
	// later. It may be called several times.
	Recall(s *Session)
	// Inherit tells that s is a new session that took the place of one with the
	// same ends whose packets were, and are still, counted elsewhere.
	Inherit(s *Session)
}

// Traffic is what was counted of one direction of a session.
type Traffic struct {
	Packets uint64
	Bytes   uint64 // on the wire, link layer included
	Data    uint64 // payload of the transport
	Last    int64  // time of the latest packet, ns
}

// At returns the session of a slot in use.
func (t *Table) At(slot uint32) *Session { return t.at(slot) }

// Now returns the latest packet time that the table's timers have been told, ns.
func (t *Table) Now() int64 { return t.clock.now - t.clock.offset }

// IsAway tells whether packets of the session are counted elsewhere.
func (s *Session) IsAway() bool { return s.marks&away != 0 }

// IsSteady tells whether the session is in the middle of its life: data may flow
// both ways of a TCP connection, and of other sessions nothing is known that says
// otherwise.
func (s *Session) IsSteady() bool {
	if s.L4 != protoTCP || !s.live {
		return s.live
	}
	return !s.TCP.isOver() && !s.TCP.isHalfOpen() && s.Packets[dpi.Up] > 0 && s.Packets[dpi.Down] > 0
}

// Leave says that packets of s are counted elsewhere from now on. At most half of
// the sessions may leave: one that is away cannot make room for another. What is
// measured by sequence numbers ends here, until Return.
func (t *Table) Leave(s *Session) {
	s.marks |= away
	t.lose(s)
}

// Return says that packets of s are counted here only. What was counted elsewhere
// must have been added.
func (t *Table) Return(s *Session) {
	s.marks &^= away
	t.lose(s)
}

// Count adds to a session what was counted elsewhere, as if the packets had come
// here. Time that is ahead of the table's clock does not move the timers.
func (t *Table) Count(s *Session, d dpi.Direction, n Traffic) {
	d &= 1
	s.Packets[d] += n.Packets
	s.Period.Packets[d] += uint32(n.Packets)
	s.Bytes[d] += n.Bytes
	s.Period.Bytes[d] += n.Bytes
	s.Data[d] += n.Data
	s.Period.Data[d] += n.Data
	s.LastTime = max(s.LastTime, n.Last)
	s.seen = max(s.seen, min(n.Last+t.clock.offset, t.clock.now))
	t.touch(s)
}

// touch notes that the session was active in this period.
func (t *Table) touch(s *Session) {
	if s.tick != t.tick {
		s.tick = t.tick
		t.touched = append(t.touched, s.Slot)
	}
}

// lose forgets where the streams of the session were: packets that came
// elsewhere lie between what was seen and what will be, and are not lost.
func (t *Table) lose(s *Session) {
	t.forget(s)
	s.TCP.state &^= (hasSeq | hasAck | hasCut) * bothWays
}

// returned is told of a packet that came here although its session is away. One
// that opens or ends a connection brings the session back.
func (t *Table) returned(s *Session, g *segment) {
	t.lose(s)
	if g.flags&(flagSYN|flagFIN|flagRST) != 0 {
		t.config.Elsewhere.Refresh(s)
		t.config.Elsewhere.Recall(s)
	}
}

// inherit hands what the predecessor of s has left elsewhere to s.
func (t *Table) inherit(s *Session, left marks) {
	if left&away != 0 {
		s.marks |= away
		t.config.Elsewhere.Inherit(s)
	}
}

// recall looks at a session that is away and should be over by second now: it
// returns when it will be over by what was counted elsewhere. A session that is
// over all the same has to come back before it ends.
func (t *Table) recall(s *Session, now int64) (due int64) {
	t.config.Elsewhere.Refresh(s)
	if due = t.due(s); due > now {
		return due
	}
	t.config.Elsewhere.Recall(s)
	return now + 1
}

// anyHere returns a session that is not away.
func (t *Table) anyHere() *Session {
	for slot := uint32(1); slot <= t.used; slot++ {
		if s := t.at(slot); s.live && s.marks&away == 0 {
			return s
		}
	}
	return nil
}
