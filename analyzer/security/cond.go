package security

import (
	"bytes"
	"encoding/binary"
	"math"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// cond is an expression of one place in a program: each attribute is either a
// cell of the packet at hand or a slot of what an instance remembers.
type cond struct {
	op      rule.Op
	kind    rule.Kind
	args    []*cond
	num     float64
	text    []byte
	cell    int32 // of an attribute of the packet at hand, else -1
	slot    int32 // of a remembered attribute, else -1; both -1: it is absent
	fn      *rule.Function
	scratch int32 // of a call: where its arguments lie in a shard's scratch memory
	call    int32 // of a call: the function's place in the program
	attr    dpi.DataType
	quick   *predicate // the same in a simple form, nil if it has none
}

// evaluator evaluates conditions on the packet at hand of one shard.
type evaluator struct {
	cells    cells
	past     memory       // of the instances looked at
	args     []rule.Value // scratch memory of calls
	calls    []function   // by place in the program
	resultOf rule.Value
}

// function runs an embedded function for one shard.
type function func(args []rule.Value) rule.Value

// memory is what instances remember: for each slot eight bytes, a number or
// where its bytes lie (offset and length from the start, 32 bits each), then
// those bytes.
type memory []byte

// number returns the number in a slot.
func (m memory) number(slot int32) uint64 { return binary.LittleEndian.Uint64(m[8*slot:]) }

// bytes returns the bytes of a slot.
func (m memory) bytes(slot int32) []byte {
	w := m.number(slot)
	return m[w>>32 : w>>32+w&math.MaxUint32]
}

// truth evaluates a condition.
func (e *evaluator) truth(c *cond) bool {
	if c.quick != nil {
		return e.evaluate(c.quick)
	}
	switch c.op {
	case rule.AllOf:
		for _, a := range c.args {
			if !e.truth(a) {
				return false
			}
		}
		return true
	case rule.AnyOf:
		for _, a := range c.args {
			if e.truth(a) {
				return true
			}
		}
		return false
	case rule.Exists:
		return e.present(c.args[0])
	case rule.Present:
		return e.present(c.args[0])
	case rule.Missing:
		return !e.present(c.args[0])
	case rule.Empty:
		b, ok := e.bytes(c.args[0])
		return ok && len(b) == 0
	case rule.Eq, rule.Ne, rule.Lt, rule.Le, rule.Gt, rule.Ge:
		return e.compare(c)
	case rule.Truth:
		n, ok := e.number(c.args[0])
		return ok && n != 0
	}
	n, ok := e.number(c)
	return ok && n != 0
}

// compare evaluates a comparison.
func (e *evaluator) compare(c *cond) bool {
	a, b := c.args[0], c.args[1]
	if a.kind == rule.Bytes {
		x, ok1 := e.bytes(a)
		if !ok1 {
			return false
		}
		y, ok2 := e.bytes(b)
		if !ok2 {
			return false
		}
		if c.op == rule.Eq {
			return bytes.Equal(x, y)
		}
		return ordered(c.op, bytes.Compare(x, y))
	}
	x, ok1 := e.number(a)
	y, ok2 := e.number(b)
	return ok1 && ok2 && c.op.Compare(x, y)
}

func ordered(op rule.Op, n int) bool { return op.Compare(float64(n), 0) }

// number evaluates a number; ok is false if it is absent.
func (e *evaluator) number(c *cond) (n float64, ok bool) {
	switch c.op {
	case rule.Number:
		return c.num, true
	case rule.Attr:
		return e.numberOf(c)
	case rule.Add, rule.Sub, rule.Mul, rule.Div:
		x, ok1 := e.number(c.args[0])
		y, ok2 := e.number(c.args[1])
		if !ok1 || !ok2 || c.op == rule.Div && y == 0 {
			return 0, false
		}
		return c.op.Calculate(x, y), true
	case rule.Call:
		if !e.call(c) || e.resultOf.Null {
			return 0, false
		}
		return e.resultOf.Num, true
	}
	if e.truth(c) {
		return 1, true
	}
	return 0, true
}

// numberOf returns the number of an attribute.
func (e *evaluator) numberOf(c *cond) (float64, bool) {
	if c.cell >= 0 {
		if v := e.cells.get(c.cell); v != nil {
			return v.num, true
		}
		return 0, false
	}
	if c.slot < 0 {
		return 0, false
	}
	return toNumber(c.attr, e.past.number(c.slot)), true
}

// toNumber turns the stored number of a type into the double that rules
// compare with.
func toNumber(t dpi.DataType, n uint64) float64 {
	switch t {
	case dpi.Float:
		return math.Float64frombits(n)
	case dpi.TimeVal:
		return float64(n / 1000)
	}
	return float64(n)
}

// bytes evaluates bytes; ok is false if they are absent.
func (e *evaluator) bytes(c *cond) (b []byte, ok bool) {
	switch c.op {
	case rule.Text:
		return c.text, true
	case rule.Attr:
		if c.cell >= 0 {
			if v := e.cells.get(c.cell); v != nil {
				return v.v.B, true
			}
			return nil, false
		}
		if c.slot < 0 {
			return nil, false
		}
		return e.past.bytes(c.slot), true
	case rule.Call:
		if !e.call(c) || e.resultOf.Null {
			return nil, false
		}
		return e.resultOf.B, true
	}
	return nil, false
}

// present tells whether an operand is there.
func (e *evaluator) present(c *cond) bool {
	switch {
	case c.op == rule.Attr && c.cell >= 0:
		return e.cells.get(c.cell) != nil
	case c.op == rule.Attr:
		return c.slot >= 0
	case c.kind == rule.Numeric:
		_, ok := e.number(c)
		return ok
	}
	_, ok := e.bytes(c)
	return ok
}

// call runs a function into resultOf; it is not run, and call returns false,
// where an argument is absent.
func (e *evaluator) call(c *cond) bool {
	run := e.calls[c.call]
	if run == nil {
		return false
	}
	args := e.args[c.scratch : int(c.scratch)+len(c.args)]
	for i, a := range c.args {
		if a.kind == rule.Bytes {
			b, ok := e.bytes(a)
			if !ok {
				return false
			}
			args[i] = rule.Value{Type: a.attr, B: b}
			continue
		}
		n, ok := e.number(a)
		if !ok {
			return false
		}
		args[i] = rule.Value{Type: a.attr, Num: n}
	}
	e.resultOf = run(args)
	return true
}
