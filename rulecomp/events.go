package rulecomp

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mmt/analyzer/security/rule"
)

// use is an attribute that an event's expression reads.
type use struct {
	attr  int // in prop.attrs
	event int // that it is read from, 0: the event itself
}

// compileEvents compiles the expressions of all events and the attributes that
// packets must carry for them.
func (p *prop) compileEvents() {
	for _, ev := range p.events {
		p.compileEvent(ev)
	}
	p.checkCycles()
}

// compileEvent compiles the expression of one event.
func (p *prop) compileEvent(ev *event) {
	where := p.whereEvent(ev)
	text, ok := ev.el.attr("boolean_expression")
	if !ok {
		p.failf(ev.el.line, where, "<event> has no boolean_expression")
		return
	}
	ev.check.Description, _ = ev.el.attr("description")
	c := &checker{prop: p, event: ev}
	expr, err := c.compile(text)
	if err != nil {
		line := ev.el.lineOf("boolean_expression")
		var at *syntaxError
		if errors.As(err, &at) {
			line += strings.Count(text[:min(at.pos, len(text))], "\n")
		}
		p.failf(line, where, "%s", err)
		return
	}
	ev.check.Expr = expr
}

// whereEvent returns "rule 4, event 2: ".
func (p *prop) whereEvent(ev *event) string {
	where := fmt.Sprintf("event %d: ", ev.id)
	if p.where != "" {
		where = strings.TrimSuffix(p.where, ": ") + ", " + where
	}
	return where
}

// checkCycles notes events that wait for each other's values.
func (p *prop) checkCycles() {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(p.events)+1)
	var visit func(ev *event) bool
	visit = func(ev *event) bool {
		state[ev.id] = open
		for _, u := range ev.uses {
			switch {
			case u.event == 0 || state[u.event] == done:
			case state[u.event] == open:
				p.failf(ev.el.lineOf("boolean_expression"), p.whereEvent(ev), "it refers to event %d, which refers back to it (of two events only the later one can refer to the other)", u.event)
				return false
			case !visit(p.events[u.event-1]):
				return false
			}
		}
		state[ev.id] = done
		return true
	}
	for _, ev := range p.events {
		if state[ev.id] == unseen && !visit(ev) {
			return
		}
	}
}

// checkTree notes what the type of the property does not go with.
func (p *prop) checkTree(e *element) {
	root, t := p.rule.Root, p.rule.Type
	if root.Op != rule.Then || root.Left.Op == rule.Leaf || root.Delay.Min >= 0 && root.Count.Min >= 0 {
		return
	}
	if t == rule.Security || t == rule.Test {
		p.failf(e.line, p.where, "a %s property whose trigger comes before its context must have one single event as context", strings.ToUpper(t.String()))
	}
}

// finish puts the attributes in order and hands over the events.
func (p *prop) finish() {
	order := make([]int, len(p.attrs)) // provisional indexes, sorted
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := &p.attrs[a], &p.attrs[b]
		return cmp.Or(cmp.Compare(x.Protocol, y.Protocol), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Layer, y.Layer))
	})
	final := make([]int, len(p.attrs))
	p.rule.Attributes = make([]rule.Attribute, len(p.attrs))
	for place, i := range order {
		final[i] = place
		p.rule.Attributes[place] = p.attrs[i]
	}
	p.rule.Events = make([]rule.Event, len(p.events))
	for i, ev := range p.events {
		ev.check.Expr.Walk(func(x *rule.Expr) {
			if x.Op == rule.Attr {
				x.Index = final[x.Index]
			}
		})
		p.rule.Events[i] = ev.check
	}
	p.needs(final)
}

// needs finds the attributes that a packet must carry for each event.
func (p *prop) needs(final []int) {
	for i, ev := range p.events {
		for _, u := range ev.uses {
			to := i
			if u.event > 0 {
				to = u.event - 1
			} else if slices.Contains(ev.exempt, u.attr) {
				continue
			}
			needs := &p.rule.Events[to].Needs
			*needs = append(*needs, final[u.attr])
		}
	}
	for i := range p.rule.Events {
		needs := &p.rule.Events[i].Needs
		slices.Sort(*needs)
		*needs = slices.Compact(*needs)
	}
}
