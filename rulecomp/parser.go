package rulecomp

import (
	"cmp"

	"mmt/analyzer/security/rule"
)

// maxNesting is how deep brackets and operators may lie in each other.
const maxNesting = 400

// syntax is an expression as it is written, before its words are looked up.
type syntax struct {
	pos    int
	sign   string    // operator; "#" for a call
	args   []*syntax // operands
	word   string    // of a leaf, or the name of a function
	quoted bool      // word is a string
	depth  int       // of operators below
}

// add gives s another operand.
func (s *syntax) add(arg *syntax) error {
	if s.args == nil {
		s.args = make([]*syntax, 0, 2)
	}
	s.args = append(s.args, arg)
	s.depth = max(s.depth, arg.depth+1)
	if s.depth > maxNesting {
		return errorAt(s.pos, "operators lie deeper than %d in each other", maxNesting)
	}
	return nil
}

// parser turns tokens into a tree.
type parser struct {
	lexer
	tok   token
	depth int
}

// parseExpression parses a boolean_expression.
func parseExpression(src string) (*syntax, error) {
	p := &parser{lexer: lexer{src: src}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokenEnd {
		return nil, errorAt(0, "the boolean_expression is empty (write for example (ip.src != ip.dst))")
	}
	s, err := p.logical()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokenEnd {
		return nil, p.unexpected()
	}
	return s, nil
}

func (p *parser) advance() (err error) {
	p.tok, err = p.next()
	return err
}

// is tells whether the current token is the sign.
func (p *parser) is(sign string) bool { return p.tok.kind == tokenSign && p.tok.text == sign }

// unexpected explains a token that continues nothing.
func (p *parser) unexpected() error {
	switch {
	case p.is(")"):
		return errorAt(p.tok.pos, "\")\" closes no bracket (remove it)")
	case p.is("("):
		return errorAt(p.tok.pos, "\"(\" follows an operand (a function is called with #name(...), conditions are joined with && or ||)")
	}
	return errorAt(p.tok.pos, "%s where an operator is expected", p.tok.show())
}

// logical parses operands joined by && or by ||, not by both.
func (p *parser) logical() (*syntax, error) {
	first, err := p.comparison()
	if err != nil {
		return nil, err
	}
	if !p.is("&&") && !p.is("||") {
		return first, nil
	}
	s := &syntax{pos: p.tok.pos, sign: p.tok.text}
	if err := s.add(first); err != nil {
		return nil, err
	}
	for p.is("&&") || p.is("||") {
		if p.tok.text != s.sign {
			return nil, errorAt(p.tok.pos, "&& and || in one bracket (write ((a && b) || c) or (a && (b || c)))")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		arg, err := p.comparison()
		if err == nil {
			err = s.add(arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (p *parser) isComparison() bool {
	if p.tok.kind != tokenSign {
		return false
	}
	_, ok := comparisons[p.tok.text]
	return ok
}

// comparisons are the signs that compare.
var comparisons = map[string]rule.Op{
	"==": rule.Eq, "!=": rule.Ne, "<": rule.Lt, "<=": rule.Le, ">": rule.Gt, ">=": rule.Ge,
}

// comparison parses a sum, or two that are compared.
func (p *parser) comparison() (*syntax, error) {
	left, err := p.sum()
	if err != nil || !p.isComparison() {
		return left, err
	}
	s := &syntax{pos: p.tok.pos, sign: p.tok.text}
	if err := p.advance(); err != nil {
		return nil, err
	}
	right, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.isComparison() {
		return nil, errorAt(p.tok.pos, "%s after %s in one bracket (write ((a %s b) && (b %s c)))", p.tok.text, s.sign, s.sign, p.tok.text)
	}
	return s, cmp.Or(s.add(left), s.add(right))
}

// sum parses products joined by + and -.
func (p *parser) sum() (*syntax, error) { return p.chain("+", "-", p.product) }

// product parses operands joined by * and /.
func (p *parser) product() (*syntax, error) { return p.chain("*", "/", p.operand) }

// chain parses a left-associative chain of two operators.
func (p *parser) chain(a, b string, operand func() (*syntax, error)) (*syntax, error) {
	left, err := operand()
	for err == nil && (p.is(a) || p.is(b)) {
		s := &syntax{pos: p.tok.pos, sign: p.tok.text}
		if err = p.advance(); err != nil {
			break
		}
		right, wrong := operand()
		if wrong != nil {
			return nil, wrong
		}
		err = cmp.Or(s.add(left), s.add(right))
		left = s
	}
	return left, err
}

// operand parses a bracket, a sign, a call or a word.
func (p *parser) operand() (*syntax, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, errorAt(p.tok.pos, "brackets lie deeper than %d in each other", maxNesting)
	}
	defer func() { p.depth-- }()
	at := p.tok
	switch {
	case p.is("("):
		return p.bracket()
	case p.is("#"):
		return p.call()
	case p.is("-"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		arg, err := p.operand()
		if err != nil {
			return nil, err
		}
		s := &syntax{pos: at.pos, sign: "neg"}
		return s, s.add(arg)
	case at.kind == tokenWord, at.kind == tokenString:
		return &syntax{pos: at.pos, word: at.text, quoted: at.kind == tokenString}, p.advance()
	case p.is(")"):
		return nil, errorAt(at.pos, "\")\" where an operand is expected")
	}
	return nil, errorAt(at.pos, "%s where an operand is expected", at.show())
}

// bracket parses a bracket; at the end of the expression it closes itself.
func (p *parser) bracket() (*syntax, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	s, err := p.logical()
	if err != nil {
		return nil, err
	}
	return s, p.closing()
}

// closing takes a closing bracket, or the end.
func (p *parser) closing() error {
	switch {
	case p.tok.kind == tokenEnd:
		return nil
	case !p.is(")"):
		return p.unexpected()
	}
	return p.advance()
}

// call parses #name(args).
func (p *parser) call() (*syntax, error) {
	at := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind != tokenWord || !isIdentifier(p.tok.text) {
		return nil, errorAt(at.pos, "# without the name of a function (write #name(...))")
	}
	s := &syntax{pos: at.pos, sign: "#", word: p.tok.text}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if !p.is("(") {
		return nil, errorAt(at.pos, "#%s without brackets (write #%s(...))", s.word, s.word)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.is(")") {
		return s, p.advance()
	}
	for {
		arg, err := p.logical()
		if err == nil {
			err = s.add(arg)
		}
		if err != nil {
			return nil, err
		}
		if !p.is(",") {
			return s, p.closing()
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

// isIdentifier tells whether a word is a name of C.
func isIdentifier(word string) bool {
	for i := range len(word) {
		c := word[i]
		if c == '.' || c == ':' || !isWordByte(c) || i == 0 && c >= '0' && c <= '9' {
			return false
		}
	}
	return word != ""
}
