package security

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// reporter hands verdicts over; its buffers serve all of them.
type reporter struct {
	call    func(*rule.Verdict)
	verdict rule.Verdict
	values  []dpi.Value
	events  []rule.Occurrence
}

// begin empties the buffers.
func (p *reporter) begin() { p.values, p.events = p.values[:0], p.events[:0] }

// add adds an event, whose values have been appended from first on.
func (p *reporter) add(event, first int, time int64, counter uint64) {
	p.events = append(p.events, rule.Occurrence{Event: event, Time: time, Counter: counter, Values: p.values[first:len(p.values):len(p.values)]})
}

// tell gives the verdict that the walk has come to.
func (s *shard) tell(r *run, o outcome) {
	p := &s.report
	p.begin()
	for e := 1; e <= len(r.Events); e++ {
		node := s.walk.past
		for node != 0 && s.pasts.at(node).event() != e {
			node = s.pasts.at(node).parent
		}
		if node == 0 {
			continue
		}
		first := len(p.values)
		if e == s.walk.last {
			s.packetValues(r, r.Events[e-1].Needs)
		} else {
			s.pastValues(r, e)
		}
		p.add(e, first, s.pasts.at(node).time, s.pasts.at(node).counter())
	}
	s.hand(r, o)
}

// packetValues appends attributes of the packet at hand.
func (s *shard) packetValues(r *run, needs []int) {
	cells := s.program.rules[r.place].cells
	for _, index := range needs {
		var v dpi.Value
		if c := s.cells.get(cells[index]); c != nil {
			v = c.v
		}
		s.report.values = append(s.report.values, v)
	}
}

// pastValues appends what is remembered of an event.
func (s *shard) pastValues(r *run, event int) {
	first := r.layouts[s.walk.state].first[event]
	past := memory(s.walk.values)
	for i, index := range r.Events[event-1].Needs {
		v := dpi.Value{Type: r.Attributes[index].Type}
		if v.Type.IsNumber() {
			v.N = past.number(first + int32(i))
		} else {
			v.B = past.bytes(first + int32(i))
		}
		s.report.values = append(s.report.values, v)
	}
}

// hand calls whoever takes the verdicts.
func (s *shard) hand(r *run, o outcome) {
	p := &s.report
	p.verdict = rule.Verdict{
		Rule: r.Rule, Outcome: r.compiledRule.verdict(o), Time: s.nanos, Counter: uint64(s.counter), Flow: s.flow, History: p.events,
	}
	r.done = s.cells.epoch
	s.stats.Verdicts++
	if s.ignored != nil && s.flow != 0 {
		s.ignored[s.flow] = struct{}{}
	}
	if r.Reaction != nil && r.Reaction.Run != nil && p.verdict.Outcome != rule.Respected {
		r.Reaction.Run(&p.verdict)
	}
	if p.call != nil {
		p.call(&p.verdict)
	}
}

// verifyAtOnce verifies a rule of which one packet is enough.
func (s *shard) verifyAtOnce(r *run) {
	if r.done == s.cells.epoch {
		return
	}
	pr := &s.program.rules[r.place]
	first := s.allHold(pr.first)
	second := r.Root.Op == rule.Leaf || s.allHold(pr.second)
	if first && second {
		second = s.allHold(pr.cross)
	}
	o := toEnd
	switch r.Root.Op {
	case rule.Leaf:
		o = either(first, toPass, toEnd)
	case rule.Then:
		o = either(first, either(second, toPass, toFail), toEnd)
	case rule.Not:
		o = either(first, either(second, toFail, either(pr.waits, toEnd, toPass)), toEnd)
	case rule.And:
		o = either(first && second, toPass, either(first || second, toFail, toEnd))
	}
	if o == toEnd || !r.reports(o) {
		return
	}
	s.report.begin()
	s.addNow(r, first, second)
	s.hand(r, o)
}

func either(b bool, yes, no outcome) outcome {
	if b {
		return yes
	}
	return no
}

func (s *shard) allHold(list []int32) bool {
	for _, i := range list {
		if !s.holds(i) {
			return false
		}
	}
	return true
}

// addNow adds the events of a rule verified at once that hold, ascending.
func (s *shard) addNow(r *run, first, second bool) {
	left, right := r.Root.Event, 0
	if r.Root.Op != rule.Leaf {
		left, right = r.Root.Left.Event, r.Root.Right.Event
	}
	for e := 1; e <= len(r.Events); e++ {
		if e == left && first || e == right && second {
			at := len(s.report.values)
			s.packetValues(r, r.Events[e-1].Needs)
			s.report.add(e, at, s.now*1000, uint64(s.counter))
		}
	}
}
