package security

import (
	"unsafe"

	"mmt/analyzer/security/rule"
)

// use makes a program the one that the shard runs. Instances of rules that it
// has in common with the one before live on.
func (s *shard) use(p *program) {
	old := s.slots
	oldProgram := s.program
	kept := map[*compiledRule]int32{}
	for i := range old {
		kept[oldProgram.rules[i].compiled] = old[i]
	}
	s.program = p
	s.slots = make([]int32, len(p.rules))
	for i := range p.rules {
		c := p.rules[i].compiled
		slot, ok := kept[c]
		if !ok {
			slot = s.newRun(c)
		}
		delete(kept, c)
		s.runs[slot].place = int32(i)
		s.slots[i] = slot
	}
	s.unlinkAll()
	for _, slot := range kept {
		s.endRun(slot)
	}
	s.fit(p)
	s.restartAdapter()
	s.linkAll()
}

// forgetAll gives up all instances.
func (s *shard) forgetAll() {
	s.store = store{}
	s.store.init()
	for c := range s.timers {
		s.timers[c] = timers{store: &s.store, clock: clock(c)}
	}
	s.doomed, s.emptied, s.walk, s.stats.Waiting = nil, nil, walk{}, 0
	for _, r := range s.runs {
		if r != nil {
			r.waiting = 0
			s.openQueues(r)
		}
	}
	for class := range s.waiting {
		if s.waiting[class] > 0 && len(s.program.classes[class].starts) == 0 {
			s.arm(int32(class), false)
		}
		s.waiting[class] = 0
	}
}

// openQueues gives a rule its queues.
func (s *shard) openQueues(r *run) {
	r.queues = r.queues[:0]
	if r.machine == nil {
		return
	}
	for range r.machine.states {
		for k := range s.timers {
			r.queues = append(r.queues, s.timers[k].open())
		}
	}
}

// newRun makes room for a rule.
func (s *shard) newRun(c *compiledRule) int32 {
	r := &run{compiledRule: c, number: int32(len(s.runs))}
	if n := len(s.freeRuns); n > 0 {
		r.number, s.freeRuns = s.freeRuns[n-1], s.freeRuns[:n-1]
	} else {
		s.runs = append(s.runs, nil)
	}
	s.runs[r.number] = r
	s.openQueues(r)
	return r.number
}

// endRun ends all instances of a rule and gives its room back.
func (s *shard) endRun(slot int32) {
	r := s.runs[slot]
	for _, i := range s.membersOf(slot) {
		s.takeOut(i)
		s.release(i)
	}
	for i := range r.queues {
		s.timers[i%len(s.timers)].close(r.queues[i])
	}
	s.emptyGroups()
	s.runs[slot] = nil
	s.freeRuns = append(s.freeRuns, slot)
}

// membersOf returns the instances of a rule.
func (s *shard) membersOf(slot int32) []uint32 {
	var list []uint32
	for _, head := range s.groupTable.heads {
		for g := head; g != 0; g = s.groups.at(g).next {
			if s.groups.at(g).run != slot {
				continue
			}
			for i := s.groups.at(g).newest; i != 0; i = s.members.at(i).older {
				list = append(list, i)
			}
		}
	}
	return list
}

// emptyGroups gives up groups without members, whose links are gone already.
func (s *shard) emptyGroups() {
	for _, g := range s.emptied {
		s.groups.at(g).listed = false
		if s.groups.at(g).newest == 0 {
			s.dropGroup(g)
		}
	}
	s.emptied = s.emptied[:0]
}

// unlinkAll takes all groups out of the index of waits, whose classes are those
// of a program that goes.
func (s *shard) unlinkAll() {
	for _, head := range s.groupTable.heads {
		for g := head; g != 0; g = s.groups.at(g).next {
			for i := s.groups.at(g).links; i != 0; {
				next := s.links.at(i).sibling
				s.dropLink(i)
				i = next
			}
			s.groups.at(g).links = 0
		}
	}
}

// linkAll lets all groups wait in the present program.
func (s *shard) linkAll() {
	for _, head := range s.groupTable.heads {
		for g := head; g != 0; g = s.groups.at(g).next {
			s.linkGroup(s.runs[s.groups.at(g).run], g)
		}
	}
}

// fit makes the shard's tables as large as the program needs them.
func (s *shard) fit(p *program) {
	source := s.cells.source
	epoch := s.cells.epoch
	s.cells = cells{source: source, epoch: epoch}
	s.cells.use(p.schema)
	s.memo = make([]uint64, len(p.predicates))
	s.tried = make([]uint64, len(p.classes))
	s.waiting = make([]int32, len(p.classes))
	s.args = make([]rule.Value, p.scratch)
	s.bindCalls(p)
	for i := range p.classes {
		if len(p.classes[i].starts) > 0 {
			s.arm(int32(i), true)
		}
	}
}

// bindCalls gives the shard its own way to call each function of the program,
// the one that it had if it called the function before.
func (s *shard) bindCalls(p *program) {
	before := s.functions
	s.functions = map[*rule.Function]function{}
	s.calls = make([]function, len(p.functions))
	for i, f := range p.functions {
		call, ok := before[f]
		switch {
		case ok:
		case f.PerShard != nil:
			call = f.PerShard()
		default:
			call = f.Call
		}
		s.functions[f], s.calls[i] = call, call
	}
}

// bytes returns the memory that instances take.
func (s *shard) bytes() int {
	return poolBytes(&s.members) + poolBytes(&s.windows) + poolBytes(&s.groups) + poolBytes(&s.links) +
		poolBytes(&s.keys) + poolBytes(&s.families) + poolBytes(&s.pasts) +
		4*(len(s.groupTable.heads)+len(s.keyTable.heads)) + s.values.Used()
}

func poolBytes[T any](p *pool[T]) int {
	var record T
	return p.used() * int(unsafe.Sizeof(record))
}
