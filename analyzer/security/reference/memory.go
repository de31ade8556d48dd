package reference

import (
	"maps"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// memory is what an instance remembers of its events. It is never changed, only
// replaced.
type memory struct {
	seen   map[int]Occurrence
	putOff []conjunct // checked as soon as all that they speak of has occurred
	one    bool       // all events are the packet at hand
}

// conjunct is one of the conditions that && joins in an event.
type conjunct struct {
	event int
	expr  *rule.Expr
}

// conjuncts splits the expression of an event.
func conjuncts(event int, e *rule.Expr) (list []conjunct) {
	if e.Op != rule.AllOf {
		return []conjunct{{event, e}}
	}
	for _, a := range e.Args {
		list = append(list, conjuncts(event, a)...)
	}
	return list
}

// knows tells whether all events that the conjunct speaks of have occurred.
func (m memory) knows(c conjunct) bool {
	known := true
	c.expr.Walk(func(e *rule.Expr) {
		if e.Op == rule.Attr && e.Event != 0 {
			_, ok := m.seen[e.Event]
			known = known && ok
		}
	})
	return known
}

// with returns the memory after an event has occurred on a packet, and whether
// it holds: its own conjuncts, and those of other events that waited for it.
// What cannot be checked yet is put off.
func (m memory) with(r *rule.Rule, event int, p *Packet) (memory, bool) {
	next := memory{seen: maps.Clone(m.seen), one: m.one}
	if next.seen == nil {
		next.seen = map[int]Occurrence{}
	}
	next.seen[event] = remember(r, event, p)
	list := slices.DeleteFunc(slices.Clone(m.putOff), func(c conjunct) bool { return c.event == event })
	for _, c := range append(list, conjuncts(event, r.Events[event-1].Expr)...) {
		if !next.knows(c) {
			next.putOff = append(next.putOff, c)
		} else if !next.holds(r, c, event, p) {
			return m, false
		}
	}
	return next, true
}

// holds checks a conjunct. Its own packet is the one at hand if its event is the
// one at hand, or all are that packet; else it is what is remembered of it.
func (m memory) holds(r *rule.Rule, c conjunct, event int, p *Packet) bool {
	e := evaluation{rule: r, memory: m, own: func(i int) *dpi.Value { return p.value(r.Attributes[i]) }}
	if c.event != event && !m.one {
		e.own = func(i int) *dpi.Value { return m.value(r, c.event, i) }
	}
	return truth(e.eval(c.expr))
}

// value returns a remembered value, nil if it is none of the event's Needs.
func (m memory) value(r *rule.Rule, event, attribute int) *dpi.Value {
	i := slices.Index(r.Events[event-1].Needs, attribute)
	if i < 0 {
		return nil
	}
	return &m.seen[event].Values[i]
}

// remember copies what a verdict tells of an event and others may refer to.
func remember(r *rule.Rule, event int, p *Packet) Occurrence {
	o := Occurrence{Event: event, Time: micros(p.Time) * 1000, Counter: p.Counter}
	for _, i := range r.Events[event-1].Needs {
		o.Values = append(o.Values, own(*p.value(r.Attributes[i]), r.Attributes[i].Type))
	}
	return o
}

// history returns what has occurred, by ascending event.
func (m memory) history() (list []Occurrence) {
	for _, event := range slices.Sorted(maps.Keys(m.seen)) {
		list = append(list, m.seen[event])
	}
	return list
}
