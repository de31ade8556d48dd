package reference

import "mmt/analyzer/security/rule"

// isOnePacket tells whether the rule is one on a single packet: two events joined
// by THEN, AND or NOT with no window but [0, 0].
func (i *Interpreter) isOnePacket() bool {
	n := i.rule.Root
	if n.Op == rule.Leaf || n.Op == rule.Or || n.Repeat > 1 || len(i.rule.Events) != 2 {
		return false
	}
	same := (!n.HasDelay || n.Delay == rule.Window{}) && (!n.HasCount || n.Count == rule.Window{})
	return same && isEvent(n.Left) && isEvent(n.Right)
}

func isEvent(n *rule.Node) bool { return n.Op == rule.Leaf && n.Repeat <= 1 }

// onePacket verifies such a rule on the packet at hand, which must carry what
// both events need.
func (i *Interpreter) onePacket() {
	for _, e := range i.rule.Events {
		if !i.packet.carries(i.rule, e.Needs) {
			return
		}
	}
	left, right := i.rule.Root.Left.Event, i.rule.Root.Right.Event
	first, ok := memory{one: true}.with(i.rule, left, i.packet)
	if !ok {
		if alone, ok := (memory{one: true}).with(i.rule, right, i.packet); ok && i.rule.Root.Op == rule.And {
			i.conclude(false, alone)
		}
		return
	}
	both, ok := first.with(i.rule, right, i.packet)
	i.concludeOnePacket(first, both, ok)
}

// concludeOnePacket tells the outcome when the left event holds, and the right
// one too or not.
func (i *Interpreter) concludeOnePacket(first, both memory, right bool) {
	switch {
	case i.rule.Root.Op != rule.Not && right:
		i.conclude(true, both)
	case i.rule.Root.Op != rule.Not:
		i.conclude(false, first)
	case right:
		i.conclude(false, both)
	case len(first.putOff) == 0:
		i.conclude(true, first)
	}
}
