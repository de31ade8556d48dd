package random

import (
	"math/rand/v2"
	"slices"

	"mmt/analyzer/security/rule"
)

// generator makes one rule.
type generator struct {
	*rand.Rand
	events int
}

// maxDepth is how deep operators are nested.
const maxDepth = 3

// Rule returns a random rule of 1 to 5 events that the compiler might have made.
func Rule(rng *rand.Rand, id uint32) *rule.Rule {
	g := &generator{Rand: rng, events: 1 + rng.IntN(5)}
	r := &rule.Rule{
		ID: id, Type: rule.Type(rng.IntN(4)), Description: "random", Source: "random",
		Attributes: slices.Clone(alphabet), Events: make([]rule.Event, g.events),
	}
	r.Root = g.tree(g.numbers(), maxDepth)
	g.root(r)
	for i := range r.Events {
		r.Events[i] = rule.Event{Description: "random", Expr: g.condition(i + 1)}
	}
	prune(r)
	need(r)
	return r
}

// one tells true once in n times.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

// numbers returns the numbers of the events in the order of the tree, mostly
// ascending.
func (g *generator) numbers() []int {
	list := make([]int, g.events)
	for i := range list {
		list[i] = i + 1
	}
	if g.one(5) {
		g.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
	}
	return list
}

// tree returns a tree of some events.
func (g *generator) tree(events []int, depth int) *rule.Node {
	if len(events) == 1 {
		return &rule.Node{Op: rule.Leaf, Event: events[0], Repeat: 1}
	}
	k := g.split(len(events), 1<<(depth-1))
	n := &rule.Node{Op: g.operator(), Repeat: 1, Left: g.tree(events[:k], depth-1), Right: g.tree(events[k:], depth-1)}
	g.windows(n)
	if depth < maxDepth {
		g.repeat(n)
	}
	return n
}

// split returns how many of n events go to the left, so that neither side gets
// more than most.
func (g *generator) split(n, most int) int {
	low, high := max(1, n-most), min(n-1, most)
	return low + g.IntN(high-low+1)
}

func (g *generator) operator() rule.NodeOp {
	return []rule.NodeOp{
		rule.Then, rule.Then, rule.Then, rule.Then, rule.Then, rule.And, rule.And, rule.Or, rule.Or, rule.Not, rule.Not,
	}[g.IntN(11)]
}

// windows gives a node windows that its operator allows: none, of time, of
// packets, both. Only THEN may look back.
func (g *generator) windows(n *rule.Node) {
	back := n.Op == rule.Then && g.one(6)
	switch g.IntN(12) {
	case 0:
		return
	case 1:
		n.HasDelay = true
		return
	case 2, 3:
		n.HasCount, n.Count = true, g.window(back)
		return
	case 4:
		n.HasCount, n.Count = true, g.window(back)
	}
	n.HasDelay, n.Delay = true, g.window(back)
	if n.HasCount && back {
		n.Count = n.Delay
	}
}

// window returns a window that is more than the same packet.
func (g *generator) window(back bool) rule.Window {
	far := 1 + g.Int64N(10)
	if !back {
		return rule.Window{Min: g.Int64N(2), Max: far}
	}
	return rule.Window{Min: -far, Max: []int64{-1, 0, g.Int64N(6)}[g.IntN(3)]}
}

// repeat sometimes lets a node hold several times.
func (g *generator) repeat(n *rule.Node) {
	if n.Op == rule.Or && !n.HasCount && !n.HasDelay {
		return
	}
	forward := (!n.HasDelay || n.Delay.Min >= 0 && n.Delay.Max > 0) && (!n.HasCount || n.Count.Min >= 0)
	if forward && (n.HasDelay || n.HasCount) && g.one(10) {
		n.Repeat = 2 + g.IntN(2)
	}
}

// root mends what the compiler refuses: a root that looks back, of a type that
// tells failure, whose context is not one event.
func (g *generator) root(r *rule.Rule) {
	n := r.Root
	back := n.HasDelay && n.Delay.Min < 0 || n.HasCount && n.Count.Min < 0
	if back && n.Left.Op != rule.Leaf && (r.Type == rule.Security || r.Type == rule.Test) {
		r.Type = rule.Attack
	}
}

// prune leaves only the attributes that expressions read.
func prune(r *rule.Rule) {
	used := make([]bool, len(r.Attributes))
	eachAttribute(r, func(_ int, e *rule.Expr) { used[e.Index] = true })
	place := make([]int, len(used))
	var kept []rule.Attribute
	for i, a := range r.Attributes {
		place[i] = len(kept)
		if used[i] {
			kept = append(kept, a)
		}
	}
	eachAttribute(r, func(_ int, e *rule.Expr) { e.Index = place[e.Index] })
	r.Attributes = kept
}

// eachAttribute calls f with each reading of an attribute and its event.
func eachAttribute(r *rule.Rule, f func(event int, e *rule.Expr)) {
	for i := range r.Events {
		r.Events[i].Expr.Walk(func(e *rule.Expr) {
			if e.Op == rule.Attr {
				f(i+1, e)
			}
		})
	}
}

// need notes what events need: what they read themselves, except what is_exist
// asks for, and what others read of them.
func need(r *rule.Rule) {
	asked := map[*rule.Expr]bool{}
	for i := range r.Events {
		r.Events[i].Expr.Walk(func(e *rule.Expr) {
			if e.Op == rule.Exists {
				asked[e.Args[0]] = true
			}
		})
	}
	eachAttribute(r, func(event int, e *rule.Expr) {
		if e.Event != 0 {
			event = e.Event
		}
		needs := &r.Events[event-1].Needs
		if !asked[e] && !slices.Contains(*needs, e.Index) {
			*needs = append(*needs, e.Index)
			slices.Sort(*needs)
		}
	})
}
