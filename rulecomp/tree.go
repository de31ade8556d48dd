package rulecomp

import (
	"strconv"
	"strings"

	"mmt/analyzer/security/rule"
)

// maxRepeat is the largest repeat_times.
const maxRepeat = 10000

var nodeOps = map[string]rule.NodeOp{
	"THEN": rule.Then, "BEFORE": rule.Then, "AND": rule.And, "OR": rule.Or, "NOT": rule.Not,
}

// root compiles the tree below a property.
func (p *prop) root(e *element) *rule.Node {
	value, given := e.attr("value")
	name := strings.ToUpper(strings.TrimSpace(value))
	if given && name != "COMPUTE" {
		return p.operator(e, name)
	}
	if len(e.children) == 1 && e.children[0].name == "event" {
		return p.node(e.children[0])
	}
	for _, child := range e.children {
		p.node(child)
	}
	switch {
	case len(e.children) == 0:
	case given:
		p.failIn(e, "value", "a property of value COMPUTE has one <event>, not %s (join events with THEN, AND, OR or NOT)", p.count(e))
	default:
		p.failf(e.line, p.where, "the property has no value and %s (write value=\"THEN\", or AND, OR, NOT)", p.count(e))
	}
	return nil
}

// count tells how many children e has.
func (p *prop) count(e *element) string {
	if len(e.children) == 1 {
		return "one child <" + e.children[0].name + ">"
	}
	return strconv.Itoa(len(e.children)) + " children"
}

// node compiles an operator or event.
func (p *prop) node(e *element) *rule.Node {
	value, given := e.attr("value")
	name := strings.ToUpper(strings.TrimSpace(value))
	switch {
	case e.name == "operator" && !given:
		p.failf(e.line, p.where, "<operator> has no value (write value=\"THEN\", or AND, OR, NOT)")
	case e.name == "operator":
		p.checkAttributes(e, p.where, operatorAttributes)
		return p.operator(e, name)
	case e.name == "event":
		p.checkAttributes(e, p.where, eventAttributes)
		if given && name != "COMPUTE" {
			p.failIn(e, "value", "value %q of an event (it is COMPUTE)", value)
		}
		return p.leaf(e)
	default:
		p.failf(e.line, p.where, "unknown element <%s>%s", e.name, didYouMean(e.name, []string{"operator", "event"}))
	}
	return nil
}

// leaf makes the node of an event, whose number comes later.
func (p *prop) leaf(e *element) *rule.Node {
	ev := &event{el: e, leaf: &rule.Node{Op: rule.Leaf, Repeat: 1}}
	p.events = append(p.events, ev)
	for _, child := range e.children {
		p.failf(child.line, p.where, "<%s> inside <event> (close the event with /> before it)", child.name)
	}
	return ev.leaf
}

// operator compiles a property or operator element that joins two children.
func (p *prop) operator(e *element, name string) *rule.Node {
	op, ok := nodeOps[name]
	if !ok {
		p.failIn(e, "value", "unknown operator %q%s", name, orOneOf(name, []string{"THEN", "AND", "OR", "NOT"}))
	}
	n := &rule.Node{Op: op, Repeat: 1}
	if e.name == "operator" { // others tell theirs in the rule and its events
		n.Description, _ = e.attr("description")
	}
	p.windows(e, n)
	if name == "BEFORE" {
		n.Delay = rule.Window{Min: -n.Delay.Max, Max: -n.Delay.Min}
		n.Count = rule.Window{Min: -n.Count.Max, Max: -n.Count.Min}
	}
	n.Repeat = p.repeat(e)
	if len(e.children) == 0 && e.name == "property" {
		return n
	}
	var below []*rule.Node
	for i, child := range e.children {
		if i == 1 && op == rule.Then && isLoneNot(child) {
			below = append(below, p.loneNot(child, n))
			continue
		}
		below = append(below, p.node(child))
	}
	if !ok {
		return nil
	}
	if len(below) != 2 {
		p.failf(e.line, p.where, "%s has %s: it needs two, context and trigger%s", name, p.count(e), notMend(op, len(below)))
		return nil
	}
	if n.Left, n.Right = below[0], below[1]; n.Left == nil || n.Right == nil {
		return nil
	}
	p.checkWindows(e, n)
	return n
}

func notMend(op rule.NodeOp, children int) string {
	if op == rule.Not && children == 1 {
		return " (NOT alone may only be the second child of a THEN)"
	}
	return ""
}

// isLoneNot tells whether e is a NOT of one child, which as the right child of
// a THEN turns that into a NOT.
func isLoneNot(e *element) bool {
	value, _ := e.attr("value")
	return e.name == "operator" && len(e.children) == 1 && strings.EqualFold(strings.TrimSpace(value), "NOT")
}

// loneNot makes n, a THEN whose right child is NOT X, the operator NOT, and
// returns X. The window of e goes before that of n.
func (p *prop) loneNot(e *element, n *rule.Node) *rule.Node {
	p.checkAttributes(e, p.where, operatorAttributes)
	own := &rule.Node{}
	p.windows(e, own)
	if p.repeat(e) > 1 {
		p.failIn(e, "repeat_times", "repeat_times on a NOT of one child (give it to what it negates)")
	}
	n.Op = rule.Not
	if own.HasDelay || own.HasCount {
		n.HasDelay, n.HasCount, n.Delay, n.Count = own.HasDelay, own.HasCount, own.Delay, own.Count
	}
	return p.node(e.children[0])
}

// repeat reads repeat_times.
func (p *prop) repeat(e *element) int {
	text, ok := e.attr("repeat_times")
	if !ok {
		return 1
	}
	times, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || times < 1 || times > maxRepeat {
		p.failIn(e, "repeat_times", "repeat_times %q is no number from 1 to %d", text, maxRepeat)
		return 1
	}
	return times
}

// checkWindows notes windows that the operator can do nothing with.
func (p *prop) checkWindows(e *element, n *rule.Node) {
	if n.Repeat > 1 && n.Delay.Max < 1 && n.Count.Max < 1 {
		p.failIn(e, "repeat_times", "repeat_times %d without a time for it (give a delay_max or counter_max above 0: the most that may lie between two occurrences)", n.Repeat)
	}
	switch {
	case n.Op == rule.Or && n.Repeat == 1: // its window has no meaning
		n.Delay, n.Count, n.HasDelay, n.HasCount = rule.Window{}, rule.Window{}, false, false
	case n.HasDelay && n.HasCount && (n.Delay.Min < 0) != (n.Count.Min < 0):
		p.failf(e.line, p.where, "delays and counters of which only one starts below 0 (the trigger comes before its context by both or by none)")
	case n.Op == rule.Or || n.Delay.Min >= 0 && n.Count.Min >= 0:
	case n.Op == rule.And:
		p.failf(e.line, p.where, "AND with a negative delay_min or counter_min: it has no order (start its window at 0)")
	case n.Op == rule.Not:
		p.failf(e.line, p.where, "NOT with a negative delay_min or counter_min (swap its children: what comes first is the context)")
	}
}
