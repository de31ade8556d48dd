package filter

// condKind says how a condition is put together.
type condKind uint8

const (
	condFalse condKind = iota
	condTrue
	condTest
	condAnd
	condOr
	condNot
)

// cond is a condition on the bytes of a packet, with all offsets known.
type cond struct {
	kind condKind
	a, b *cond
	test instr   // condTest
	prep []instr // condTest: computes the registers that test compares
}

var (
	always = &cond{kind: condTrue}
	never  = &cond{kind: condFalse}
)

func and(list ...*cond) *cond {
	c := list[0]
	for _, d := range list[1:] {
		switch {
		case c.kind == condTrue:
			c = d
		case c.kind != condFalse && d.kind != condTrue:
			c = &cond{kind: condAnd, a: c, b: d}
		}
	}
	return c
}

func or(list ...*cond) *cond {
	c := list[0]
	for _, d := range list[1:] {
		switch {
		case c.kind == condFalse:
			c = d
		case c.kind != condTrue && d.kind != condFalse:
			c = &cond{kind: condOr, a: c, b: d}
		}
	}
	return c
}

func not(c *cond) *cond {
	switch c.kind {
	case condTrue:
		return never
	case condFalse:
		return always
	}
	return &cond{kind: condNot, a: c}
}

// test8, test16 and test32 compare bytes at a fixed offset under a mask.
func test8(off, mask, k uint32) *cond  { return test(opTest8, off, mask, cmpEQ, k) }
func test16(off, mask, k uint32) *cond { return test(opTest16, off, mask, cmpEQ, k) }
func test32(off, mask, k uint32) *cond { return test(opTest32, off, mask, cmpEQ, k) }

func test(op opcode, off, mask uint32, cmp cmpOp, k uint32) *cond {
	return &cond{kind: condTest, test: instr{op: op, off: off, mask: mask, cmp: cmp, k: k}}
}

// emitter writes a program back to front: an instruction is written after
// those that it can lead to, so every jump is known when it is needed.
type emitter struct{ code []instr }

func (e *emitter) add(in instr) int32 {
	e.code = append(e.code, in)
	return int32(len(e.code) - 1)
}

// emit writes a condition that goes on at t where it holds, else at f, and
// returns where it begins.
func (e *emitter) emit(c *cond, t, f int32) int32 {
	switch c.kind {
	case condFalse:
		return f
	case condTrue:
		return t
	case condAnd:
		return e.emit(c.a, e.emit(c.b, t, f), f)
	case condOr:
		return e.emit(c.a, t, e.emit(c.b, t, f))
	case condNot:
		return e.emit(c.a, f, t)
	}
	in := c.test
	in.jt, in.jf = t, f
	pc := e.add(in)
	for i := len(c.prep) - 1; i >= 0; i-- {
		in = c.prep[i]
		in.jt, in.jf = pc, pc
		pc = e.add(in)
	}
	return pc
}

func assemble(c *cond) *Program {
	e := emitter{code: make([]instr, pcFirst)}
	entry := e.emit(c, pcAccept, pcReject)
	return &Program{code: e.code, entry: entry}
}
