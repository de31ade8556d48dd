package reference

import (
	"math"
	"slices"

	"mmt/analyzer/security/rule"
)

// moment is when something happened: microseconds of packet time and the number
// of a packet.
type moment struct {
	time, count int64
}

// window is when an event may happen, closed on both sides.
type window struct {
	from, to moment
}

// always is the window of a property's first events.
var always = window{moment{math.MinInt64, math.MinInt64}, moment{math.MaxInt64, math.MaxInt64}}

// has tells whether a packet at m may satisfy what the window is for.
func (w window) has(m moment) bool {
	return m.time >= w.from.time && m.time <= w.to.time && m.count >= w.from.count && m.count <= w.to.count
}

// after returns the window of the right side of n, whose left side was complete
// at m and which itself became active with the window own.
func (n *node) after(m moment, own window) window {
	w := always
	if n.delay != nil {
		w.from.time, w.to.time = plus(m.time, n.delay.Min), plus(m.time, n.delay.Max)
	}
	if n.count != nil {
		w.from.count, w.to.count = plus(m.count, n.count.Min), plus(m.count, n.count.Max)
	}
	if !n.anew {
		w.to.time, w.to.count = min(w.to.time, own.to.time), min(w.to.count, own.to.count)
	}
	return w
}

// plus adds without going round.
func plus(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// status says how far a node has come.
type status uint8

const (
	idle status = iota
	active
	passed
	failed
)

// state is what an instance knows of a node.
type state struct {
	status status
	window window // for its first events
	now    bool   // of a leaf: to be tried on the packet at hand only
}

// instance is a property on its way.
type instance struct {
	of     *alternative
	states []state // by node id
	memory memory
	family int // those that began with the same packet and event
	since  int // when it came into its present state
	tried  int // packet that created or moved it, and is not tried again
	begun  bool
}

// newInstance returns an alternative that waits for its first events.
func newInstance(a *alternative) *instance {
	x := &instance{of: a, states: make([]state, a.nodes)}
	x.activate(a.root, always, false)
	return x
}

// clone returns a copy that shares nothing that changes.
func (x *instance) clone() *instance {
	c := *x
	c.states = slices.Clone(x.states)
	return &c
}

// activate lets a node wait for its first events: both sides of an OR at once,
// otherwise the left side.
func (x *instance) activate(n *node, w window, now bool) {
	x.begun = true
	x.states[n.id] = state{status: active, window: w, now: now && n.op == rule.Leaf}
	if n.op == rule.Leaf {
		return
	}
	x.activate(n.left, w, now)
	if n.op == rule.Or {
		x.activate(n.right, w, now)
	}
}

// update draws the conclusions from what leaves have become at m.
func (x *instance) update(n *node, m moment) status {
	s := &x.states[n.id]
	if s.status != active || n.op == rule.Leaf {
		return s.status
	}
	if n.op == rule.Or {
		s.status = oneOf(x.update(n.left, m), x.update(n.right, m))
	} else {
		s.status = x.updateSequence(n, m)
	}
	return s.status
}

// oneOf is the status of an OR: it passes with one side and fails with both.
func oneOf(l, r status) status {
	switch {
	case l == passed || r == passed:
		return passed
	case l == failed && r == failed:
		return failed
	}
	return active
}

// updateSequence is update for THEN and NOT.
func (x *instance) updateSequence(n *node, m moment) status {
	if x.states[n.right.id].status == idle {
		switch x.update(n.left, m) {
		case failed:
			return failed
		case passed:
			x.activate(n.right, n.after(m, x.states[n.id].window), n.samePacket())
		}
		return active
	}
	right := x.update(n.right, m)
	switch {
	case n.op == rule.Not && right == passed:
		return failed
	case n.op == rule.Not && right == failed:
		return passed
	}
	return right
}

// open returns the leaves that wait, in the order of the tree.
func (x *instance) open() []*node { return x.openBelow(x.of.root, nil) }

func (x *instance) openBelow(n *node, list []*node) []*node {
	switch {
	case x.states[n.id].status != active:
		return list
	case n.op == rule.Leaf:
		return append(list, n)
	case n.op == rule.Or:
		return x.openBelow(n.right, x.openBelow(n.left, list))
	case x.states[n.right.id].status == idle:
		return x.openBelow(n.left, list)
	}
	return x.openBelow(n.right, list)
}

// waiting returns the leaves that wait for an event and may have it at m.
func (x *instance) waiting(event int, m moment) []*node {
	return slices.DeleteFunc(x.open(), func(n *node) bool {
		return n.event != event || !x.states[n.id].window.has(m)
	})
}

// due returns the leaves that are to be tried on the packet at hand only, by
// ascending event.
func (x *instance) due() []*node {
	list := slices.DeleteFunc(x.open(), func(n *node) bool { return !x.states[n.id].now })
	slices.SortStableFunc(list, func(a, b *node) int { return a.event - b.event })
	return list
}

// commit drops the sides of ORs that do not lead to the leaf. It returns whether
// n does.
func (x *instance) commit(n, leaf *node) bool {
	if n.op == rule.Leaf {
		return n == leaf
	}
	left, right := x.commit(n.left, leaf), x.commit(n.right, leaf)
	if n.op == rule.Or && left {
		x.states[n.right.id].status = failed
	}
	if n.op == rule.Or && right {
		x.states[n.left.id].status = failed
	}
	return left || right
}

// done tells whether the property has come to an end.
func (x *instance) done() bool { return x.root() != active }

func (x *instance) root() status { return x.states[x.of.root.id].status }

// inconclusive tells whether the context did not come to its end.
func (x *instance) inconclusive() bool {
	if x.root() != failed {
		return false
	}
	return x.of.ends != byTrigger || x.states[x.of.root.right.id].status == idle
}
