package security

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// form says how a predicate is evaluated.
type form uint8

const (
	general       form = iota // as a condition
	numberIs                  // a number of the packet against a constant, by op
	bytesAre                  // bytes of the packet are a constant
	bytesAreNot               // bytes of the packet are not a constant
	containsBytes             // strstr of bytes of the packet for a constant
	cellsDiffer               // two byte values of the packet differ
	cellsAgree                // two byte values of the packet are the same
	cellNumbers               // two numbers of the packet against each other, by op
	alwaysTrue
)

// predicate is a condition on the packet alone, evaluated at most once for each
// packet however many rules have it.
type predicate struct {
	form form
	op   rule.Op
	cell int32
	with int32 // the other cell
	num  float64
	text []byte
	fold bool // of containsBytes: without regard to case
	cond *cond

	contents *contents // search that answers containsBytes, nil if there is none
	pattern  int32     // in it
}

// predicate returns the number of a condition on the packet, the same for equal
// conditions.
func (p *program) predicate(c *cond) int32 {
	key := string(c.appendKey(nil))
	if i, ok := p.predicateIndex[key]; ok {
		return i
	}
	i := int32(len(p.predicates))
	p.predicateIndex[key] = i
	p.predicates = append(p.predicates, simplify(c))
	for _, a := range c.args {
		a.hasten()
	}
	return i
}

// hasten finds the simple forms within a condition.
func (c *cond) hasten() {
	if q := simplify(c); q.form != general {
		c.quick = &q
		return
	}
	for _, a := range c.args {
		a.hasten()
	}
}

// simplify recognises the common forms.
func simplify(c *cond) predicate {
	q := predicate{cond: c, op: c.op, cell: -1, with: -1}
	if n, ok := constant(c); ok {
		if n != 0 {
			q.form = alwaysTrue
		}
		return q
	}
	if c.op == rule.Present && c.args[0].op == rule.Call {
		return simplifyCall(q, c.args[0])
	}
	if len(c.args) != 2 {
		return q
	}
	l, r, op := c.args[0], c.args[1], c.op
	if isConstant(l) {
		l, r, op = r, l, mirroredOp(op)
	}
	if l.op != rule.Attr || l.cell < 0 {
		return q
	}
	q.cell, q.op = l.cell, op
	switch {
	case r.op == rule.Number && l.kind == rule.Numeric && isComparison(op):
		q.form, q.num = numberIs, r.num
	case r.op == rule.Text && l.kind == rule.Bytes && op == rule.Eq:
		q.form, q.text = bytesAre, r.text
	case r.op == rule.Text && l.kind == rule.Bytes && op == rule.Ne:
		q.form, q.text = bytesAreNot, r.text
	case r.op == rule.Text && isAddress(l, r) && isComparison(op):
		q.form, q.num = numberIs, float64(binary.BigEndian.Uint32(r.text))
	case r.op == rule.Attr && r.cell >= 0 && l.kind == r.kind:
		q.form, q.with = cellsForm(l.kind, op), r.cell
	}
	return q
}

// isAddress tells whether an attribute and a constant are IPv4 addresses, which
// are in the order of their numbers.
func isAddress(l, r *cond) bool { return l.attr == dpi.IP4Addr && len(r.text) == 4 }

// cellsForm is the form of a comparison of two attributes of the packet.
func cellsForm(kind rule.Kind, op rule.Op) form {
	switch {
	case kind == rule.Numeric && isComparison(op):
		return cellNumbers
	case op == rule.Eq:
		return cellsAgree
	case op == rule.Ne:
		return cellsDiffer
	}
	return general
}

// simplifyCall recognises #strstr(attribute, 'text') != 0.
func simplifyCall(q predicate, call *cond) predicate {
	if call.fn != nil && call.fn.Contains && len(call.args) == 2 && call.args[0].op == rule.Attr &&
		call.args[0].cell >= 0 && call.args[1].op == rule.Text {
		text, _, _ := bytes.Cut(call.args[1].text, []byte{0}) // a string of C ends there
		if len(text) > 0 {
			q.form, q.cell, q.text, q.fold = containsBytes, call.args[0].cell, text, call.fn.Fold
		}
	}
	return q
}

func isConstant(c *cond) bool { return c.op == rule.Number || c.op == rule.Text }

func isComparison(op rule.Op) bool { return op >= rule.Eq && op <= rule.Ge }

// constant returns the value of a condition that is a constant number.
func constant(c *cond) (float64, bool) {
	switch {
	case c.op == rule.Number:
		return c.num, true
	case c.op == rule.Truth && c.args[0].op == rule.Number:
		return c.args[0].num, true
	case isComparison(c.op) && c.args[0].op == rule.Number && c.args[1].op == rule.Number:
		if c.op.Compare(c.args[0].num, c.args[1].num) {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// mirroredOp returns the comparison with its sides exchanged.
func mirroredOp(op rule.Op) rule.Op {
	switch op {
	case rule.Lt:
		return rule.Gt
	case rule.Le:
		return rule.Ge
	case rule.Gt:
		return rule.Lt
	case rule.Ge:
		return rule.Le
	}
	return op
}

// appendKey appends what tells a condition from others.
func (c *cond) appendKey(b []byte) []byte {
	b = fmt.Appendf(b, "(%d %v %q %d %d", c.op, c.num, c.text, c.cell, c.slot)
	if c.fn != nil {
		b = fmt.Appendf(b, " %s %p", c.fn.Name, c.fn)
	}
	for _, a := range c.args {
		b = a.appendKey(b)
	}
	return append(b, ')')
}

// holds tells whether a predicate holds for the packet at hand.
func (s *shard) holds(i int32) bool {
	m := &s.memo[i]
	if *m>>1 == s.cells.epoch {
		return *m&1 != 0
	}
	ok := s.evaluate(&s.program.predicates[i])
	*m = s.cells.epoch << 1
	if ok {
		*m |= 1
	}
	return ok
}

// evaluate tells whether a predicate holds.
func (e *evaluator) evaluate(q *predicate) bool {
	switch q.form {
	case alwaysTrue:
		return true
	case general:
		return e.truth(q.cond)
	case containsBytes:
		if c := q.contents; c != nil && c.epoch == e.cells.epoch {
			return c.seen[q.pattern] == c.epoch
		}
		return e.present(q.cond.args[0])
	}
	c := e.cells.get(q.cell)
	if c == nil {
		return false
	}
	switch q.form {
	case numberIs:
		return q.op.Compare(c.num, q.num)
	case bytesAre:
		return string(c.v.B) == string(q.text)
	case bytesAreNot:
		return string(c.v.B) != string(q.text)
	}
	d := e.cells.get(q.with)
	switch {
	case d == nil:
		return false
	case q.form == cellNumbers:
		return q.op.Compare(c.num, d.num)
	}
	return (string(c.v.B) == string(d.v.B)) == (q.form == cellsAgree)
}
