package security

import (
	"fmt"

	"mmt/analyzer/security/rule"
)

// shape is what a node of the normalised tree is.
type shape uint8

const (
	leafShape shape = iota // one event
	seqShape               // kids[0], then (or, negated, not then) kids[1] in a window
	altShape               // one of kids
)

// tree is a property's tree with AND, BEFORE and repetitions spelt out as
// sequences and alternatives, and with what depends on the place of a node.
type tree struct {
	shape  shape
	event  int
	kids   []*tree
	win    window
	negate bool // of a sequence: kids[1] must not hold
	root   bool // a sequence whose kids[0] is the property's context, kids[1] its trigger
	moving bool // events advance the instance itself, not a copy
	clip   bool // the window ends no later than that of the sequence itself
	before bool // kids[1] is the context, kids[0] the trigger that came before it
}

// window is a rule's window with what binds; times are microseconds.
type window struct {
	time, count       rule.Window
	hasTime, hasCount bool
}

// never is an upper bound that is not reached.
const never = int64(1) << 62

// windowOf returns the window of an operator: the same packet if it gives none.
func windowOf(n *rule.Node) window {
	w := window{time: n.Delay, count: n.Count, hasTime: n.HasDelay, hasCount: n.HasCount}
	if !w.hasTime && !w.hasCount {
		w.hasTime, w.time = true, rule.Window{}
	}
	return w
}

// samePacket tells whether the window holds the packet that opens it and no
// other.
func (w *window) samePacket() bool {
	return w.hasTime && w.time == rule.Window{} || w.hasCount && w.count == rule.Window{}
}

// backward tells whether the window begins before the packet that opens it.
func (w *window) backward() bool {
	return w.hasTime && w.time.Min < 0 || w.hasCount && w.count.Min < 0
}

// mirror returns the part of a backward window that lies before the packet, as
// seen from its far end.
func (w *window) mirror() window {
	m := *w
	m.time, m.count = mirrored(w.time), mirrored(w.count)
	return m
}

func mirrored(w rule.Window) rule.Window {
	if w.Max >= 0 {
		return rule.Window{Min: 1, Max: max(-w.Min, 1)}
	}
	return rule.Window{Min: -w.Max, Max: -w.Min}
}

// forward returns the part of a backward window that does not lie before the
// packet; ok is false if there is none.
func (w *window) forward() (f window, ok bool) {
	f = *w
	f.time.Min, f.count.Min = max(0, w.time.Min), max(0, w.count.Min)
	return f, (!w.hasTime || w.time.Max >= 0) && (!w.hasCount || w.count.Max >= 0)
}

// place is what a node's position says of it.
type place struct{ moving, clip, trigger bool }

// later returns the place of what follows in a sequence: what follows the first
// events of a trigger moves the instance.
func (at place) later() place {
	at.moving = at.moving || at.trigger
	return at
}

var contextPlace = place{moving: false, clip: true}

// triggerPlace is the place of a property's trigger. Where a failure is told, or
// the trigger must not hold, an instance moves through the trigger, so that each
// context has one answer; where only success is told, the first events of the
// trigger are taken by copies, as in the context.
func triggerPlace(r *rule.Rule) place {
	return place{moving: tellsFailure(r) || r.Root.Op == rule.Not, clip: false, trigger: true}
}

// tellsFailure tells whether a property that does not hold gives a verdict.
func tellsFailure(r *rule.Rule) bool { return r.Type == rule.Security || r.Type == rule.Test }

// growTree normalises the tree of a property.
func growTree(r *rule.Rule) (*tree, error) {
	n := r.Root
	switch n.Op {
	case rule.And:
		w := windowOf(n)
		return alternatives(contextPlace, rootSequence(r, n.Left, n.Right, w), rootSequence(r, n.Right, n.Left, w)), nil
	case rule.Then, rule.Not:
		if w := windowOf(n); w.backward() {
			return backwardRoot(r, w)
		}
		return rootSequence(r, n.Left, n.Right, windowOf(n)), nil
	}
	return grow(n, contextPlace), nil
}

// rootSequence makes the sequence of a property's context and trigger.
func rootSequence(r *rule.Rule, left, right *rule.Node, w window) *tree {
	return &tree{
		shape: seqShape, win: w, root: true, negate: r.Root.Op == rule.Not,
		kids: []*tree{grow(left, contextPlace), grow(right, triggerPlace(r))},
	}
}

// backwardRoot makes the tree of a property whose trigger may come before its
// context: the trigger remembered until the context, and the context first
// where the window reaches beyond it.
func backwardRoot(r *rule.Rule, w window) (*tree, error) {
	n := r.Root
	if n.Op == rule.Not {
		return nil, fmt.Errorf("NOT cannot look back: a window of NOT begins at 0 or later")
	}
	if tellsFailure(r) && n.Left.Op != rule.Leaf {
		return nil, fmt.Errorf("a %v property that looks back needs a context of one event", r.Type)
	}
	back := sequence(contextPlace, grow(n.Right, contextPlace), grow(n.Left, contextPlace), w.mirror())
	back.before = true
	kids := []*tree{back}
	if f, ok := w.forward(); ok {
		kids = append(kids, rootSequence(r, n.Left, n.Right, f))
	}
	return alternatives(contextPlace, kids...), nil
}

// grow normalises a node, with its repetitions.
func grow(n *rule.Node, at place) *tree {
	t := growOnce(n, at)
	for i := 1; i < n.Repeat; i++ {
		w := windowOf(n)
		w.time.Min, w.count.Min = 1, 1
		t = sequence(at, t, growOnce(n, at.later()), w)
	}
	return t
}

func growOnce(n *rule.Node, at place) *tree {
	w := windowOf(n)
	switch n.Op {
	case rule.Leaf:
		return &tree{shape: leafShape, event: n.Event, moving: at.moving}
	case rule.Or:
		return alternatives(at, grow(n.Left, at), grow(n.Right, at))
	case rule.And:
		return alternatives(at,
			sequence(at, grow(n.Left, at), grow(n.Right, at.later()), w),
			sequence(at, grow(n.Right, at), grow(n.Left, at.later()), w))
	case rule.Not:
		t := sequence(at, grow(n.Left, at), grow(n.Right, place{moving: true, clip: at.clip}), w)
		t.negate = true
		return t
	}
	if !w.backward() {
		return sequence(at, grow(n.Left, at), grow(n.Right, at.later()), w)
	}
	back := sequence(at, grow(n.Right, at), grow(n.Left, at.later()), w.mirror())
	if f, ok := w.forward(); ok {
		return alternatives(at, back, sequence(at, grow(n.Left, at), grow(n.Right, at.later()), f))
	}
	return back
}

func sequence(at place, first, second *tree, w window) *tree {
	return &tree{shape: seqShape, win: w, clip: at.clip, kids: []*tree{first, second}}
}

func alternatives(at place, kids ...*tree) *tree {
	return &tree{shape: altShape, moving: at.moving, kids: kids}
}
