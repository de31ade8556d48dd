package security

import (
	"fmt"
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// program is a set of rules as one shard runs it. Conditions that several rules
// have are there once.
type program struct {
	schema     *Schema
	numeric    []bool // by cell: rules compare it as a number
	predicates []predicate
	classes    []class
	rules      []programRule
	index      index
	scratch    int // arguments of calls
	functions  []*rule.Function
	inMessage  []int32 // by cell: place in messages
	cellOf     []int32 // by place in messages: cell, -1 if no rule reads it
	groupOf    []int32 // by cell: group in the index, -1 if it is in none

	keys map[key]int // how many conditions offer a key

	// While the program is made:
	predicateIndex map[string]int32
	classIndex     map[string]int32
}

// class is what several events of rules have in common: conditions on the
// packet alone, the attributes it must carry, and those by which it finds
// waiting instances.
type class struct {
	local  []int32 // predicates
	needs  []int32 // cells
	joins  []int32 // cells
	starts []start // rules that it starts
	spots  []spot  // in the index
}

// start is a rule that a packet of a class starts.
type start struct {
	rule int32
	wait int32 // of the rule's start state; simpleRule for a rule verified on one packet
}

// simpleRule stands for a wait in the start of a rule that is verified on one
// packet.
const simpleRule = -1

// programRule is a rule in a program.
type programRule struct {
	compiled *compiledRule
	cells    []int32   // of its attributes
	guards   [][]guard // by state and wait
	first    []int32   // predicates of the left event, of a rule verified on one packet
	second   []int32   // of the right event
	cross    []int32   // of both together
	waits    bool      // the left event has conditions on the right one
}

// compiledRule is a rule and all that follows from it alone.
type compiledRule struct {
	*rule.Rule
	shard    int      // that verifies it, from 1; 0: none yet
	machine  *machine // nil if one packet is enough to verify it
	layouts  []*layout
	calls    bool   // it calls functions that another rule of the same text need not share
	complete []bool // by state: no condition waits for an event to come
	needs    []int  // of a rule verified on one packet: attributes of its events together
}

// compile prepares a rule.
func compile(r *rule.Rule) (*compiledRule, error) {
	c := &compiledRule{Rule: r, calls: callsForeign(r)}
	if verifiedAtOnce(r) {
		for i := range r.Events {
			c.needs = append(c.needs, r.Events[i].Needs...)
		}
		slices.Sort(c.needs)
		c.needs = slices.Compact(c.needs)
		return c, nil
	}
	m, err := newMachine(r)
	if err != nil {
		return nil, err
	}
	c.machine = m
	for _, s := range m.states {
		c.layouts = append(c.layouts, newLayout(r, s))
		c.complete = append(c.complete, completeAfter(r, s.occurred))
	}
	return c, nil
}

// callsForeign tells whether a rule calls functions that its file brings along.
func callsForeign(r *rule.Rule) (foreign bool) {
	for i := range r.Events {
		r.Events[i].Expr.Walk(func(x *rule.Expr) {
			foreign = foreign || x.Func != nil && x.Func.Foreign
		})
	}
	return foreign
}

// place notes where in messages the cells are.
func (p *program) place(messages *Schema) {
	for i := range p.schema.Attributes {
		p.inMessage = append(p.inMessage, messages.add(&p.schema.Attributes[i]))
	}
	for cell, at := range p.inMessage {
		for len(p.cellOf) <= int(at) {
			p.cellOf = append(p.cellOf, -1)
		}
		p.cellOf[at] = int32(cell)
	}
	p.regroup()
}

// regroup notes in which group of the index the cells are.
func (p *program) regroup() {
	p.groupOf = p.groupOf[:0]
	for i := range p.schema.Attributes {
		g := int32(-1)
		if i < len(p.index.byCell) && p.index.byCell[i] >= 0 {
			g = p.index.groups[p.schema.Attributes[i].Protocol]
		}
		p.groupOf = append(p.groupOf, g)
	}
}

// completeAfter tells whether the conditions of the events so far refer to
// events so far only.
func completeAfter(r *rule.Rule, occurred uint64) bool {
	for e := range r.Events {
		if occurred&(1<<e) != 0 && references(r.Events[e].Expr)&^occurred != 0 {
			return false
		}
	}
	return true
}

// verifiedAtOnce tells whether a rule is tried on one packet only.
func verifiedAtOnce(r *rule.Rule) bool {
	n := r.Root
	if n.Op == rule.Leaf {
		return n.Repeat <= 1
	}
	if n.Op == rule.Or || n.Left.Op != rule.Leaf || n.Right.Op != rule.Leaf || n.Repeat > 1 || n.Left.Repeat > 1 || n.Right.Repeat > 1 {
		return false
	}
	w := windowOf(n)
	return (!w.hasTime || w.time == rule.Window{}) && (!w.hasCount || w.count == rule.Window{})
}

// newProgram puts rules together.
func newProgram(rules []*compiledRule) *program {
	p := &program{
		schema: newSchema(), predicateIndex: map[string]int32{}, classIndex: map[string]int32{},
		index: index{groups: map[dpi.ProtocolID]int32{}},
	}
	for _, r := range rules {
		n := int32(len(p.rules))
		pr := programRule{compiled: r}
		for i := range r.Attributes {
			pr.cells = append(pr.cells, p.schema.add(&r.Attributes[i]))
		}
		p.rules = append(p.rules, pr)
		if r.machine == nil {
			p.addSimple(n, r)
		} else {
			p.addMachine(n, r)
		}
	}
	p.countKeys()
	for i := range p.classes {
		a := p.bestAccess(&p.classes[i])
		p.index.put(p, int32(i), &p.classes[i], &a)
	}
	p.index.shareContents(p.predicates)
	p.index.finish()
	for i := range p.schema.Attributes {
		p.numeric = append(p.numeric, p.schema.Attributes[i].Type.IsNumber())
	}
	p.predicateIndex, p.classIndex = nil, nil
	return p
}

// addMachine adds a rule with a machine.
func (p *program) addMachine(n int32, r *compiledRule) {
	pr := &p.rules[n]
	for i, s := range r.machine.states {
		var guards []guard
		for _, w := range s.waits {
			b := guardBuilder{p: p, r: r.Rule, event: w.event, occurred: s.occurred, layout: r.layouts[i]}
			guards = append(guards, b.guard())
		}
		pr.guards = append(pr.guards, guards)
	}
	for i, g := range pr.guards[0] {
		p.classes[g.class].starts = append(p.classes[g.class].starts, start{rule: n, wait: int32(i)})
	}
}

// addSimple adds a rule that is verified on one packet.
func (p *program) addSimple(n int32, r *compiledRule) {
	pr := &p.rules[n]
	p.bindSimple(pr)
	c := class{local: slices.Clone(pr.first)}
	switch {
	case r.Root.Op == rule.Leaf || r.Root.Op == rule.Not:
	case !r.reports(toFail):
		c.local = slices.Concat(pr.first, pr.second, pr.cross)
	case r.Root.Op == rule.And:
		c.local = nil
	}
	slices.Sort(c.local)
	c.local = slices.Compact(c.local)
	for _, i := range r.needs {
		c.needs = append(c.needs, p.schema.add(&r.Attributes[i]))
	}
	slices.Sort(c.needs)
	k := p.intern(&c)
	p.classes[k].starts = append(p.classes[k].starts, start{rule: n, wait: simpleRule})
}

// bindSimple binds the conditions of the one or two events of a rule that is
// verified on one packet.
func (p *program) bindSimple(pr *programRule) {
	r := pr.compiled
	order := []int{r.Root.Event}
	if r.Root.Op != rule.Leaf {
		order = []int{r.Root.Left.Event, r.Root.Right.Event}
	}
	for i, event := range order {
		for _, e := range conjuncts(r.Events[event-1].Expr, nil) {
			list := &pr.first
			if i == 1 {
				list = &pr.second
			}
			if references(e) != 0 {
				list = &pr.cross
				pr.waits = pr.waits || i == 0
			}
			*list = append(*list, p.predicate(p.bindOne(r.Rule, e)))
		}
	}
}

// bindOne turns an expression into a condition on one packet that is all events
// at once.
func (p *program) bindOne(r *rule.Rule, e *rule.Expr) *cond {
	b := guardBuilder{p: p, r: r}
	return b.bindAll(e)
}

// bindAll is bind with every attribute that of the packet at hand.
func (b *guardBuilder) bindAll(e *rule.Expr) *cond {
	own := *e
	own.Event = 0
	own.Args = nil
	c := b.bind(b.event, &own)
	for _, a := range e.Args {
		c.args = append(c.args, b.bindAll(a))
	}
	if e.Op == rule.Call {
		b.p.addCall(c)
	}
	return c
}

// addCall gives a call its place among functions and arguments.
func (p *program) addCall(c *cond) {
	c.scratch = int32(p.scratch)
	p.scratch += len(c.args)
	at := slices.Index(p.functions, c.fn)
	if at < 0 {
		at = len(p.functions)
		p.functions = append(p.functions, c.fn)
	}
	c.call = int32(at)
}

// intern returns the number of a class, the same for equal ones.
func (p *program) intern(c *class) int32 {
	key := fmt.Sprint(c.local, c.needs, c.joins)
	if i, ok := p.classIndex[key]; ok {
		return i
	}
	i := int32(len(p.classes))
	p.classIndex[key] = i
	p.classes = append(p.classes, *c)
	return i
}

// reports tells whether an outcome of the rule is told as a verdict.
func (r *compiledRule) reports(o outcome) bool {
	switch o {
	case toPass:
		return r.Type != rule.Security
	case toFail:
		return tellsFailure(r.Rule)
	}
	return false
}

// verdict returns what an outcome is called.
func (r *compiledRule) verdict(o outcome) rule.Outcome {
	switch {
	case o == toFail:
		return rule.NotRespected
	case r.Type == rule.Test:
		return rule.Respected
	}
	return rule.Detected
}
