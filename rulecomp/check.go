package rulecomp

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// checker turns the expression of one event into its checked form.
type checker struct {
	*prop
	event *event
}

// value is a checked operand with what its further use must know.
type value struct {
	x    *rule.Expr
	pos  int
	word string       // as written, of what is one word
	typ  dpi.DataType // of an attribute or address
	// quoted is a string that becomes an address where it is compared with one.
	quoted bool
	// open is a call of embedded C whose result takes the kind that is needed.
	open bool
}

// name returns v as messages name it.
func (v *value) name() string {
	switch {
	case v.x.Kind == rule.Bool:
		return "a condition"
	case v.x.Op == rule.Attr:
		return v.word + " (" + v.typ.String() + ")"
	case v.x.Op == rule.Number:
		return "the number " + strconv.FormatFloat(v.x.Num, 'g', -1, 64)
	case v.x.Op == rule.Text && v.quoted:
		return "the string '" + visible(v.word) + "'"
	case v.x.Op == rule.Text:
		return "the address " + v.word
	case v.x.Op == rule.Call:
		return "the result of #" + v.x.Func.Name
	}
	return "the result of " + v.x.Op.String()
}

// isConstant tells whether v is a constant number.
func (v *value) isConstant() bool { return v.x.Op == rule.Number }

func constant(pos int, n float64) value {
	return value{x: &rule.Expr{Op: rule.Number, Kind: rule.Numeric, Num: n}, pos: pos}
}

// truth returns the condition that always or never holds.
func truth(holds bool) *rule.Expr {
	n := &rule.Expr{Op: rule.Number, Kind: rule.Numeric}
	if holds {
		n.Num = 1
	}
	return &rule.Expr{Op: rule.Truth, Kind: rule.Bool, Args: []*rule.Expr{n}}
}

// isTruth tells whether a condition is one that always or never holds.
func isTruth(x *rule.Expr) (holds, ok bool) {
	if x.Op != rule.Truth || x.Args[0].Op != rule.Number {
		return false, false
	}
	return x.Args[0].Num != 0, true
}

func condition(pos int, x *rule.Expr) value { return value{x: x, pos: pos} }

// compile checks an expression that must be a condition.
func (c *checker) compile(text string) (*rule.Expr, error) {
	s, err := parseExpression(text)
	if err != nil {
		return nil, err
	}
	return c.condition(s)
}

// condition checks an expression and makes it a condition.
func (c *checker) condition(s *syntax) (*rule.Expr, error) {
	v, err := c.value(s)
	if err != nil {
		return nil, err
	}
	c.settle(&v, rule.Numeric)
	switch {
	case v.x.Kind == rule.Bool:
		return v.x, nil
	case v.isConstant():
		return truth(v.x.Num != 0), nil
	case v.x.Kind == rule.Numeric:
		return &rule.Expr{Op: rule.Truth, Kind: rule.Bool, Args: []*rule.Expr{v.x}}, nil
	case v.x.Op == rule.Text:
		return nil, errorAt(v.pos, "%s is no condition (compare it with something)", v.name())
	}
	return &rule.Expr{Op: rule.Present, Kind: rule.Bool, Args: []*rule.Expr{v.x}}, nil
}

// value checks an expression.
func (c *checker) value(s *syntax) (value, error) {
	switch s.sign {
	case "":
		return c.word(s)
	case "#":
		return c.call(s)
	case "&&":
		return c.logical(s, rule.AllOf)
	case "||":
		return c.logical(s, rule.AnyOf)
	case "neg":
		zero := &syntax{pos: s.pos, word: "0"}
		return c.arithmetic(&syntax{pos: s.pos, sign: "-", args: []*syntax{zero, s.args[0]}})
	case "+", "-", "*", "/":
		return c.arithmetic(s)
	}
	return c.comparison(s, comparisons[s.sign])
}

// logical checks operands joined by && or ||. Brackets that join by the same
// sign become one; constants that decide nothing go.
func (c *checker) logical(s *syntax, op rule.Op) (value, error) {
	all := &rule.Expr{Op: op, Kind: rule.Bool, Args: make([]*rule.Expr, 0, len(s.args)+2)}
	decides := op == rule.AnyOf // the constant that settles the outcome
	settled := false
	for _, arg := range s.args {
		x, err := c.condition(arg)
		if err != nil {
			return value{}, err
		}
		holds, isConstant := isTruth(x)
		switch {
		case isConstant:
			settled = settled || holds == decides
		case x.Op == op:
			all.Args = append(all.Args, x.Args...)
		default:
			all.Args = append(all.Args, x)
		}
	}
	switch {
	case settled:
		return condition(s.pos, truth(decides)), nil
	case len(all.Args) == 0:
		return condition(s.pos, truth(!decides)), nil
	case len(all.Args) == 1:
		return condition(s.pos, all.Args[0]), nil
	}
	return condition(s.pos, all), nil
}

// arithmetics are the signs that calculate.
var arithmetics = map[string]rule.Op{"+": rule.Add, "-": rule.Sub, "*": rule.Mul, "/": rule.Div}

// arithmetic checks two operands that must be numbers.
func (c *checker) arithmetic(s *syntax) (value, error) {
	var args [2]value
	for i := range args {
		v, err := c.value(s.args[i])
		if err != nil {
			return value{}, err
		}
		c.settle(&v, rule.Numeric)
		if v.x.Kind != rule.Numeric {
			return value{}, errorAt(v.pos, "%s in a calculation (%s needs numbers)", v.name(), s.sign)
		}
		args[i] = v
	}
	a, b := args[0].x, args[1].x
	op := arithmetics[s.sign]
	if op == rule.Div && b.Op == rule.Number && b.Num == 0 {
		return value{}, errorAt(s.pos, "division by 0")
	}
	if a.Op == rule.Number && b.Op == rule.Number {
		return constant(s.pos, op.Calculate(a.Num, b.Num)), nil
	}
	x := &rule.Expr{Op: op, Kind: rule.Numeric, Args: []*rule.Expr{a, b}}
	return value{x: x, pos: s.pos}, nil
}

// comparison checks two operands that are compared.
func (c *checker) comparison(s *syntax, op rule.Op) (value, error) {
	a, err := c.value(s.args[0])
	if err != nil {
		return value{}, err
	}
	b, err := c.value(s.args[1])
	if err != nil {
		return value{}, err
	}
	c.settleBoth(&a, &b)
	x, err := compare(op, &a, &b)
	return condition(s.pos, x), err
}

// settleBoth gives calls of embedded C the kind of what they are compared with.
func (c *checker) settleBoth(a, b *value) {
	kind := func(v *value) rule.Kind {
		if v.open || v.x.Kind == rule.Bool {
			return rule.Numeric
		}
		return v.x.Kind
	}
	ka, kb := kind(a), kind(b)
	c.settle(a, kb)
	c.settle(b, ka)
}

// compare makes a comparison.
func compare(op rule.Op, a, b *value) (*rule.Expr, error) {
	switch {
	case a.x.Kind == rule.Bool:
		return compareTruth(op, a, b)
	case b.x.Kind == rule.Bool:
		return compareTruth(op, b, a)
	case a.x.Kind == rule.Numeric && b.x.Kind == rule.Bytes:
		return compareNothing(op, b, a)
	case a.x.Kind == rule.Bytes && b.x.Kind == rule.Numeric:
		return compareNothing(op, a, b)
	case a.x.Kind == rule.Bytes:
		if err := matchTypes(a, b); err != nil {
			return nil, err
		}
	}
	return fold(&rule.Expr{Op: op, Kind: rule.Bool, Args: []*rule.Expr{a.x, b.x}}), nil
}

// compareTruth compares a condition with true or false, which leaves it or
// turns it round.
func compareTruth(op rule.Op, cond, v *value) (*rule.Expr, error) {
	if op != rule.Eq && op != rule.Ne {
		return nil, errorAt(cond.pos, "%s with a condition (a condition is compared by == or != with true or false)", op)
	}
	holds, ok := isTruth(v.x)
	if v.isConstant() && (v.x.Num == 0 || v.x.Num == 1) {
		holds, ok = v.x.Num == 1, true
	}
	if !ok {
		return nil, errorAt(cond.pos, "a condition is compared with %s (it can be compared with true and false)", v.name())
	}
	if (op == rule.Eq) == holds {
		return cond.x, nil
	}
	return negate(cond.x), nil
}

// compareNothing compares something that is no number with a number: 0 asks
// whether it is there.
func compareNothing(op rule.Op, v, n *value) (*rule.Expr, error) {
	switch {
	case v.x.Op == rule.Text:
		return nil, errorAt(n.pos, "%s is compared with %s%s", n.name(), v.name(), unquote(v))
	case !n.isConstant():
		return nil, errorAt(v.pos, "%s is compared with %s, which is a number", v.name(), n.name())
	case n.x.Num != 0:
		return nil, errorAt(v.pos, "%s is compared with %s (only 0 has a meaning: that it is not there)", v.name(), n.name())
	case op != rule.Eq && op != rule.Ne:
		return nil, errorAt(v.pos, "%s %s 0 (only == and != have a meaning: whether it is there)", v.name(), op)
	case op == rule.Eq:
		op = rule.Missing
	default:
		op = rule.Present
	}
	return &rule.Expr{Op: op, Kind: rule.Bool, Args: []*rule.Expr{v.x}}, nil
}

// unquote tells to write a number without quotes.
func unquote(v *value) string {
	if _, err := strconv.ParseFloat(string(v.x.Bytes), 64); v.quoted && err == nil {
		return fmt.Sprintf(" (write %s without quotes)", v.x.Bytes)
	}
	return ""
}

// fold calculates a comparison of constants.
func fold(x *rule.Expr) *rule.Expr {
	a, b := x.Args[0], x.Args[1]
	switch {
	case a.Op == rule.Number && b.Op == rule.Number:
		return truth(holds(x.Op, cmp.Compare(a.Num, b.Num)))
	case a.Op == rule.Text && b.Op == rule.Text:
		return truth(holds(x.Op, bytes.Compare(a.Bytes, b.Bytes)))
	}
	return x
}

// holds tells whether a comparison holds for operands of this order.
func holds(op rule.Op, order int) bool {
	switch op {
	case rule.Eq:
		return order == 0
	case rule.Ne:
		return order != 0
	case rule.Lt:
		return order < 0
	case rule.Le:
		return order <= 0
	case rule.Gt:
		return order > 0
	}
	return order >= 0
}

// opposites are the comparisons that hold when the other does not.
var opposites = map[rule.Op]rule.Op{
	rule.Eq: rule.Ne, rule.Ne: rule.Eq, rule.Lt: rule.Ge, rule.Ge: rule.Lt, rule.Gt: rule.Le, rule.Le: rule.Gt,
	rule.AllOf: rule.AnyOf, rule.AnyOf: rule.AllOf, rule.Present: rule.Missing, rule.Exists: rule.Missing,
}

// negate turns a condition round.
func negate(x *rule.Expr) *rule.Expr {
	if holds, ok := isTruth(x); ok {
		return truth(!holds)
	}
	n := &rule.Expr{Op: opposites[x.Op], Kind: rule.Bool, Args: x.Args}
	switch x.Op {
	case rule.AllOf, rule.AnyOf:
		n.Args = make([]*rule.Expr, len(x.Args))
		for i, arg := range x.Args {
			n.Args[i] = negate(arg)
		}
	case rule.Missing:
		n.Op = rule.Present
		if x.Args[0].Op == rule.Attr {
			n.Op = rule.Exists
		}
	case rule.Empty:
		n.Op = rule.Ne
		n.Args = []*rule.Expr{x.Args[0], {Op: rule.Text, Kind: rule.Bytes}}
	case rule.Truth:
		n.Op = rule.Eq
		n.Args = []*rule.Expr{x.Args[0], {Op: rule.Number, Kind: rule.Numeric}}
	}
	return n
}
