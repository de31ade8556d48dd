package rulecomp

import (
	"fmt"
	"strconv"
	"strings"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenWord             // a name, a number, an address: letters, digits and ._:
	tokenString           // text is what the quotes hold
	tokenSign             // operator or bracket
)

// token is a piece of an expression.
type token struct {
	kind tokenKind
	text string
	pos  int // byte offset in the expression
}

// show returns the token as messages name it.
func (t token) show() string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenString:
		return "'" + visible(t.text) + "'"
	}
	return strconv.Quote(t.text)
}

// visible returns the beginning of a text, on one line, for a message.
func visible(text string) string {
	const most = 40
	if len(text) > most {
		text = text[:most] + "..."
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// syntaxError is a mistake in an expression.
type syntaxError struct {
	pos  int
	text string
}

func (e *syntaxError) Error() string { return e.text }

func errorAt(pos int, format string, args ...any) error {
	return &syntaxError{pos, fmt.Sprintf(format, args...)}
}

// lexer cuts an expression into tokens.
type lexer struct {
	src string
	pos int
}

// signs are the operators and brackets, longer ones before their beginnings.
var signs = []string{"&&", "||", "==", "!=", ">=", "<=", ">", "<", "+", "-", "*", "/", "(", ")", ",", "#"}

// signMends tell what was meant by signs that are none.
var signMends = map[byte]string{
	'=': `write "==" to compare`,
	'&': `write "&&" for "and"`,
	'|': `write "||" for "or"`,
	'!': `to negate a condition write (condition == false)`,
	'%': `there are + - * / only`,
	'[': `brackets are ( and )`,
	'{': `brackets are ( and )`,
}

// next returns the next token.
func (l *lexer) next() (token, error) {
	for l.pos < len(l.src) && strings.IndexByte(" \t\r\n", l.src[l.pos]) >= 0 {
		l.pos++
	}
	start := l.pos
	if start == len(l.src) {
		return token{kind: tokenEnd, pos: start}, nil
	}
	c := l.src[start]
	switch {
	case isWordByte(c):
		for l.pos < len(l.src) && isWordByte(l.src[l.pos]) {
			l.pos++
		}
		return token{tokenWord, l.src[start:l.pos], start}, nil
	case c == '\'' || c == '"':
		return l.quoted(c)
	}
	for _, s := range signs {
		if strings.HasPrefix(l.src[start:], s) {
			l.pos += len(s)
			return token{tokenSign, s, start}, nil
		}
	}
	if mend, ok := signMends[c]; ok {
		return token{}, errorAt(start, "%q is no operator (%s)", string(rune(c)), mend)
	}
	r := []rune(l.src[start:min(len(l.src), start+4)])[0]
	return token{}, errorAt(start, "%q has no meaning in an expression", string(r))
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == ':'
}

// escapes are the bytes that a backslash and a letter stand for, as in C.
var escapes = map[byte]byte{
	'\\': '\\', '\'': '\'', '"': '"', 'n': '\n', 't': '\t', 'r': '\r', '0': 0,
}

// quoted reads a string up to the closing quote.
func (l *lexer) quoted(quote byte) (token, error) {
	start := l.pos
	var text []byte
	for i := start + 1; i < len(l.src); i++ {
		c := l.src[i]
		switch {
		case c == quote:
			l.pos = i + 1
			return token{tokenString, string(text), start}, nil
		case c != '\\' || i+1 == len(l.src):
			text = append(text, c)
		default:
			b, size, ok := unescape(l.src[i+1:])
			if !ok {
				return token{}, errorAt(i, `unknown escape \%c in a string (write a backslash as \\)`, l.src[i+1])
			}
			text = append(text, b)
			i += size
		}
	}
	return token{}, errorAt(start, "the string that starts with %s does not end (close it with %c)", visible(l.src[start:]), quote)
}

// unescape reads what follows a backslash and tells how many bytes that is.
func unescape(s string) (b byte, size int, ok bool) {
	if s[0] == 'x' && len(s) >= 3 {
		n, err := strconv.ParseUint(s[1:3], 16, 8)
		return byte(n), 3, err == nil
	}
	b, ok = escapes[s[0]]
	return b, 1, ok
}
