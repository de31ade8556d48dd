package random

import (
	"bytes"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// Functions that conditions call.
var (
	length = &rule.Function{
		Name: "length", Params: []rule.Kind{rule.Bytes}, Result: rule.Numeric,
		Call: func(args []rule.Value) rule.Value { return rule.NumberValue(float64(len(args[0].B))) },
	}
	sum = &rule.Function{
		Name: "sum", Params: []rule.Kind{rule.Numeric}, Variadic: true, Result: rule.Numeric,
		Call: func(args []rule.Value) rule.Value {
			n := 0.0
			for _, a := range args {
				n += a.Num
			}
			return rule.NumberValue(n)
		},
	}
	find = &rule.Function{
		Name: "find", Params: []rule.Kind{rule.Bytes, rule.Bytes}, Result: rule.Bytes,
		Call: func(args []rule.Value) rule.Value {
			i := bytes.Index(args[0].B, args[1].B)
			if i < 0 {
				return rule.NullValue()
			}
			return rule.Value{Type: dpi.String, B: args[0].B[i:]}
		},
	}
)

func condition(op rule.Op, args ...*rule.Expr) *rule.Expr {
	return &rule.Expr{Op: op, Kind: rule.Bool, Args: args}
}

func number(n int) *rule.Expr { return &rule.Expr{Op: rule.Number, Num: float64(n)} }

func constant(s string) *rule.Expr {
	return &rule.Expr{Op: rule.Text, Kind: rule.Bytes, Bytes: []byte(s)}
}

func call(f *rule.Function, args ...*rule.Expr) *rule.Expr {
	return &rule.Expr{Op: rule.Call, Kind: f.Result, Func: f, Args: args}
}

// attribute reads an attribute, of the packet at hand if event is 0.
func attribute(index, event int) *rule.Expr {
	e := &rule.Expr{Op: rule.Attr, Index: index, Event: event}
	if !alphabet[index].Type.IsNumber() {
		e.Kind = rule.Bytes
	}
	return e
}

// condition returns the condition of an event: at least one that is easy to
// satisfy, sometimes others.
func (g *generator) condition(event int) *rule.Expr {
	list := []*rule.Expr{g.simple()}
	for g.one(2) && len(list) < 4 {
		list = append(list, g.term(event, 1))
	}
	if len(list) == 1 {
		return list[0]
	}
	g.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
	return condition(rule.AllOf, list...)
}

// term returns a condition, with && and || nested up to depth.
func (g *generator) term(event, depth int) *rule.Expr {
	switch {
	case depth > 0 && g.one(4):
		return condition(rule.AnyOf, g.term(event, depth-1), g.term(event, depth-1))
	case depth > 0 && g.one(6):
		return condition(rule.AllOf, g.term(event, depth-1), g.simple())
	case g.events > 1 && g.one(2):
		return g.reference(g.other(event))
	case g.one(3):
		return g.special()
	}
	return g.simple()
}

// other returns another event than the given one, mostly an earlier one.
func (g *generator) other(event int) int {
	if event > 1 && !g.one(6) {
		return 1 + g.IntN(event-1)
	}
	other := 1 + g.IntN(g.events-1)
	if other >= event {
		other++
	}
	return other
}

// number returns the index of an attribute that is a number.
func (g *generator) number() int { return small + g.IntN(3) }

// relation returns a comparison.
func (g *generator) relation() rule.Op {
	return []rule.Op{rule.Eq, rule.Ne, rule.Lt, rule.Le, rule.Gt, rule.Ge}[g.IntN(6)]
}

// simple compares an attribute with a constant, or asks for a flag.
func (g *generator) simple() *rule.Expr {
	switch g.IntN(8) {
	case 0:
		return condition(rule.Eq, attribute(flag, 0), number(1))
	case 1:
		return condition(rule.Eq, attribute(text, 0), constant(texts[g.IntN(3)]))
	case 2:
		return condition(rule.Ne, attribute(source, 0), constant(string(addresses[g.IntN(3)])))
	case 3, 4:
		return condition(rule.Eq, attribute(g.number(), 0), number(g.IntN(4)))
	}
	return condition(g.relation(), attribute(g.number(), 0), number(1+g.IntN(2)))
}

// reference compares with what another event's packet had.
func (g *generator) reference(event int) *rule.Expr {
	n := g.number()
	switch g.IntN(6) {
	case 0:
		return condition(rule.Eq, attribute(source, 0), attribute(target, event))
	case 1:
		return condition(rule.Eq, attribute(source, 0), attribute(source, event))
	case 2:
		return condition(rule.Ne, attribute(target, 0), attribute(target, event))
	case 3:
		return condition(g.relation(), &rule.Expr{Op: g.arithmetic(), Args: []*rule.Expr{attribute(n, 0), attribute(n, event)}}, number(g.IntN(3)))
	case 4:
		return condition(rule.Eq, attribute(n, 0), attribute(n, event))
	}
	return condition(g.relation(), attribute(n, 0), attribute(n, event))
}

func (g *generator) arithmetic() rule.Op {
	return []rule.Op{rule.Add, rule.Sub, rule.Mul, rule.Div}[g.IntN(4)]
}

// special returns a condition of a rarer kind.
func (g *generator) special() *rule.Expr {
	bytes := source + g.IntN(3)
	switch g.IntN(7) {
	case 0:
		return condition(rule.Exists, attribute(g.IntN(len(alphabet)), 0))
	case 1:
		return condition(rule.Present, attribute(bytes, 0))
	case 2:
		return condition(rule.Empty, attribute(text, 0))
	case 3:
		return condition(rule.Truth, call(length, attribute(text, 0)))
	case 4:
		return condition(rule.Ge, call(sum, attribute(small, 0), attribute(medium, 0)), number(g.IntN(5)))
	case 5:
		op := rule.Present
		if g.one(2) {
			op = rule.Missing
		}
		return condition(op, call(find, attribute(text, 0), constant(texts[g.IntN(3)])))
	}
	return condition(rule.Truth, attribute(g.number(), 0))
}
