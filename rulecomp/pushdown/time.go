package pushdown

import "mmt/analyzer/security/rule"

// clocked tells why the verdicts of a rule depend on when packets come that no
// event matches, "" if they do not.
func clocked(r *rule.Rule) string {
	switch {
	case counts(r.Root):
		return "a window is counted in packets"
	case atOnce(r.Root):
		return ""
	case tellsFailure(r) && !silentEnd(r.Root):
		return "it tells that something has not come in time"
	case negates(r.Root, r.Root.Op == rule.Not && r.Type == rule.Security):
		return "it tells that something has not come in time (NOT)"
	}
	return ""
}

// tellsFailure tells whether a property that does not hold gives a verdict.
func tellsFailure(r *rule.Rule) bool { return r.Type == rule.Security || r.Type == rule.Test }

// silentEnd tells whether nothing is told of a property that tells failure when
// one of its windows ends: its trigger must not hold (NOT), or has come before,
// or it has no trigger.
func silentEnd(n *rule.Node) bool {
	switch n.Op {
	case rule.Leaf, rule.Or, rule.Not:
		return true
	case rule.Then:
		return n.Left.Op == rule.Leaf && n.Left.Repeat <= 1 && n.Repeat <= 1 && lookBack(n)
	}
	return false
}

// lookBack tells whether the windows of a node lie before the packet.
func lookBack(n *rule.Node) bool {
	return (n.HasDelay || n.HasCount) && (!n.HasDelay || n.Delay.Max < 0) && (!n.HasCount || n.Count.Max < 0)
}

// negates tells whether there is a NOT below a node, or at it unless that is
// allowed: one that holds is known when its window ends.
func negates(n *rule.Node, atTop bool) bool {
	return n != nil && (n.Op == rule.Not && !atTop || negates(n.Left, false) || negates(n.Right, false))
}

// counts tells whether a window is more than one packet, counted in packets.
func counts(n *rule.Node) bool {
	return n != nil && (n.HasCount && n.Count != rule.Window{} || counts(n.Left) || counts(n.Right))
}

// atOnce tells whether one packet settles the rule.
func atOnce(n *rule.Node) bool {
	if n.Op == rule.Leaf {
		return n.Repeat <= 1
	}
	single := n.Left.Op == rule.Leaf && n.Right.Op == rule.Leaf && n.Left.Repeat <= 1 && n.Right.Repeat <= 1
	return n.Op != rule.Or && single && n.Repeat <= 1 && n.Delay == rule.Window{}
}
