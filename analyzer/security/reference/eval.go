package reference

import (
	"bytes"
	"encoding/binary"
	"math"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// evaluation evaluates expressions for one event.
type evaluation struct {
	rule   *rule.Rule
	memory memory
	own    func(attribute int) *dpi.Value // of the event's packet, nil if it is not there
}

// absent is the value of what is not there.
var absent = rule.NullValue()

// eval returns the value of an expression; truth is 1 or 0. Whatever is computed
// from something absent is absent, and a comparison with it is false.
func (v evaluation) eval(e *rule.Expr) rule.Value {
	switch e.Op {
	case rule.Number:
		return rule.NumberValue(e.Num)
	case rule.Text:
		return rule.TextValue(e.Bytes)
	case rule.Attr:
		return v.attribute(e)
	case rule.Add, rule.Sub, rule.Mul, rule.Div:
		return arithmetic(e.Op, v.eval(e.Args[0]), v.eval(e.Args[1]))
	case rule.Call:
		return v.call(e)
	}
	return rule.TruthValue(v.test(e))
}

// test evaluates what is true or false.
func (v evaluation) test(e *rule.Expr) bool {
	switch e.Op {
	case rule.AllOf:
		for _, a := range e.Args {
			if !truth(v.eval(a)) {
				return false
			}
		}
		return true
	case rule.AnyOf:
		for _, a := range e.Args {
			if truth(v.eval(a)) {
				return true
			}
		}
		return false
	}
	a := v.eval(e.Args[0])
	switch e.Op {
	case rule.Exists, rule.Present:
		return !a.Null
	case rule.Missing:
		return a.Null
	case rule.Empty:
		return !a.Null && len(a.B) == 0
	case rule.Truth:
		return truth(a)
	}
	return compare(e.Op, a, v.eval(e.Args[1]))
}

// attribute reads the packet of the event or of the one that is referred to.
func (v evaluation) attribute(e *rule.Expr) rule.Value {
	if e.Event == 0 {
		return operand(v.own(e.Index))
	}
	return operand(v.memory.value(v.rule, e.Event, e.Index))
}

// call calls a function, unless an argument is absent.
func (v evaluation) call(e *rule.Expr) rule.Value {
	var args []rule.Value
	for _, a := range e.Args {
		arg := v.eval(a)
		if arg.Null {
			return absent
		}
		args = append(args, arg)
	}
	if e.Func.Call == nil {
		return absent
	}
	result := e.Func.Call(args)
	if !result.Null && e.Func.Result == rule.Numeric {
		return rule.NumberValue(result.Num)
	}
	return result
}

// operand turns an attribute's value into that of an expression.
func operand(v *dpi.Value) rule.Value {
	if v == nil {
		return absent
	}
	if n, ok := v.Number(); ok {
		return rule.Value{Type: v.Type, Num: n}
	}
	return rule.Value{Type: v.Type, B: viewOf(*v)}
}

// viewOf returns the bytes of a value that is no number; IPv4 addresses may be
// given by their number alone.
func viewOf(v dpi.Value) []byte {
	if v.Type == dpi.IP4Addr && len(v.B) != 4 {
		return binary.BigEndian.AppendUint32(nil, uint32(v.N))
	}
	return v.B
}

func isNumber(v rule.Value) bool { return !v.Null && v.Type.IsNumber() }

// truth is a value used as a condition: a number that is not 0, or anything else
// that is there.
func truth(v rule.Value) bool {
	if isNumber(v) {
		return v.Num != 0
	}
	return !v.Null
}

func arithmetic(op rule.Op, a, b rule.Value) rule.Value {
	switch {
	case !isNumber(a) || !isNumber(b) || op == rule.Div && b.Num == 0:
		return absent
	case op == rule.Add:
		return rule.NumberValue(a.Num + b.Num)
	case op == rule.Sub:
		return rule.NumberValue(a.Num - b.Num)
	case op == rule.Mul:
		return rule.NumberValue(a.Num * b.Num)
	}
	return rule.NumberValue(a.Num / b.Num)
}

// compare compares numbers as doubles and everything else byte by byte.
func compare(op rule.Op, a, b rule.Value) bool {
	switch {
	case a.Null || b.Null || isNumber(a) != isNumber(b):
		return false
	case isNumber(a) && (math.IsNaN(a.Num) || math.IsNaN(b.Num)):
		return op == rule.Ne
	case isNumber(a):
		return relation(op, a.Num < b.Num, a.Num == b.Num)
	}
	c := bytes.Compare(a.B, b.B)
	return relation(op, c < 0, c == 0)
}

// relation tells whether a comparison holds between two values of which the
// first is less than the second, equal to it, or else greater.
func relation(op rule.Op, less, equal bool) bool {
	switch op {
	case rule.Eq:
		return equal
	case rule.Ne:
		return !equal
	case rule.Lt:
		return less
	case rule.Le:
		return less || equal
	case rule.Gt:
		return !less && !equal
	}
	return !less
}
