package reference

import "mmt/analyzer/security/rule"

// ending is what it means that an alternative's tree comes to an end.
type ending uint8

const (
	// byTrigger: left is the context, whose failure is no verdict; right is the
	// trigger, whose failure is one.
	byTrigger ending = iota
	// byContext: all is context: passing is a pass, failing is no verdict.
	byContext
	// atOnce: passing is a violation, because what had to come before did not.
	atOnce
)

// alternative is one way for a property to begin.
type alternative struct {
	root  *node
	nodes int // numbered from 0
	ends  ending
	// unless is the alternative that decides when a packet completes an instance
	// of it: then this one does not begin on that packet.
	unless *alternative
}

// node is a node of an alternative's tree.
type node struct {
	id          int
	op          rule.NodeOp // Leaf, Then, Or, Not
	event       int
	left, right *node
	bounds
	part
}

// part tells in which part of the property a node lies.
type part struct {
	// moving: the instance itself moves on, instead of a copy. So it is in the
	// right side of any NOT and in the trigger of the property, but for the first
	// events of the trigger if nobody is told that it failed.
	moving bool
	// anew: windows are not bound by those around them. So it is in the trigger.
	anew bool
}

// alternatives returns the ways in which a property may begin.
func alternatives(r *rule.Rule) []*alternative {
	root := r.Root
	switch {
	case root.Repeat > 1:
		return []*alternative{build(r, repeated(root), byTrigger)}
	case root.Op == rule.Leaf || root.Op == rule.Or:
		return []*alternative{build(r, plain(root), byContext)}
	case root.Op == rule.Not:
		return []*alternative{build(r, plain(root), byTrigger)}
	case root.Op == rule.And:
		return append(ordered(r, root.Left, root.Right), ordered(r, root.Right, root.Left)...)
	}
	return ordered(r, root.Left, root.Right)
}

// ordered returns the alternatives of "c THEN t" with the windows of the root.
func ordered(r *rule.Rule, c, t *rule.Node) (list []*alternative) {
	before, after := beforeAndAfter(r.Root, plain(c), plain(t))
	var first *alternative
	if before != nil {
		first = build(r, before, byContext)
		list = append(list, first)
	}
	second := build(r, after, byTrigger)
	if first != nil && tellsFailure(r) {
		if c.Op != rule.Leaf {
			panic("reference: the context of a negative window is not one event; the compiler must refuse it")
		}
		if second == nil {
			second = build(r, c, atOnce)
		}
		second.unless = first
	}
	if second != nil {
		list = append(list, second)
	}
	return list
}

// build numbers the nodes of a plain tree and tells its parts apart; nil of nil.
func build(r *rule.Rule, n *rule.Node, ends ending) *alternative {
	if n == nil {
		return nil
	}
	a := &alternative{ends: ends}
	if ends == byTrigger {
		a.root = a.node(n, part{}, part{moving: tellsFailure(r) || n.Op == rule.Not, anew: true})
	} else {
		a.root = a.sub(n, part{})
	}
	return a
}

// tellsFailure tells whether the failure of the trigger gives a verdict.
func tellsFailure(r *rule.Rule) bool { return r.Type == rule.Security || r.Type == rule.Test }

// sub copies a plain tree that lies in a part. The right side of a NOT moves, and
// so does what comes after the first events of the trigger.
func (a *alternative) sub(n *rule.Node, p part) *node {
	moving := p.moving || n.Op == rule.Not || n.Op == rule.Then && p.anew
	return a.node(n, p, part{moving: moving, anew: p.anew})
}

// node copies a plain tree whose right side lies in a part of its own.
func (a *alternative) node(n *rule.Node, p, right part) *node {
	c := &node{id: a.nodes, op: n.Op, event: n.Event, part: p}
	a.nodes++
	if n.HasDelay {
		c.delay = &n.Delay
	}
	if n.HasCount {
		c.count = &n.Count
	}
	if n.Op != rule.Leaf {
		c.left = a.sub(n.Left, p)
		c.right = a.sub(n.Right, right)
	}
	return c
}

// samePacket tells whether the right side must hold on the packet that
// completes the left one.
func (n *node) samePacket() bool {
	return n.delay != nil && *n.delay == (rule.Window{}) || n.count != nil && *n.count == (rule.Window{})
}
