package filter

// abbrev is a protocol alone, as in "tcp".
func (l *lowerer) abbrev(p *prim) *cond {
	switch p.proto.class {
	case classNet:
		return l.netProto(p.pos, p.proto.num)
	case classIP:
		return l.ipProto(p.proto.num, p.proto.v4, p.proto.v6)
	case classISO:
		return l.isoProto(p.pos, p.proto.num)
	}
	return l.fail(p.pos, `"%s" alone says nothing: write "%s host", "%s proto" or "%s[...]"`,
		p.proto.name, p.proto.name, p.proto.name, p.proto.name)
}

// netProto is carries, refusing what an MPLS label stack could never tell.
func (l *lowerer) netProto(pos int, num uint32) *cond {
	if l.labels > 0 && num != typeIPv4 && num != typeIPv6 {
		return l.fail(pos, `behind "mpls" only "ip" and "ip6" can be told`)
	}
	return l.carries(num)
}

func (l *lowerer) protoNumber(p *prim) *cond {
	switch {
	case p.proto == nil:
		return l.ipProto(p.num, true, true)
	case p.proto.class == classLink:
		return l.netProto(p.pos, p.num)
	case p.proto.name == "iso":
		return l.isoProto(p.pos, p.num)
	}
	return l.ipProto(p.num, p.proto.name == "ip", p.proto.name == "ip6")
}

// ipProto tests the protocol field of IPv4 and the next header of IPv6. For the
// latter, it also looks through a fragment header that comes first.
func (l *lowerer) ipProto(num uint32, v4, v6 bool) *cond {
	c := never
	if v4 {
		c = and(l.carries(typeIPv4), test8(l.payload+9, 0xff, num))
	}
	if v6 {
		next := test8(l.payload+6, 0xff, num)
		behind := and(test8(l.payload+6, 0xff, protoFrag), test8(l.payload+40, 0xff, num))
		c = or(c, and(l.carries(typeIPv6), or(next, behind)))
	}
	return c
}

// isoProto tests the first byte of an OSI network layer header, behind the
// three bytes of IEEE 802.2.
func (l *lowerer) isoProto(pos int, num uint32) *cond {
	if l.kind != kindEthernet && l.kind != kindSLL {
		return l.fail(pos, "OSI protocols need an IEEE 802.2 header, which link type %d does not have", l.link)
	}
	return and(l.netProto(pos, sapISO), test8(l.payload+3, 0xff, num))
}

func (l *lowerer) protoChain(p *prim) *cond {
	chain := func(v6 bool) *cond {
		return &cond{kind: condTest, test: instr{op: opChain, hdr: l.payload, k: p.num, v6: v6}}
	}
	c := never
	if p.proto == nil || p.proto.name == "ip" {
		c = and(l.carries(typeIPv4), chain(false))
	}
	if p.proto == nil || p.proto.name == "ip6" {
		c = or(c, and(l.carries(typeIPv6), chain(true)))
	}
	return c
}

// port tests the ports of TCP, UDP and SCTP, which stand at the same place. Over
// IPv6 the header must follow directly; over IPv4 later fragments have none.
func (l *lowerer) port(p *prim) *cond {
	over6 := and(l.carries(typeIPv6), portProto(p, l.payload+6),
		both(p.dir, portRange(opTest16, p, l.payload+40, 0), portRange(opTest16, p, l.payload+42, 0)))
	over4 := and(l.carries(typeIPv4), portProto(p, l.payload+9), l.firstFragment(),
		both(p.dir, portRange(opPast16, p, l.payload, l.payload), portRange(opPast16, p, l.payload+2, l.payload)))
	return or(over6, over4)
}

// firstFragment holds unless the fragment offset of IPv4 is set.
func (l *lowerer) firstFragment() *cond { return test16(l.payload+6, 0x1fff, 0) }

func portProto(p *prim, off uint32) *cond {
	if p.proto != nil {
		return test8(off, 0xff, p.proto.num)
	}
	return or(test8(off, 0xff, protoSCTP), test8(off, 0xff, protoTCP), test8(off, 0xff, protoUDP))
}

func portRange(op opcode, p *prim, off, hdr uint32) *cond {
	bound := func(cmp cmpOp, k uint32) *cond {
		c := test(op, off, 0xffff, cmp, k)
		c.test.hdr = hdr
		return c
	}
	if p.lo == p.hi {
		return bound(cmpEQ, p.lo)
	}
	return and(bound(cmpGE, p.lo), not(bound(cmpGT, p.hi)))
}

// relation is a comparison. It implies that the packet has every protocol that
// its accesses name; negate turns the comparison only.
func (l *lowerer) relation(r *relation) *cond {
	checks := []*cond{}
	l.checks(r.left, &checks)
	l.checks(r.right, &checks)
	c := l.simpleTest(r)
	if c == nil {
		a := &accumulator{l: l}
		a.value(r.left, 0)
		a.value(r.right, 1)
		c = &cond{kind: condTest, prep: a.code, test: instr{op: opCmp, cmp: r.cmp, dst: 0, src: 1}}
	}
	if r.negate {
		c = not(c)
	}
	return and(append(checks, c)...)
}

// checks collects the conditions under which the accesses of e make sense.
func (l *lowerer) checks(e *arith, list *[]*cond) {
	if e == nil {
		return
	}
	l.checks(e.left, list)
	l.checks(e.right, list)
	if e.kind == arithLoad {
		*list = append(*list, l.present(e))
	}
}

func (l *lowerer) present(e *arith) *cond {
	switch {
	case e.proto.class == classLink && l.inPPPoE:
		return l.fail(e.pos, `"%s[...]" must stand before "pppoes"`, e.proto.name)
	case e.proto.class == classLink:
		return always
	case !l.known(e.pos):
		return never
	case e.proto.class == classNet:
		return l.netProto(e.pos, e.proto.num)
	case !e.proto.v4: // icmp6 directly behind the IPv6 header
		return and(l.carries(typeIPv6), test8(l.payload+6, 0xff, e.proto.num))
	}
	return and(l.ipProto(e.proto.num, true, false), l.firstFragment())
}

// base returns the offset of the bytes that proto[0] means, and whether the
// length of the IPv4 header is still to be added.
func (l *lowerer) base(q *proto) (off uint32, past bool) {
	switch {
	case q.class == classLink:
		return 0, false
	case q.class == classNet:
		return l.payload, false
	case !q.v4:
		return l.payload + 40, false
	}
	return l.payload, true
}

// simpleTest makes one instruction of the most frequent form of a relation,
// "proto[constant] & constant = constant", or returns nil.
func (l *lowerer) simpleTest(r *relation) *cond {
	e, mask := r.left, ^uint32(0)
	if e.op == "&" && e.kind == arithOp && e.right.kind == arithConst {
		e, mask = e.left, e.right.k
	}
	if e.kind != arithLoad || e.left.kind != arithConst || r.right.kind != arithConst {
		return nil
	}
	off, past := l.base(e.proto)
	op := opTest8
	if past {
		op = opPast8
	}
	c := test(op+width(e.size), off+e.left.k, mask, r.cmp, r.right.k)
	c.test.hdr = l.payload
	return c
}

// width is the exponent of an access size of 1, 2 or 4 bytes.
func width(size uint32) opcode { return opcode(size >> 1) }

// accumulator writes the instructions that compute numbers into registers.
type accumulator struct {
	l    *lowerer
	code []instr
}

// value computes e into register dst, using only dst and those above it.
func (a *accumulator) value(e *arith, dst uint8) {
	if dst >= registers-1 {
		a.l.fail(e.pos, "this computation nests too deep: make it simpler")
		return
	}
	switch e.kind {
	case arithConst:
		a.add(instr{op: opConst, dst: dst, k: e.k})
	case arithLen:
		a.add(instr{op: opLen, dst: dst})
	case arithLoad:
		a.load(e, dst)
	case arithOp:
		a.value(e.left, dst)
		a.value(e.right, dst+1)
		a.add(instr{op: opALU, alu: aluOf(e.op), dst: dst, src: dst + 1})
	}
}

func (a *accumulator) add(in instr) { a.code = append(a.code, in) }

// load reads packet bytes. A constant index is added to the offset here, modulo
// 2^32, so that a negative one reaches before the header.
func (a *accumulator) load(e *arith, dst uint8) {
	in := instr{op: opLoad, dst: dst, src: dst, size: uint8(width(e.size)), hdr: a.l.payload}
	off, past := a.l.base(e.proto)
	if past {
		in.op = opLoadPast
	}
	if in.off = off; e.left.kind == arithConst {
		in.off += e.left.k
		a.add(instr{op: opConst, dst: dst})
	} else {
		a.value(e.left, dst)
	}
	a.add(in)
}

func aluOf(op string) aluOp {
	return map[string]aluOp{
		"+": aluAdd, "-": aluSub, "*": aluMul, "/": aluDiv, "%": aluMod,
		"&": aluAnd, "|": aluOr, "^": aluXor, "<<": aluLsh, ">>": aluRsh,
	}[op]
}
