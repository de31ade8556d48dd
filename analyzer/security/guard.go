package security

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// guard is what lets an event happen in a state: conditions on the packet
// alone, attributes that must equal remembered ones, and the rest.
type guard struct {
	class  int32          // conditions on the packet and cells of the join, shared by all guards that have the same
	slots  []int32        // remembered attributes that equal the class's join cells, in that order
	types  []dpi.DataType // of the slots
	checks []*cond        // everything else that looks at what was remembered
	// complete tells that no condition of the events so far waits for an event
	// to come: a verdict that the property holds can be given.
	complete bool
}

// layout says where a state's memory has the attributes of its events.
type layout struct {
	rule   *rule.Rule
	first  [maxEvents + 1]int32 // slot of an event's first attribute, by event; -1: not remembered
	slots  int
	events []int
}

func newLayout(r *rule.Rule, s *state) *layout {
	l := &layout{rule: r}
	for i := range l.first {
		l.first[i] = -1
	}
	l.events = s.events()
	for _, e := range l.events {
		l.first[e] = int32(l.slots)
		l.slots += len(r.Events[e-1].Needs)
	}
	return l
}

// slot returns where attribute index of an event is remembered, -1 if it is
// not.
func (l *layout) slot(event, index int) int32 {
	if l.first[event] < 0 {
		return -1
	}
	if i, ok := slices.BinarySearch(l.rule.Events[event-1].Needs, index); ok {
		return l.first[event] + int32(i)
	}
	return -1
}

// conjuncts splits an expression at its outermost &&.
func conjuncts(e *rule.Expr, list []*rule.Expr) []*rule.Expr {
	if e.Op != rule.AllOf {
		return append(list, e)
	}
	for _, a := range e.Args {
		list = conjuncts(a, list)
	}
	return list
}

// references returns the events that an expression refers to, bit N-1 for event
// N.
func references(e *rule.Expr) (set uint64) {
	e.Walk(func(x *rule.Expr) {
		if x.Op == rule.Attr && x.Event > 0 {
			set |= 1 << (x.Event - 1)
		}
	})
	return set
}

// guardBuilder makes the guard of one event in one state.
type guardBuilder struct {
	p        *program
	r        *rule.Rule
	event    int
	occurred uint64 // before the event
	layout   *layout

	local []int32
	joins []join
	out   guard
}

// join is an attribute of the packet that must equal a remembered one.
type join struct {
	cell, slot int32
	typ        dpi.DataType // of the slot
}

// guard makes a guard and finds its class.
func (b *guardBuilder) guard() guard {
	after := b.occurred | 1<<(b.event-1)
	b.out.complete = true
	for owner := 1; owner <= len(b.r.Events); owner++ {
		if after&(1<<(owner-1)) == 0 {
			continue
		}
		for _, c := range conjuncts(b.r.Events[owner-1].Expr, nil) {
			b.conjunct(owner, c, after)
		}
	}
	slices.Sort(b.local)
	b.local = slices.Compact(b.local)
	slices.SortFunc(b.joins, func(x, y join) int { return int(x.cell - y.cell) })
	c := class{local: b.local, needs: b.needs()}
	for _, j := range b.joins {
		c.joins = append(c.joins, j.cell)
		b.out.slots, b.out.types = append(b.out.slots, j.slot), append(b.out.types, j.typ)
	}
	b.out.class = b.p.intern(&c)
	return b.out
}

// conjunct puts a condition of an event where it belongs.
func (b *guardBuilder) conjunct(owner int, c *rule.Expr, after uint64) {
	refs := references(c)
	switch {
	case refs&^after != 0:
		b.out.complete = false
		return
	case owner != b.event && (refs&(1<<(b.event-1)) == 0 || b.occurred&(1<<(b.event-1)) != 0):
		return // checked before
	}
	x := b.bind(owner, c)
	switch {
	case owner == b.event && refs == 0:
		b.local = append(b.local, b.p.predicate(x))
	case isJoin(x):
		l, r := x.args[0], x.args[1]
		if l.cell < 0 {
			l, r = r, l
		}
		b.joins = append(b.joins, join{l.cell, r.slot, r.attr})
	default:
		b.out.checks = append(b.out.checks, x)
	}
}

// isJoin tells whether a condition says that an attribute of the packet equals a
// remembered one.
func isJoin(x *cond) bool {
	if x.op != rule.Eq || x.args[0].op != rule.Attr || x.args[1].op != rule.Attr || x.args[0].kind != x.args[1].kind {
		return false
	}
	l, r := x.args[0], x.args[1]
	return l.cell >= 0 && r.slot >= 0 || r.cell >= 0 && l.slot >= 0
}

// bind turns an expression of an event into a condition of this place.
func (b *guardBuilder) bind(owner int, e *rule.Expr) *cond {
	c := &cond{op: e.Op, kind: e.Kind, num: e.Num, text: e.Bytes, cell: -1, slot: -1, fn: e.Func}
	if e.Op == rule.Attr {
		of := owner
		if e.Event > 0 {
			of = e.Event
		}
		a := &b.r.Attributes[e.Index]
		c.attr = a.Type
		if of == b.event {
			c.cell = b.p.schema.add(a)
		} else {
			c.slot = b.layout.slot(of, e.Index)
		}
	}
	for _, a := range e.Args {
		c.args = append(c.args, b.bind(owner, a))
	}
	if e.Op == rule.Call {
		b.p.addCall(c)
	}
	return c
}

// needs returns the cells that the event's packet must carry, ascending.
func (b *guardBuilder) needs() []int32 {
	var list []int32
	for _, i := range b.r.Events[b.event-1].Needs {
		list = append(list, b.p.schema.add(&b.r.Attributes[i]))
	}
	slices.Sort(list)
	return list
}
