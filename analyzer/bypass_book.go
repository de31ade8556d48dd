package analyzer

import (
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/session"
)

// bypass is a worker's part in a Bypass: which of its sessions are counted
// elsewhere, and what of that they have been given. The nil bypass does nothing.
// Places are asked for and given back between two bursts.
type bypass struct {
	w       *Worker
	shared  *Bypass
	limit   int  // sessions that may be away at a time
	own     int  // packet handlers that are the worker's own
	watched bool // somebody besides reports looks at packets

	pending []leaving
	entries []passing
	free    []uint32 // places in entries
	of      []uint32 // entry by slot of the session, plus one
	recalls []uint32 // entries to be removed
	inbox   inbox

	count dpi.Elsewhere // used again for each count
}

// leaving is a session that will be bypassed after the burst.
type leaving struct {
	session *session.Session
	id      uint64
	head    head
}

// passing is a session that is away. One whose slot is 0 is not in use.
type passing struct {
	slot     uint32
	place    uint32
	swapped  bool // end A is the session's server
	recalled bool
	removed  bool
	flow     BypassFlow
	head     head
	readAt   int64 // packet time when it was last read, ns
	given    [2]BypassTraffic
}

// BypassTotals counts what a worker has bypassed.
type BypassTotals struct {
	Bypassed, BypassedBytes uint64 // packets of sessions that did not come to the worker
	BypassedFlows           uint64 // now
	BypassRefused           uint64 // times that there was no place for a session
}

func (t *BypassTotals) add(o *BypassTotals) {
	t.Bypassed += o.Bypassed
	t.BypassedBytes += o.BypassedBytes
	t.BypassedFlows += o.BypassedFlows
	t.BypassRefused += o.BypassRefused
}

// newBypassOf returns the part of a worker in the Bypass of its options.
func newBypassOf(w *Worker) *bypass {
	sessions := w.options.Table.Max
	if sessions <= 0 {
		sessions = session.DefaultMax
	}
	return &bypass{w: w, shared: w.options.Bypass, limit: sessions / 2}
}

// attach makes the bypass see packets, after all other packet handlers of the
// worker have been added.
func (b *bypass) attach() error {
	if b == nil {
		return nil
	}
	err := b.w.handler.AddPacketHandler(bypassHandler, b.see)
	b.own = b.w.handler.PacketHandlers()
	b.look()
	return err
}

// look finds out whether somebody besides reports looks at packets.
func (b *bypass) look() {
	h := b.w.handler
	b.watched = h.PacketHandlers() > b.own ||
		b.shared.needed == nil && (b.w.security != nil || h.Attributes() > 0)
}

// endBurst adds and removes flows as the burst has asked for, and takes what has
// come back.
func (b *bypass) endBurst() {
	if b == nil {
		return
	}
	b.takeBack()
	for i := range b.pending {
		b.leave(&b.pending[i])
	}
	b.pending = b.pending[:0]
	b.remove()
}

// leave bypasses a session, unless it has changed since.
func (b *bypass) leave(l *leaving) {
	s := l.session
	if s.ID != l.id || s.IsAway() || !s.IsSteady() {
		return
	}
	if len(b.entries)-len(b.free) >= b.limit {
		b.w.totals.BypassRefused++
		return
	}
	flow := flowOf(s)
	place, err := b.shared.flows.Add(flow)
	if err != nil {
		b.w.totals.BypassRefused++
		return
	}
	n := b.entry()
	b.entries[n] = passing{slot: s.Slot, place: place, flow: flow, head: l.head, readAt: b.w.table.Now()}
	b.shared.owners[place] = owner{b, n}
	b.link(s.Slot, n)
	b.w.table.Leave(s)
	b.w.totals.BypassedFlows++
}

// entry returns a free place in entries.
func (b *bypass) entry() uint32 {
	if n := len(b.free); n > 0 {
		e := b.free[n-1]
		b.free = b.free[:n-1]
		return e
	}
	b.entries = append(b.entries, passing{})
	return uint32(len(b.entries) - 1)
}

// link notes the entry of a slot.
func (b *bypass) link(slot, entry uint32) {
	for int(slot) >= len(b.of) {
		b.of = append(b.of, 0)
	}
	b.of[slot] = entry + 1
}

// entryOf returns the entry of a session that is away.
func (b *bypass) entryOf(s *session.Session) (*passing, uint32) {
	n := b.of[s.Slot] - 1
	return &b.entries[n], n
}

// remove makes the packets of sessions that were recalled come here again.
func (b *bypass) remove() {
	if len(b.recalls) == 0 {
		return
	}
	left := b.recalls[:0]
	for _, n := range b.recalls {
		e := &b.entries[n]
		b.read(e)
		if err := b.shared.flows.Remove(e.place); err != nil {
			b.shared.note(err)
			left = append(left, n) // after the next burst
			continue
		}
		e.removed = true
	}
	b.recalls = left
	b.shared.nudge()
}

// takeBack takes what was counted to the end, after which the session is only
// here.
func (b *bypass) takeBack() {
	for _, x := range b.inbox.take() {
		e := &b.entries[x.entry]
		b.give(e, &x.counted)
		b.finish(x.entry)
	}
}

// finish ends an entry.
func (b *bypass) finish(n uint32) {
	e := &b.entries[n]
	b.w.table.Return(b.w.table.At(e.slot))
	b.of[e.slot] = 0
	*e = passing{}
	b.free = append(b.free, n)
	b.w.totals.BypassedFlows--
}

// give adds to a session what was counted of it and not given to it before.
func (b *bypass) give(e *passing, counted *[2]BypassTraffic) {
	s := b.w.table.At(e.slot)
	for end := range counted {
		c, g := &counted[end], &e.given[end]
		t := session.Traffic{
			Packets: c.Packets - g.Packets, Bytes: c.Bytes - g.Bytes, Data: c.Data - g.Data,
			Last: max(c.Last, e.readAt),
		}
		*g = *c
		if t.Packets|t.Bytes|t.Data == 0 {
			continue
		}
		d := dpi.Direction(end)
		if e.swapped {
			d ^= 1
		}
		b.w.table.Count(s, d, t)
		b.tell(s, d, &t, e)
	}
	e.readAt = b.w.table.Now()
}

// tell adds what was counted to all totals besides those of the session.
func (b *bypass) tell(s *session.Session, d dpi.Direction, t *session.Traffic, e *passing) {
	w, n := b.w, &b.count
	*n = dpi.Elsewhere{Packets: t.Packets, Bytes: t.Bytes, Data: t.Data, Last: t.Last, Offsets: e.head.off[:e.head.n]}
	w.handler.CountElsewhere(&s.Flow, d, n)
	w.totals.Bypassed += t.Packets
	w.totals.BypassedBytes += t.Bytes
	if w.options.Fragmentation != 0 {
		w.frags.addFlow(s.PathOf(d), t.Packets, t.Bytes)
	}
}

// Refresh implements session.Elsewhere. What was counted of a flow that was
// removed comes with the end of its entry; its place may be another's by now.
func (b *bypass) Refresh(s *session.Session) {
	if e, _ := b.entryOf(s); !e.removed {
		b.read(e)
	}
}

func (b *bypass) read(e *passing) {
	counted := b.shared.flows.Read(e.place)
	b.give(e, &counted)
}

// Recall implements session.Elsewhere.
func (b *bypass) Recall(s *session.Session) {
	if e, n := b.entryOf(s); !e.recalled {
		e.recalled = true
		b.recalls = append(b.recalls, n)
	}
}

// Inherit implements session.Elsewhere. The session has the slot of the one that
// ended.
func (b *bypass) Inherit(s *session.Session) {
	e, _ := b.entryOf(s)
	e.swapped = e.flow.A != endOf(s, 0)
}

// refresh gives all sessions that are away what was counted of them.
func (b *bypass) refresh() {
	if b == nil {
		return
	}
	b.look()
	for i := range b.entries {
		if e := &b.entries[i]; e.slot != 0 {
			s := b.w.table.At(e.slot)
			b.Refresh(s)
			if b.watched {
				b.Recall(s)
			}
		}
	}
}

// RecallBypassed brings back the bypassed sessions that somebody needs now,
// because there are other rules. For the worker's thread.
func (w *Worker) RecallBypassed() {
	b := w.bypass
	if b == nil || b.shared.needed == nil {
		return
	}
	for i := range b.entries {
		if e := &b.entries[i]; e.slot != 0 {
			if s := w.table.At(e.slot); b.shared.needed(&s.Flow) {
				b.Recall(s)
			}
		}
	}
	b.remove()
}

// How often, and how long in between, the end of a run waits for flows.
const (
	lastTries = 50
	lastPause = 2 * time.Millisecond
)

// close brings all sessions back, and waits for them.
func (b *bypass) close() {
	if b == nil {
		return
	}
	b.endBurst()
	for i := range b.entries {
		if e := &b.entries[i]; e.slot != 0 {
			b.Recall(b.w.table.At(e.slot))
		}
	}
	for try := 0; try < lastTries && b.w.totals.BypassedFlows > 0; try++ {
		if try > 0 {
			time.Sleep(lastPause)
		}
		b.remove()
		b.shared.collect()
		b.takeBack()
	}
	b.abandon()
}

// abandon gives sessions that do not come back what was counted by now.
func (b *bypass) abandon() {
	for i := range b.entries {
		if e := &b.entries[i]; e.slot != 0 {
			b.read(e)
			b.finish(uint32(i))
		}
	}
}
