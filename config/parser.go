package config

import "strings"

// item is one value as it was written.
type item struct {
	text   string
	quoted bool
}

// value is what stands after "=": one item or a list of them.
type value struct {
	list  bool
	items []item // exactly one unless list
}

// node is one statement: an option with its value, or a block with its body.
type node struct {
	name, title string
	line        int // of the name
	block       bool
	titled      bool
	value       value  // of an option
	body        []node // of a block: options only
}

// parser turns tokens into nodes. It goes on after an error, at the next line
// that looks sound, so that one run reports all that is wrong. Blocks do not
// nest, hence no recursion on foreign text.
type parser struct {
	lx      lexer
	file    string
	isBlock func(name string) bool // tells a forgotten "}" from a misspelt option
	errs    *problems
}

func (p *parser) errorf(line int, format string, args ...any) {
	p.errs.add(Pos{p.file, line}, format, args...)
}

// peek gives the next token without passing it.
func (p *parser) peek(mode lexMode) token {
	ahead := p.lx
	return ahead.next(mode)
}

// top parses a whole file.
func (p *parser) top() []node {
	var nodes []node
	for !p.errs.full() {
		t := p.lx.next(inName)
		switch t.kind {
		case tokEOF:
			return nodes
		case tokClose:
			p.errorf(t.line, `"}" closes nothing (remove it, or open its block with "{")`)
		case tokWord, tokString:
			if n, ok := p.statement(t); ok {
				nodes = append(nodes, n)
			}
		default:
			p.unexpected(t)
		}
	}
	return nodes
}

// body parses the options of the block that owner names, up to its "}".
func (p *parser) body(owner token) []node {
	var nodes []node
	for !p.errs.full() {
		before := p.lx
		t := p.lx.next(inName)
		switch t.kind {
		case tokEOF:
			p.errorf(owner.line, `block %q is opened here and never closed (put "}" after its last option)`, clip(owner.text))
			return nodes
		case tokClose:
			return nodes
		case tokWord, tokString:
			if p.startsBlock(t) {
				p.errorf(t.line, `block %q starts here, but %q of line %d is not closed (put "}" before it)`,
					clip(t.text), clip(owner.text), owner.line)
				p.lx = before
				return nodes
			}
			if n, ok := p.option(t); ok {
				nodes = append(nodes, n)
			}
		default:
			p.unexpected(t)
		}
	}
	return nodes
}

// startsBlock tells whether t, met inside a block, is the name of another
// block: then the "}" between them was forgotten.
func (p *parser) startsBlock(t token) bool {
	return p.isBlock(t.text) && p.peek(inName).kind != tokAssign
}

// statement parses what may stand at the top: an option or a block.
func (p *parser) statement(name token) (node, bool) {
	next := p.peek(inName)
	if next.kind == tokOpen {
		return p.block(name, nil)
	}
	if next.kind != tokWord && next.kind != tokString || next.line != name.line && !p.isBlock(name.text) {
		return p.option(name)
	}
	ahead := p.lx
	ahead.next(inName)
	if ahead.next(inName).kind != tokOpen {
		return p.option(name)
	}
	title := p.lx.next(inName)
	return p.block(name, &title)
}

// block parses from "{" on.
func (p *parser) block(name token, title *token) (node, bool) {
	n := node{name: name.text, line: name.line, block: true}
	if title != nil {
		n.title, n.titled = title.text, true
	}
	p.lx.next(inName)
	n.body = p.body(name)
	return n, true
}

// option parses from "=" on.
func (p *parser) option(name token) (node, bool) {
	next := p.peek(inName)
	if next.kind != tokAssign {
		p.errorf(name.line, `"=" is missing after %q, before %v (write name = value)`, clip(name.text), next)
		p.skipLine(name.line)
		return node{}, false
	}
	p.lx.next(inName)
	n := node{name: name.text, line: name.line}
	var ok bool
	n.value, ok = p.value(name, next)
	return n, ok
}

// value parses what stands after "=".
func (p *parser) value(name, assign token) (value, bool) {
	before := p.lx
	t := p.lx.next(inValue)
	switch {
	case t.kind == tokOpen:
		return p.list(name, t)
	case t.kind == tokString, t.kind == tokWord && t.line == assign.line:
		return value{items: []item{{t.text, t.kind == tokString}}}, p.endOfValue(name, t)
	case t.kind == tokBad:
		p.unexpected(t)
	default:
		// A word on the next line is the next option, not this one's value.
		p.errorf(name.line, `%q has no value (write %s = value, or remove the line)`, clip(name.text), clip(name.text))
		p.lx = before
		if t.kind == tokAssign || t.kind == tokComma {
			p.skipLine(name.line)
		}
	}
	return value{}, false
}

// endOfValue reports a second word after a value: a text with blanks that
// lacks its quotes. Another option on the same line is fine.
func (p *parser) endOfValue(name, val token) bool {
	ahead := p.lx
	t := ahead.next(inName)
	if t.line != val.line || t.kind == tokClose || t.kind == tokEOF {
		return true
	}
	if k := ahead.next(inName).kind; t.kind == tokWord && (k == tokAssign || k == tokOpen) {
		return true
	}
	if t.kind == tokBad {
		return true // reported when the parser gets there
	}
	p.errorf(t.line, `the value of %q ends before %v (a text with blanks stands in quotes, several values stand in {a, b})`, clip(name.text), t)
	p.skipLine(t.line)
	return false
}

// list parses the items up to "}".
func (p *parser) list(name, open token) (value, bool) {
	v, sound, wantComma := value{list: true}, true, false
	last := p.lx // before the last item
	for !p.errs.full() {
		before := p.lx
		t := p.lx.next(inItem)
		switch t.kind {
		case tokClose:
			return v, sound
		case tokComma:
			if !wantComma {
				p.errorf(t.line, `%q: an item is missing before "," (remove the comma)`, clip(name.text))
				sound = false
			}
			wantComma = false
		case tokWord, tokString:
			if wantComma && p.peek(inName).kind == tokAssign {
				return v, p.unclosedList(name, open, before)
			}
			if wantComma {
				p.errorf(t.line, `%q: "," is missing before %v`, clip(name.text), t)
				sound = false
			}
			last, wantComma = before, true
			v.items = append(v.items, item{t.text, t.kind == tokString})
		case tokAssign:
			return v, p.unclosedList(name, open, last)
		case tokOpen:
			p.errorf(t.line, `%q: a list cannot stand in a list (remove the inner "{")`, clip(name.text))
			p.skipBraces()
			sound, wantComma = false, true
		case tokBad:
			p.unexpected(t)
			if strings.Contains(t.text, "}") {
				return v, false // the end of the list is in the string
			}
			sound, wantComma = false, false // the comma is in the string
		case tokEOF:
			return v, p.unclosedList(name, open, p.lx)
		}
	}
	return v, false
}

// unclosedList reports a list that runs into the next option, and goes back
// to where that option starts.
func (p *parser) unclosedList(name, open token, resume lexer) bool {
	p.errorf(open.line, `the list of %q is opened here and never closed (put "}" after its last item)`, clip(name.text))
	p.lx = resume
	return false
}

// unexpected reports a token that cannot start a statement.
func (p *parser) unexpected(t token) {
	if t.kind == tokBad {
		p.errorf(t.line, `the string %s is not closed on its line (put the closing quote)`, clip(t.text))
		return
	}
	p.errorf(t.line, `%v cannot stand here (expected name = value or a block)`, t)
	if t.kind == tokOpen {
		p.skipBraces()
		return
	}
	p.skipLine(t.line)
}

// skipLine passes the rest of a line that is not understood. It stops at a
// "}", which closes the block around, and passes braces that open on it.
func (p *parser) skipLine(line int) {
	for {
		before := p.lx
		t := p.lx.next(inName)
		if t.kind == tokEOF || t.line > line || t.kind == tokClose {
			p.lx = before
			return
		}
		if t.kind == tokOpen {
			p.skipBraces()
		}
	}
}

// skipBraces passes everything up to the "}" that closes a "{" just passed.
func (p *parser) skipBraces() {
	for depth := 1; depth > 0; {
		switch p.lx.next(inName).kind {
		case tokEOF:
			return
		case tokOpen:
			depth++
		case tokClose:
			depth--
		}
	}
}
