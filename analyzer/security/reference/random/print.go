package random

import (
	"fmt"
	"strings"

	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/rule"
)

// Describe returns a rule as text, to read a counterexample by.
func Describe(r *rule.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "rule %d %s: %s\n", r.ID, r.Type, tree(r.Root))
	for i, e := range r.Events {
		fmt.Fprintf(&b, "  e%d: %s, needs", i+1, expression(r, e.Expr))
		for _, n := range e.Needs {
			b.WriteString(" " + r.Attributes[n].Name)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// tree returns "(e1 THEN e2)[0,5]us", with #[..] for windows of packets.
func tree(n *rule.Node) string {
	if n.Op == rule.Leaf {
		return fmt.Sprintf("e%d", n.Event)
	}
	s := fmt.Sprintf("(%s %s %s)", tree(n.Left), n.Op, tree(n.Right))
	if n.HasDelay {
		s += fmt.Sprintf("[%d,%d]us", n.Delay.Min, n.Delay.Max)
	}
	if n.HasCount {
		s += fmt.Sprintf("#[%d,%d]", n.Count.Min, n.Count.Max)
	}
	if n.Repeat > 1 {
		s += fmt.Sprintf("x%d", n.Repeat)
	}
	return s
}

func expression(r *rule.Rule, e *rule.Expr) string {
	switch e.Op {
	case rule.Number:
		return fmt.Sprint(e.Num)
	case rule.Text:
		return fmt.Sprintf("%q", e.Bytes)
	case rule.Attr:
		if e.Event == 0 {
			return r.Attributes[e.Index].Name
		}
		return fmt.Sprintf("%s.%d", r.Attributes[e.Index].Name, e.Event)
	}
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		args[i] = expression(r, a)
	}
	switch {
	case e.Op == rule.Call:
		return fmt.Sprintf("#%s(%s)", e.Func.Name, strings.Join(args, ", "))
	case len(args) == 1:
		return fmt.Sprintf("%s(%s)", e.Op, args[0])
	}
	return "(" + strings.Join(args, " "+e.Op.String()+" ") + ")"
}

// DescribePackets returns packets as text, one a line, with times relative to
// the first.
func DescribePackets(packets []reference.Packet) string {
	var b strings.Builder
	for _, p := range packets {
		fmt.Fprintf(&b, "#%d %dns flow %d:", p.Counter, p.Time-packets[0].Time, p.Flow)
		for _, a := range alphabet {
			v, ok := p.Values[reference.KeyOf(a)]
			if ok && a.Type.IsNumber() {
				fmt.Fprintf(&b, " %s=%d", a.Name, v.N)
			} else if ok {
				fmt.Fprintf(&b, " %s=%s", a.Name, v.AppendText(nil))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
