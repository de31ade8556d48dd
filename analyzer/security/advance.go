package security

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"mmt/analyzer/dpi"
)

// cursor walks the members of a group, the one that came last first.
type cursor struct {
	guard  *guard
	wait   *wait
	state  int32
	group  uint32
	member uint32
}

// walk is an instance on its way to a state, while a step is worked out.
type walk struct {
	run    *run
	state  int32
	spans  spans
	values []byte // what it remembers
	spare  []byte
	past   uint32 // its latest event; the walk holds a reference of its own
	family uint32 // of the instance, 0 for a new one
	begins bool   // it comes to wait for something new, not only for less
	time   int64  // base of the windows that open
	count  int64
	packet bool // the base is the packet at hand, not the end of a window
	last   int  // event of the last step, 0 if a window was over
}

// advance brings the rules forward whose events the packet satisfies.
func (s *shard) advance() {
	if len(s.hits) > 1 {
		slices.SortStableFunc(s.hits, func(a, b hit) int {
			switch {
			case a.place != b.place:
				return int(a.place - b.place)
			case a.event != b.event:
				return int(a.event - b.event)
			case (a.group == 0) != (b.group == 0) && a.group == 0:
				return 1 // the start comes last
			case (a.group == 0) != (b.group == 0):
				return -1
			}
			return 0
		})
	}
	for i := 0; i < len(s.hits); {
		n := i + 1
		for n < len(s.hits) && s.hits[n].place == s.hits[i].place {
			n++
		}
		s.advanceRule(s.runs[s.slots[s.hits[i].place]], s.hits[i:n])
		i = n
	}
}

// advanceRule brings one rule forward, until a verdict.
func (s *shard) advanceRule(r *run, hits []hit) {
	for i := 0; i < len(hits) && r.done != s.cells.epoch; {
		n := i + 1
		for n < len(hits) && hits[n].event == hits[i].event {
			n++
		}
		s.advanceEvent(r, hits[i:n])
		i = n
	}
	s.sweep()
}

// advanceEvent lets an event happen to the instances that wait for it, the one
// that came last first, and then to the start.
func (s *shard) advanceEvent(r *run, hits []hit) {
	s.cursors = s.cursors[:0]
	for i := range hits {
		h := &hits[i]
		switch {
		case h.wait == simpleRule:
			s.verifyAtOnce(r)
		case h.group == 0:
			s.walkMembers(r)
			s.open(r, h)
			return
		default:
			s.addCursor(r, h)
		}
	}
	s.walkMembers(r)
}

// addCursor adds a group, if its conditions on remembered values hold.
func (s *shard) addCursor(r *run, h *hit) {
	g := s.groups.at(h.group)
	gd := &s.program.rules[r.place].guards[h.state][h.wait]
	s.past = s.values.Bytes(g.values)
	if g.newest != 0 && s.joined(gd) && s.checked(gd) {
		s.cursors = append(s.cursors, cursor{
			guard: gd, wait: &r.machine.states[h.state].waits[h.wait], state: h.state, group: h.group, member: g.newest,
		})
	}
}

// checked tells whether the conditions on remembered values hold.
func (s *shard) checked(gd *guard) bool {
	for _, c := range gd.checks {
		if !s.truth(c) {
			return false
		}
	}
	return true
}

// walkMembers advances the members of all cursors in the order of their coming.
func (s *shard) walkMembers(r *run) {
	for r.done != s.cells.epoch {
		var best *cursor
		var seq uint64
		for i := range s.cursors {
			c := &s.cursors[i]
			if n := s.skip(c); n > seq {
				best, seq = c, n
			}
		}
		if best == nil {
			return
		}
		i := best.member
		best.member = s.members.at(i).older
		s.advanceMember(r, best, i)
	}
}

// skip passes over members that this packet has brought or ended, and returns
// the place in time of the next, 0 if there is none.
func (s *shard) skip(c *cursor) uint64 {
	for c.member != 0 {
		m := s.members.at(c.member)
		if m.seq <= s.mark && !s.families.at(m.family).dead() {
			return m.seq
		}
		c.member = m.older
	}
	return 0
}

// advanceMember lets an event happen to an instance, if it is within a window.
func (s *shard) advanceMember(r *run, c *cursor, i uint32) {
	set := s.within(c.wait, s.members.at(i))
	if set == 0 {
		return
	}
	w, st := c.wait, &c.wait.steps[set]
	if st.outcome == toPass && !c.guard.complete {
		return
	}
	if w.copies && st.outcome == toState && r.waiting >= s.limit {
		s.stats.Refused++
		return
	}
	if w.back && st.outcome == toPass {
		r.back, r.backTo = s.cells.epoch, w.event
	}
	s.load(r, c.state, i)
	s.walk.packet, s.walk.time, s.walk.count = true, s.now, s.counter
	s.walk.past = s.remember(s.walk.past, w.event, s.now*1000, uint64(s.counter))
	moved := i
	if w.copies {
		moved = 0
	} else {
		s.takeOut(i)
	}
	s.conclude(s.follow(st, w.event), moved)
}

// open starts a new instance.
func (s *shard) open(r *run, h *hit) {
	w := &r.machine.states[0].waits[h.wait]
	st := &w.steps[1]
	switch {
	case r.done == s.cells.epoch || r.back == s.cells.epoch && r.backTo == w.event:
		return
	case st.outcome == toPass && !s.program.rules[r.place].guards[0][h.wait].complete:
		return
	case st.outcome == toState && r.waiting >= s.limit:
		s.stats.Refused++
		return
	}
	s.walk.run, s.walk.state, s.walk.values, s.walk.family = r, 0, s.walk.values[:0], 0
	s.walk.packet, s.walk.time, s.walk.count = true, s.now, s.counter
	s.walk.past = s.remember(0, w.event, s.now*1000, uint64(s.counter))
	s.conclude(s.follow(st, w.event), 0)
}

// conclude ends the way of the walk: it waits in its new state, or gives a
// verdict, or ends. moved is the instance itself, already taken out of its
// state, 0 for a copy or a new one. A verdict ends the family, and so does what
// nobody is told, unless it came because a window was over.
func (s *shard) conclude(o outcome, moved uint32) {
	r, fam := s.walk.run, s.walk.family
	if o == toState {
		s.settle(r, moved)
		return
	}
	told := o != toEnd && r.reports(o)
	if told {
		s.tell(r, o)
	}
	s.forget(s.walk.past)
	if fam != 0 && !s.families.at(fam).dead() && (told || o == toPass || o == toFail && s.walk.last != 0) {
		f := s.families.at(fam)
		f.run = -1 - f.run
		s.doomed = append(s.doomed, fam)
	}
	if moved != 0 {
		s.release(moved)
	}
}

// follow takes the walk through a step, and on through windows that end with
// the packet that opens them, to a state where it waits or to an outcome. Those
// that a step opens have their turn together: the packet at hand is tried as each
// of their events, once, in all of them at a time, and then they are over. What
// is opened meanwhile has its turn afterwards.
func (s *shard) follow(st *step, event int) outcome {
	turn := uint64(0)
	for {
		s.walk.last = event
		if st.outcome == toPass && event == 0 && !s.walk.run.complete[s.walk.state] {
			return toEnd
		}
		if st.outcome != toState {
			return st.outcome
		}
		s.walk.begins = s.walk.begins || st.begins || event > 0
		s.enter(st, event)
		state := s.walk.run.machine.states[s.walk.state]
		if state.now == 0 {
			return toState
		}
		after := event // the events before it have had their turn
		if turn = st.kept(turn) & state.now; turn == 0 {
			turn, after = state.now, 0
		} else if event == 0 {
			after = maxEvents // the others of the turn are over, and so are these
		}
		st, event = s.tryNow(state, turn, after)
		if event > 0 {
			s.occur(event)
		}
	}
}

// occur notes in the history of the walk that the packet at hand is an event.
func (s *shard) occur(event int) {
	old := s.walk.past
	s.walk.past = s.remember(old, event, s.now*1000, uint64(s.counter))
	s.forget(old)
}

// tryNow tries the events of windows that end with the packet at hand, those
// after the given one; if none holds, or copies took what held, the windows are
// over, one after the other.
func (s *shard) tryNow(state *state, windows uint64, after int) (*step, int) {
	r := s.walk.run
	for i := 0; i < len(state.waits) && s.walk.packet; i++ {
		w := &state.waits[i]
		if w.event <= after {
			continue
		}
		st := s.holdsNow(r, state, i, windows)
		switch {
		case st == nil:
		case !w.copies:
			return st, w.event
		default:
			s.fork(st, w)
			if r.done == s.cells.epoch {
				return &endNow, 0
			}
		}
	}
	return &state.over[bits.TrailingZeros64(windows)], 0
}

// endNow ends an instance.
var endNow = step{outcome: toEnd}

// holdsNow returns the step of an event that the packet at hand satisfies within
// windows that end with it, nil if there is none.
func (s *shard) holdsNow(r *run, state *state, i int, windows uint64) *step {
	w := &state.waits[i]
	gd := &s.program.rules[r.place].guards[state.number][i]
	set := w.set(windows)
	if set == 0 || !s.satisfies(&s.program.classes[gd.class]) {
		return nil
	}
	s.past = s.walk.values
	if st := &w.steps[set]; s.joined(gd) && s.checked(gd) && (st.outcome != toPass || gd.complete) {
		return st
	}
	return nil
}

// fork lets a copy of the walk take a step, and comes back to the walk.
func (s *shard) fork(st *step, w *wait) {
	saved := s.walk
	s.walk.values, s.walk.spare = slices.Clone(saved.values), nil
	s.walk.past = s.remember(saved.past, w.event, s.now*1000, uint64(s.counter))
	if w.back && st.outcome == toPass {
		s.walk.run.back, s.walk.run.backTo = s.cells.epoch, w.event
	}
	s.conclude(s.follow(st, w.event), 0)
	family := s.walk.family
	s.walk = saved
	s.walk.family = family
}

// enter moves the walk into the state of a step.
func (s *shard) enter(st *step, event int) {
	k := &s.walk
	if len(st.windows) == 1 && st.windows[0].old == noWindow && st.windows[0].clip == noWindow {
		k.spans.of[0] = st.windows[0].win.open(k.time, k.count)
	} else {
		s.enterWindows(st)
	}
	if event > 0 {
		s.pack(st.next, event)
	}
	k.state = int32(st.next)
}

// enterWindows gives the walk the windows of the next state.
func (s *shard) enterWindows(st *step) {
	k := &s.walk
	old := k.spans
	for i := range st.windows {
		f := &st.windows[i]
		if f.old != noWindow {
			k.spans.of[i] = old.of[f.old]
			continue
		}
		n := f.win.open(k.time, k.count)
		if f.clip != noWindow {
			n.hi, n.nhi = min(n.hi, old.of[f.clip].hi), min(n.nhi, old.of[f.clip].nhi)
		}
		k.spans.of[i] = n
	}
}

// open returns the window as it lies behind a packet.
func (w *window) open(time, count int64) span {
	n := span{lo: -never, hi: never, nlo: -never, nhi: never}
	if w.hasTime {
		n.lo, n.hi = time+w.time.Min, time+w.time.Max
	}
	if w.hasCount {
		n.nlo, n.nhi = count+w.count.Min, count+w.count.Max
	}
	return n
}

// pack makes the memory of the next state from that of the present one and the
// packet at hand, which is the given event.
func (s *shard) pack(next, event int) {
	k := &s.walk
	r := k.run
	from, to := r.layouts[k.state], r.layouts[next]
	cells := s.program.rules[r.place].cells
	out := append(k.spare[:0], make([]byte, 8*to.slots)...)
	old := memory(k.values)
	for _, e := range to.events {
		for i, index := range r.Events[e-1].Needs {
			slot := to.first[e] + int32(i)
			numeric := r.Attributes[index].Type.IsNumber()
			switch {
			case e == event && numeric:
				binary.LittleEndian.PutUint64(out[8*slot:], s.cells.get(cells[index]).v.N)
			case e == event:
				out = s.packBytes(out, slot, s.cells.get(cells[index]).v.B)
			case numeric:
				binary.LittleEndian.PutUint64(out[8*slot:], old.number(from.first[e]+int32(i)))
			default:
				out = s.packBytes(out, slot, old.bytes(from.first[e]+int32(i)))
			}
		}
	}
	k.spare, k.values = k.values, out
}

// packBytes puts bytes into a slot; what does not fit is cut off.
func (s *shard) packBytes(out []byte, slot int32, b []byte) []byte {
	if room := max(dpi.MaxBlob-len(out), 0); len(b) > room {
		b = b[:room]
		s.stats.Truncated++
	}
	binary.LittleEndian.PutUint64(out[8*slot:], uint64(len(out))<<32|uint64(len(b)))
	return append(out, b...)
}

// within returns the windows of a wait in which an instance is now, as a set.
func (s *shard) within(w *wait, m *member) (set int) {
	if m.windows != 0 {
		return withinSpans(w, s.windows.at(m.windows), s.now, s.counter)
	}
	if m.lo <= s.now && s.now <= m.hi {
		return 1<<len(w.windows) - 1
	}
	return 0
}

func withinSpans(w *wait, n *spans, now, count int64) (set int) {
	for i, win := range w.windows {
		if n := &n.of[win]; n.lo <= now && now <= n.hi && n.nlo <= count && count <= n.nhi {
			set |= 1 << i
		}
	}
	return set
}
