package config

import "strings"

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokEOF    tokenKind = iota
	tokWord             // bare text
	tokString           // text that stood in quotes
	tokAssign           // =
	tokOpen             // {
	tokClose            // }
	tokComma            // ,
	tokBad              // a string that is not closed; text is its beginning
)

// token is one piece of the text. line counts from 1.
type token struct {
	kind tokenKind
	text string
	line int
}

// String shows a token in an error message.
func (t token) String() string {
	switch t.kind {
	case tokEOF:
		return "the end of the file"
	case tokString:
		return `the text "` + clip(t.text) + `"`
	default:
		return `"` + clip(t.text) + `"`
	}
}

// lexMode says where a bare word ends, which depends on what it is: a name
// ends at "=", but the value --log-level=5 does not.
type lexMode uint8

const (
	inName  lexMode = iota // ends at blanks { } # quotes = ,
	inValue                // ends at blanks { } # quotes
	inItem                 // of a list: ends at blanks { } # quotes = ,
)

const blanks = " \t\r\n\v\f"

// stops holds for each mode the bytes that end a bare word.
var stops = [...]string{
	inName:  blanks + `{}#"'=,`,
	inValue: blanks + `{}#"'`,
	inItem:  blanks + `{}#"'=,`,
}

// nestedStops ends a bare word within parentheses, so that avg( diff(x) ) and
// (1:1,4-6) are one word each.
const nestedStops = `{}#"'` + "\n"

// lexer cuts a text into tokens. It is small and copied to look ahead: the
// parser keeps a copy and puts it back.
type lexer struct {
	src  string
	off  int // of the next byte
	line int // of the next byte, from 1
}

// newLexer starts a lexer; a byte order mark at the start is skipped, because
// some editors write one.
func newLexer(text []byte) lexer {
	return lexer{src: strings.TrimPrefix(string(text), "\ufeff"), line: 1}
}

// next gives the next token; at the end it gives tokEOF again and again.
func (lx *lexer) next(mode lexMode) token {
	lx.skipBlanks()
	if lx.off >= len(lx.src) {
		return token{kind: tokEOF, line: lx.line}
	}
	c := lx.src[lx.off]
	switch c {
	case '=':
		return lx.single(tokAssign)
	case '{':
		return lx.single(tokOpen)
	case '}':
		return lx.single(tokClose)
	case ',':
		return lx.single(tokComma)
	case '"', '\'':
		return lx.quoted(c)
	}
	return lx.word(mode)
}

// skipBlanks passes white space and comments.
func (lx *lexer) skipBlanks() {
	for lx.off < len(lx.src) {
		c := lx.src[lx.off]
		switch {
		case c == '#':
			lx.skipComment()
			continue
		case c == '\n':
			lx.line++
		case strings.IndexByte(blanks, c) < 0:
			return
		}
		lx.off++
	}
}

// skipComment passes a comment up to, not including, the end of its line.
func (lx *lexer) skipComment() {
	end := strings.IndexByte(lx.src[lx.off:], '\n')
	if end < 0 {
		lx.off = len(lx.src)
		return
	}
	lx.off += end
}

func (lx *lexer) single(kind tokenKind) token {
	t := token{kind: kind, text: lx.src[lx.off : lx.off+1], line: lx.line}
	lx.off++
	return t
}

// word reads bare text. Its first byte is not a stop, so it is not empty.
func (lx *lexer) word(mode lexMode) token {
	start, depth := lx.off, 0
	for lx.off < len(lx.src) {
		c := lx.src[lx.off]
		set := stops[mode]
		if depth > 0 && mode != inName {
			set = nestedStops
		}
		if strings.IndexByte(set, c) >= 0 {
			break
		}
		depth += parenStep(c)
		lx.off++
	}
	text := strings.TrimRight(lx.src[start:lx.off], blanks)
	return token{kind: tokWord, text: text, line: lx.line}
}

func parenStep(c byte) int {
	switch c {
	case '(':
		return 1
	case ')':
		return -1
	}
	return 0
}

// quoted reads a string up to the same quote on the same line. A string does
// not span lines: an unclosed one would otherwise swallow the file up to the
// next quote, and the error would name the wrong line.
func (lx *lexer) quoted(quote byte) token {
	var text strings.Builder
	start := lx.off
	for lx.off++; lx.off < len(lx.src); lx.off++ {
		c := lx.src[lx.off]
		switch c {
		case quote:
			lx.off++
			return token{kind: tokString, text: text.String(), line: lx.line}
		case '\n':
			return token{kind: tokBad, text: lx.src[start:lx.off], line: lx.line}
		case '\\':
			text.WriteString(lx.escape(quote))
		default:
			text.WriteByte(c)
		}
	}
	return token{kind: tokBad, text: lx.src[start:], line: lx.line}
}

// escape reads what a backslash stands for and stays on its last byte. A
// backslash before anything else than a quote, a backslash or (in double
// quotes) n and t is itself, so that the filter 'ether proto \ip' is written as
// it is meant.
func (lx *lexer) escape(quote byte) string {
	if lx.off+1 >= len(lx.src) {
		return `\`
	}
	c := lx.src[lx.off+1]
	plain := ""
	switch {
	case c == quote || c == '\\':
		plain = string(c)
	case c == 'n' && quote == '"':
		plain = "\n"
	case c == 't' && quote == '"':
		plain = "\t"
	default:
		return `\`
	}
	lx.off++
	return plain
}

// quote writes a text so that the lexer reads it back, unless it holds a line
// break that only an override can bring in.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}
