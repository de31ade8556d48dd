package security

// load makes the walk begin with an instance as it is.
func (s *shard) load(r *run, state int32, i uint32) {
	m, k := s.members.at(i), &s.walk
	k.run, k.state, k.past, k.family, k.begins = r, state, m.past, m.family, false
	k.values = append(k.values[:0], s.values.Bytes(s.groups.at(m.group).values)...)
	if m.windows != 0 {
		k.spans = *s.windows.at(m.windows)
		return
	}
	k.spans.of[0] = span{lo: m.lo, hi: m.hi, nlo: -never, nhi: never}
}

// takeOut takes an instance out of its state.
func (s *shard) takeOut(i uint32) {
	m := s.members.at(i)
	g := s.groups.at(m.group)
	r := s.runs[g.run]
	for c := range s.timers {
		s.timers[c].remove(r.queues[2*int(g.state)+c], i)
	}
	if s.leaveGroup(i) && !g.listed {
		g.listed = true
		s.emptied = append(s.emptied, m.group)
	}
	m.group = 0
}

// release ends an instance that was taken out of its state.
func (s *shard) release(i uint32) {
	m := s.members.at(i)
	run := s.families.at(m.family).run
	if run < 0 {
		run = -1 - run
	}
	s.runs[run].waiting--
	s.stats.Waiting--
	s.leaveFamily(i)
	s.forget(m.past)
	if m.windows != 0 {
		s.windows.put(m.windows)
	}
	s.members.put(i)
}

// settle lets the walk wait in its state: as instance i, or, if that is 0, as a
// new one.
func (s *shard) settle(r *run, i uint32) {
	k := &s.walk
	g, ok := s.groupOf(r, k.state, k.values)
	if !ok {
		s.stats.NoMemory++
		s.forget(k.past)
		if i != 0 {
			s.release(i)
		}
		return
	}
	if i == 0 {
		i = s.newMember(r)
		k.begins = true
	} else {
		s.forget(s.members.at(i).past)
	}
	m := s.members.at(i)
	m.past = k.past
	if k.begins {
		s.seq++
		m.seq = s.seq
	}
	s.setWindows(m, r.machine.states[k.state])
	s.joinGroup(i, g)
	for c := range s.timers {
		s.timers[c].push(r.queues[2*int(k.state)+c], i)
	}
}

// newMember makes an instance of the walk's family.
func (s *shard) newMember(r *run) uint32 {
	if s.walk.family == 0 {
		s.walk.family = s.families.take()
		*s.families.at(s.walk.family) = family{run: r.number}
	}
	i := s.members.take()
	*s.members.at(i) = member{}
	s.joinFamily(i, s.walk.family)
	r.waiting++
	s.stats.Waiting++
	s.stats.Opened++
	return i
}

// setWindows gives an instance the windows of the walk.
func (s *shard) setWindows(m *member, state *state) {
	k := &s.walk
	w := state.windows
	if len(w) == 1 && !state.counted[0] {
		if m.windows != 0 {
			s.windows.put(m.windows)
			m.windows = 0
		}
		m.lo, m.hi = k.spans.of[0].lo, k.spans.of[0].hi
		return
	}
	if m.windows == 0 {
		m.windows = s.windows.take()
	}
	to := s.windows.at(m.windows)
	*to = k.spans
	to.due = [2]int64{never, never}
	for i := range w {
		if state.open[i] {
			to.due[byTime] = min(to.due[byTime], to.of[i].hi)
			to.due[byCount] = min(to.due[byCount], to.of[i].nhi)
		}
	}
}

// groupOf returns the group of a state and what it remembers, a new one if
// needed.
func (s *shard) groupOf(r *run, state int32, values []byte) (g uint32, ok bool) {
	hash := s.hashGroup(r.number, state, values)
	if g = s.findGroup(hash, r.number, state, values); g != 0 {
		return g, true
	}
	if g, ok = s.addGroup(hash, r.number, state, values); ok {
		s.linkGroup(r, g)
	}
	return g, ok
}

// linkGroup makes a group wait for the events of its state.
func (s *shard) linkGroup(r *run, g uint32) {
	state := s.groups.at(g).state
	values := memory(s.values.Bytes(s.groups.at(g).values))
	guards := s.program.rules[r.place].guards[state]
	for i := range guards {
		gd := &guards[i]
		s.addLink(g, int32(i), gd.class, s.hashSlots(gd, values))
		if s.waiting[gd.class]++; s.waiting[gd.class] == 1 && len(s.program.classes[gd.class].starts) == 0 {
			s.arm(gd.class, true)
		}
	}
}

// unlinkGroup ends the waiting of a group.
func (s *shard) unlinkGroup(g uint32) {
	for i := s.groups.at(g).links; i != 0; {
		next := s.links.at(i).sibling
		class := s.dropLink(i)
		if s.waiting[class]--; s.waiting[class] == 0 && len(s.program.classes[class].starts) == 0 {
			s.arm(class, false)
		}
		i = next
	}
	s.groups.at(g).links = 0
}

// sweep ends the families that have come to their verdict, and groups without
// members.
func (s *shard) sweep() {
	for _, f := range s.doomed {
		s.dropFamily(f)
	}
	s.doomed = s.doomed[:0]
	for _, g := range s.emptied {
		s.groups.at(g).listed = false
		if s.groups.at(g).newest == 0 {
			s.unlinkGroup(g)
			s.dropGroup(g)
		}
	}
	s.emptied = s.emptied[:0]
}

// dropFamily ends all instances of a family whose verdict has come.
func (s *shard) dropFamily(f uint32) {
	for {
		i := s.families.at(f).first
		if i == 0 {
			s.families.put(f)
			return
		}
		s.takeOut(i)
		s.release(i)
	}
}

// expire ends the windows that are over before the packet at hand.
func (s *shard) expire() {
	for c := range s.timers {
		s.timers[c].unpark()
	}
	for s.expireNext(byTime, s.now) || s.expireNext(byCount, s.counter) {
	}
}

// expireNext ends the first window that is over on a clock, and reports whether
// there was one.
func (s *shard) expireNext(c clock, now int64) bool {
	t := &s.timers[c]
	if len(t.heap) == 0 || t.heap[0].due >= now {
		return false
	}
	q := t.heap[0].q
	i := t.queues[q].head
	g := s.groups.at(s.members.at(i).group)
	r := s.runs[g.run]
	if r.done == s.cells.epoch {
		t.park(q)
		return true
	}
	due, state := t.heap[0].due, r.machine.states[g.state]
	if state.dies && !r.reports(state.over[0].outcome) {
		s.takeOut(i)
		s.release(i)
		s.sweep()
		return true
	}
	s.load(r, int32(g.state), i)
	s.pasts.at(s.walk.past).refs++
	s.walk.packet, s.walk.time, s.walk.count = false, due, s.counter-1
	if c == byCount {
		s.walk.time, s.walk.count = s.before, due
	}
	win := s.overWindow(state, c, due)
	s.takeOut(i)
	s.conclude(s.follow(&state.over[win], 0), i)
	s.sweep()
	return true
}

// overWindow returns which window of the walk is over at due.
func (s *shard) overWindow(state *state, c clock, due int64) int {
	for i := range state.windows {
		n := &s.walk.spans.of[i]
		if state.open[i] && (c == byTime && n.hi == due || c == byCount && n.nhi == due) {
			return i
		}
	}
	panic("security: no window is over")
}
