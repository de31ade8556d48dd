package reference

import (
	"fmt"

	"mmt/analyzer/security/rule"
)

// plain returns a tree that means the same as n but has only leaves, THEN with
// windows that do not lie before, OR and NOT.
func plain(n *rule.Node) *rule.Node {
	if n.Repeat > 1 {
		return repeated(n)
	}
	switch n.Op {
	case rule.Leaf:
		return n
	case rule.Or:
		return either(plain(n.Left), plain(n.Right))
	case rule.And:
		return either(sequence(n, n.Left, n.Right), sequence(n, n.Right, n.Left))
	case rule.Not:
		return notAfter(n)
	}
	return sequence(n, n.Left, n.Right)
}

// repeated returns the chain of a node that must hold several times: each
// occurrence on a later packet, and not later after the one before than the
// node's own upper bound.
func repeated(n *rule.Node) *rule.Node {
	once := *n
	once.Repeat = 1
	chain := plain(&once)
	for i := 1; i < n.Repeat; i++ {
		chain = link(n, chain, plain(&once))
	}
	return chain
}

// link joins two occurrences of a repeated node.
func link(n, first, second *rule.Node) *rule.Node {
	delay, count := bindingDelay(n), bindingCount(n)
	if delay != nil {
		delay = &rule.Window{Min: 1, Max: delay.Max}
	}
	if count != nil {
		count = &rule.Window{Min: 1, Max: count.Max}
	}
	return then(first, second, bounds{delay, count})
}

// bounds are the windows of a node that bind, nil for one that does not.
type bounds struct {
	delay, count *rule.Window
}

// bindingDelay returns the time window of a node: without any window it is the
// same packet.
func bindingDelay(n *rule.Node) *rule.Window {
	switch {
	case n.HasDelay:
		return &rule.Window{Min: n.Delay.Min, Max: n.Delay.Max}
	case n.HasCount:
		return nil
	}
	return &rule.Window{}
}

// bindingCount returns the window of a node that counts packets.
func bindingCount(n *rule.Node) *rule.Window {
	if !n.HasCount {
		return nil
	}
	return &rule.Window{Min: n.Count.Min, Max: n.Count.Max}
}

func then(c, t *rule.Node, b bounds) *rule.Node {
	n := &rule.Node{Op: rule.Then, Left: c, Right: t}
	b.set(n)
	return n
}

func either(l, r *rule.Node) *rule.Node { return &rule.Node{Op: rule.Or, Left: l, Right: r} }

func notAfter(n *rule.Node) *rule.Node {
	b := bounds{bindingDelay(n), bindingCount(n)}
	if before, after := b.split(); before != nil || after == nil {
		panic("reference: NOT with a negative window has no meaning; the compiler must refuse it")
	}
	not := &rule.Node{Op: rule.Not, Left: plain(n.Left), Right: plain(n.Right)}
	b.set(not)
	return not
}

// set gives a node windows.
func (b bounds) set(n *rule.Node) {
	if b.delay != nil {
		n.HasDelay, n.Delay = true, *b.delay
	}
	if b.count != nil {
		n.HasCount, n.Count = true, *b.count
	}
}

// sequence returns "t within the windows of n after c", which with negative
// windows is "c after t", with windows around the same packet either.
func sequence(n, c, t *rule.Node) *rule.Node {
	before, after := beforeAndAfter(n, plain(c), plain(t))
	switch {
	case before == nil:
		return after
	case after == nil:
		return before
	}
	return either(before, after)
}

// beforeAndAfter returns the two ways in which t may hold in the windows of n
// around c: before it and after it, nil if the windows do not allow one.
func beforeAndAfter(n, c, t *rule.Node) (before, after *rule.Node) {
	b, a := bounds{bindingDelay(n), bindingCount(n)}.split()
	if b == nil && a == nil {
		panic(fmt.Sprintf("reference: windows %v and %v lie on different sides; the compiler must refuse them", n.Delay, n.Count))
	}
	if b != nil {
		before = then(t, c, *b)
	}
	if a != nil {
		after = then(c, t, *a)
	}
	return before, after
}

// split returns the parts of windows that lie before and after, seen from the
// event that then comes first; nil if some window has no such part.
func (b bounds) split() (before, after *bounds) {
	before, after = &bounds{}, &bounds{}
	if b.delay != nil {
		before.delay, after.delay = halves(*b.delay)
	}
	if b.count != nil {
		before.count, after.count = halves(*b.count)
	}
	return before.complete(b), after.complete(b)
}

// complete returns b if it has all windows that the whole has, else nil.
func (b *bounds) complete(whole bounds) *bounds {
	if (whole.delay != nil) != (b.delay != nil) || (whole.count != nil) != (b.count != nil) {
		return nil
	}
	return b
}

// halves splits a window. What lies before is at least one microsecond or one
// packet before, because the same packet counts as after.
func halves(w rule.Window) (before, after *rule.Window) {
	switch {
	case w.Min >= 0:
		return nil, &w
	case w.Max < 0:
		return &rule.Window{Min: -w.Max, Max: -w.Min}, nil
	}
	return &rule.Window{Min: 1, Max: -w.Min}, &rule.Window{Min: 0, Max: w.Max}
}
