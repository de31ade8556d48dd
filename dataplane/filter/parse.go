package filter

import "fmt"

// maxDepth bounds how deep parentheses and negations may nest.
const maxDepth = 250

// qualifier is what stands before a name or number: protocol, direction, type.
type qualifier struct {
	proto *proto
	dir   direction
	typ   string // "host", "net", "port", "portrange", "proto", "protochain"
}

type parser struct {
	text    string
	toks    []token
	next    int
	depth   int
	resolve resolver
	// last is the qualifier of the primitive just read. A bare name or number
	// that follows inherits it, as 443 does in "tcp port 80 or 443".
	last *qualifier
}

func parse(text string, resolve resolver) (*Expr, error) {
	if len(text) > maxText {
		return nil, &Error{text[:40] + "...", maxText, fmt.Sprintf("longer than %d bytes", maxText)}
	}
	toks, err := lex(text)
	if err != nil {
		return nil, err
	}
	if len(toks) == 1 {
		return &Expr{text: text}, nil
	}
	p := &parser{text: text, toks: toks, resolve: resolve}
	root, err := p.expr()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, p.unexpected(t)
	}
	return &Expr{text: text, root: root}, nil
}

func (p *parser) peek() token { return p.toks[p.next] }

// ahead looks n tokens further than peek.
func (p *parser) ahead(n int) token { return p.toks[min(p.next+n, len(p.toks)-1)] }

func (p *parser) take() token {
	t := p.toks[p.next]
	if t.kind != tokEnd {
		p.next++
	}
	return t
}

// accept takes the next token if it is one of words.
func (p *parser) accept(words ...string) (token, bool) {
	t := p.peek()
	for _, w := range words {
		if t.is(w) {
			p.next++
			return t, true
		}
	}
	return t, false
}

func (p *parser) fail(t token, format string, args ...any) error {
	return &Error{p.text, t.pos, fmt.Sprintf(format, args...)}
}

// unexpected explains a token that cannot stand where it stands.
func (p *parser) unexpected(t token) error {
	switch {
	case t.is(")"):
		return p.fail(t, `")" without "("`)
	case t.is("host"), t.is("net"), t.is("port"), t.is("portrange"), t.is("src"), t.is("dst"):
		return p.fail(t, `%s cannot stand here: the order is protocol, direction, type, as in "tcp src port 80"; join primitives with "and" or "or"`, t)
	case t.kind == tokWord && !isKeyword(t.text):
		return p.fail(t, "unknown word %s%s", t, suggest(t.text))
	case t.kind == tokOp || t.kind == tokEnd:
		return p.fail(t, "%s was not expected here", t)
	}
	return p.fail(t, `%s cannot stand here: join primitives with "and" or "or"`, t)
}

// enter guards the recursion; every call that succeeds needs a leave.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(p.peek(), "nested deeper than %d", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// expr reads terms joined by "and" and "or", which bind equally.
func (p *parser) expr() (node, error) {
	left, err := p.term()
	for err == nil {
		_, and := p.accept("and", "&&")
		if !and {
			if _, or := p.accept("or", "||"); !or {
				return left, nil
			}
		}
		var right node
		right, err = p.term()
		left = &logic{and: and, left: left, right: right}
	}
	return nil, err
}

func (p *parser) term() (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if _, ok := p.accept("not", "!"); ok {
		of, err := p.term()
		return &negation{of}, err
	}
	if p.startsArith() {
		return p.relation()
	}
	if _, ok := p.accept("("); ok {
		return p.parens(p.expr)
	}
	return p.primitive()
}

// parens reads what inner reads and the closing parenthesis after it.
func (p *parser) parens(inner func() (node, error)) (node, error) {
	n, err := inner()
	if err != nil {
		return nil, err
	}
	if t, ok := p.accept(")"); !ok {
		if t.kind == tokEnd {
			return nil, p.fail(t, `")" is missing`)
		}
		return nil, p.unexpected(t)
	}
	return n, nil
}

// primitive reads one primitive that is no relation.
func (p *parser) primitive() (node, error) {
	t := p.peek()
	if t.kind == tokWord {
		if unsupported[t.text] {
			return nil, p.fail(t, "%s is not supported", t)
		}
		if read := keywordReaders[t.text]; read != nil {
			p.take()
			p.last = nil
			return read(p, t)
		}
		if isHead(t) {
			return p.qualified()
		}
	}
	if !isID(t) {
		return nil, p.unexpected(t)
	}
	if p.last == nil {
		return nil, p.noQualifier(t)
	}
	return p.id(*p.last)
}

func (p *parser) noQualifier(t token) error {
	if t.kind == tokWord {
		return p.fail(t, "unknown word %s%s", t, suggest(t.text))
	}
	return p.fail(t, `nothing says what %s is: put "host", "net" or "port" before it`, t)
}

// isID reports whether t can name a host, net, port or protocol.
func isID(t token) bool {
	switch t.kind {
	case tokEscaped, tokNumber, tokIPv4, tokIPv6, tokMAC:
		return true
	}
	return t.kind == tokWord && !isKeyword(t.text)
}

func isHead(t token) bool {
	switch t.text {
	case "src", "dst", "host", "net", "port", "portrange", "proto", "protochain", "broadcast", "multicast":
		return true
	}
	return protos[t.text] != nil
}

// keywordReaders read the primitives that are no qualified name.
var keywordReaders = map[string]func(p *parser, t token) (node, error){
	"less":     func(p *parser, t token) (node, error) { return p.lengthTest(t, cmpGT, true) },
	"greater":  func(p *parser, t token) (node, error) { return p.lengthTest(t, cmpGE, false) },
	"outbound": func(_ *parser, t token) (node, error) { return &prim{kind: primOutbound, pos: t.pos}, nil },
	"inbound": func(_ *parser, t token) (node, error) {
		return &negation{&prim{kind: primOutbound, pos: t.pos}}, nil
	},
	"ifindex": func(p *parser, t token) (node, error) { return p.numbered(t, primIfindex, 1<<32-1, true) },
	"vlan":    func(p *parser, t token) (node, error) { return p.numbered(t, primVLAN, 4095, false) },
	"mpls":    func(p *parser, t token) (node, error) { return p.numbered(t, primMPLS, 1<<20-1, false) },
	"pppoed":  func(_ *parser, t token) (node, error) { return &prim{kind: primPPPoED, pos: t.pos}, nil },
	"pppoes":  func(p *parser, t token) (node, error) { return p.numbered(t, primPPPoES, 65535, false) },
}

// lengthTest reads the number after "less" and "greater".
func (p *parser) lengthTest(t token, cmp cmpOp, negate bool) (node, error) {
	n := p.take()
	if n.kind != tokNumber {
		return nil, p.fail(n, "%s needs a length in bytes", t)
	}
	return &relation{pos: t.pos, cmp: cmp, negate: negate,
		left:  &arith{kind: arithLen, pos: t.pos},
		right: &arith{kind: arithConst, pos: n.pos, k: n.num}}, nil
}

// numbered reads a primitive that takes a number of at most limit.
func (p *parser) numbered(t token, kind primKind, limit uint32, must bool) (node, error) {
	n := p.peek()
	if n.kind != tokNumber {
		if must {
			return nil, p.fail(n, "%s needs a number", t)
		}
		return &prim{kind: kind, pos: t.pos}, nil
	}
	if p.take(); n.num > limit {
		return nil, p.fail(n, "%s %d is above the highest possible number %d", t.text, n.num, limit)
	}
	return &prim{kind: kind, pos: t.pos, num: n.num, hasNum: true}, nil
}

// qualified reads [protocol] [direction] [type] name, or a protocol alone.
func (p *parser) qualified() (node, error) {
	first := p.peek()
	q := qualifier{proto: protos[first.text]}
	if q.proto != nil {
		p.take()
	}
	p.last = nil
	if t, ok := p.accept("broadcast", "multicast"); ok {
		return p.casting(q, t)
	}
	hasDir, err := p.direction(&q)
	if err != nil {
		return nil, err
	}
	types := []string{"host", "net", "port", "portrange", "proto", "protochain"}
	if hasDir {
		types = types[:4]
	}
	t, hasType := p.accept(types...)
	switch {
	case hasType:
		q.typ = t.text
	case hasDir:
		q.typ = "host"
	case isID(p.peek()):
		return nil, p.missingType(first)
	default:
		return &prim{kind: primAbbrev, pos: first.pos, proto: q.proto}, nil
	}
	p.last = &q
	return p.ids(q)
}

// missingType explains a name right after a protocol, as in "ip 10.0.0.1".
func (p *parser) missingType(proto token) error {
	t := p.peek()
	if t.kind == tokWord {
		return p.fail(t, "unknown word %s%s", t, suggest(t.text))
	}
	return p.fail(t, `nothing says what %s is: write "%s host", "%s net", "%s port" or "%s proto" before it`,
		t, proto.text, proto.text, proto.text, proto.text)
}

func (p *parser) casting(q qualifier, t token) (node, error) {
	kind, name := primMulticast, ""
	if q.proto != nil {
		name = q.proto.name
	}
	if t.text == "broadcast" {
		kind = primBroadcast
	}
	if name != "" && name != "ether" && name != "ip" && (name != "ip6" || kind == primBroadcast) {
		return nil, p.fail(t, `there is no "%s %s": only "ether" and "ip" ("ip6" for multicast) can stand before it`, name, t.text)
	}
	return &prim{kind: kind, pos: t.pos, proto: q.proto}, nil
}

// direction reads src, dst, "src or dst", "src and dst" and their mirrors.
func (p *parser) direction(q *qualifier) (bool, error) {
	t, ok := p.accept("src", "dst")
	if !ok {
		return false, nil
	}
	q.dir = dirSrc
	if t.text == "dst" {
		q.dir = dirDst
	}
	join, other := p.ahead(0), p.ahead(1)
	if !(join.is("or") || join.is("||") || join.is("and") || join.is("&&")) || !(other.is("src") || other.is("dst")) {
		return true, p.misplacedProto(t)
	}
	if other.text == t.text {
		return false, p.fail(other, `"%s" twice: write "src or dst" or "src and dst"`, t.text)
	}
	p.take()
	p.take()
	q.dir = dirEither
	if join.is("and") || join.is("&&") {
		q.dir = dirBoth
	}
	return true, p.misplacedProto(t)
}

// misplacedProto mends "src tcp port 80".
func (p *parser) misplacedProto(dir token) error {
	t := p.peek()
	if t.kind == tokWord && protos[t.text] != nil {
		return p.fail(t, `the protocol comes first: write "%s %s ..."`, t.text, dir.text)
	}
	return nil
}
