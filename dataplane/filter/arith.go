package filter

// arithOps are the binary operators by precedence, as in C.
var arithOps = map[string]int{
	"|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}

// comparisons maps an operator to the comparison that is made, and whether its
// contrary is meant.
var comparisons = map[string]struct {
	cmp    cmpOp
	negate bool
}{
	">": {cmpGT, false}, ">=": {cmpGE, false}, "=": {cmpEQ, false}, "==": {cmpEQ, false},
	"<": {cmpGE, true}, "<=": {cmpGT, true}, "!=": {cmpEQ, true},
}

func isArithOp(t token) bool {
	_, arith := arithOps[t.text]
	_, cmp := comparisons[t.text]
	return t.kind == tokOp && (arith || cmp)
}

// startsArith looks ahead whether a relation begins here.
func (p *parser) startsArith() bool {
	t := p.peek()
	switch {
	case t.is("len"), t.is("-"):
		return true
	case t.kind == tokNumber:
		return isArithOp(p.ahead(1))
	case t.is("("):
		return isArithOp(p.afterParens())
	}
	return t.kind == tokWord && protos[t.text] != nil && p.ahead(1).is("[")
}

// afterParens returns the token behind the parenthesis that closes the next one.
func (p *parser) afterParens() token {
	open := 0
	for i := p.next; i < len(p.toks); i++ {
		switch {
		case p.toks[i].is("("):
			open++
		case p.toks[i].is(")"):
			if open--; open == 0 {
				return p.toks[i+1]
			}
		}
	}
	return p.toks[len(p.toks)-1]
}

// relation reads "number comparison number".
func (p *parser) relation() (node, error) {
	p.last = nil
	left, err := p.arith(1)
	if err != nil {
		return nil, err
	}
	op := p.take()
	c, ok := comparisons[op.text]
	if op.kind != tokOp || !ok {
		return nil, p.fail(op, `a comparison (as "= 5" or "!= 0") is missing before %s`, op)
	}
	right, err := p.arith(1)
	if err != nil {
		return nil, err
	}
	return &relation{pos: op.pos, cmp: c.cmp, negate: c.negate, left: left, right: right}, nil
}

// arith reads operands joined by operators of at least the given precedence.
func (p *parser) arith(level int) (*arith, error) {
	left, err := p.operand()
	for err == nil {
		op := p.peek()
		prec := arithOps[op.text]
		if op.kind != tokOp || prec < level {
			return left, nil
		}
		p.take()
		var right *arith
		if right, err = p.arith(prec + 1); err == nil {
			left, err = p.combine(op, left, right)
		}
	}
	return nil, err
}

// combine joins two operands, computing what is constant already.
func (p *parser) combine(op token, left, right *arith) (*arith, error) {
	for _, side := range []*arith{left, right} {
		if side.op != "" && !side.inParens && (odd(op.text) || odd(side.op)) {
			return nil, p.fail(op, `"%s" next to "%s" is read differently by C and by tcpdump: use parentheses`, side.op, op.text)
		}
	}
	if right.kind == arithConst {
		switch {
		case right.k == 0 && (op.text == "/" || op.text == "%"):
			return nil, p.fail(op, "division by zero")
		case right.k > 31 && (op.text == "<<" || op.text == ">>"):
			return nil, p.fail(op, "shift by more than 31 bits")
		}
		if left.kind == arithConst {
			k, _ := compute(aluOf(op.text), left.k, right.k)
			return &arith{kind: arithConst, pos: left.pos, k: k, op: op.text}, nil
		}
	}
	return &arith{kind: arithOp, pos: op.pos, op: op.text, left: left, right: right}, nil
}

// odd tells the operators that libpcap groups unlike C.
func odd(op string) bool { return op == "%" || op == "^" }

func (p *parser) operand() (*arith, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	t := p.take()
	switch {
	case t.kind == tokNumber:
		return &arith{kind: arithConst, pos: t.pos, k: t.num}, nil
	case t.is("len"):
		return &arith{kind: arithLen, pos: t.pos}, nil
	case t.is("-"):
		return p.negative(t)
	case t.is("("):
		return p.arithParens()
	case t.kind == tokWord && protos[t.text] != nil:
		return p.load(t)
	}
	return nil, p.fail(t, `a number, "len" or a packet access as "tcp[13]" was expected, not %s`, t)
}

func (p *parser) negative(minus token) (*arith, error) {
	of, err := p.operand()
	if err != nil {
		return nil, err
	}
	if of.kind == arithConst {
		return &arith{kind: arithConst, pos: minus.pos, k: -of.k}, nil
	}
	zero := &arith{kind: arithConst, pos: minus.pos}
	return &arith{kind: arithOp, pos: minus.pos, op: "-", left: zero, right: of, inParens: true}, nil
}

func (p *parser) arithParens() (*arith, error) {
	e, err := p.arith(1)
	if err != nil {
		return nil, err
	}
	if t, ok := p.accept(")"); !ok {
		return nil, p.fail(t, `")" is missing before %s`, t)
	}
	e.inParens = true
	return e, nil
}

// load reads proto [ index ] or proto [ index : size ].
func (p *parser) load(name token) (*arith, error) {
	q := protos[name.text]
	if t, ok := p.accept("["); !ok {
		return nil, p.fail(t, `"[" is missing after %s`, name)
	}
	if !q.index {
		return nil, p.fail(name, "the bytes of %s cannot be accessed", name)
	}
	index, err := p.arith(1)
	if err != nil {
		return nil, err
	}
	e := &arith{kind: arithLoad, pos: name.pos, proto: q, size: 1, left: index}
	if _, ok := p.accept(":"); ok {
		n := p.take()
		if n.kind != tokNumber || n.num != 1 && n.num != 2 && n.num != 4 {
			return nil, p.fail(n, "the size of an access is 1, 2 or 4 bytes, not %s", n)
		}
		e.size = n.num
	}
	if t, ok := p.accept("]"); !ok {
		return nil, p.fail(t, `"]" is missing before %s`, t)
	}
	return e, nil
}
