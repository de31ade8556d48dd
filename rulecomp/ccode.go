package rulecomp

import (
	"maps"
	"slices"
	"strings"

	"mmt/rulecomp/csource"
)

// cCode is what a look over embedded C tells: no more than which names occur.
type cCode struct {
	defined   map[string]bool // functions with a body, and macros with arguments
	mentioned map[string]bool // all names
	includes  bool            // it includes headers, which may bring any name
}

// scanC looks over embedded C.
func scanC(code string) *cCode {
	c := &cCode{defined: map[string]bool{}, mentioned: map[string]bool{}}
	if code == "" {
		return c
	}
	text := csource.Blank(code)
	for i := 0; i < len(text); {
		if text[i] == '#' {
			c.includes = c.includes || strings.HasPrefix(strings.TrimLeft(text[i+1:], " \t"), "include")
		}
		n := wordLength(text[i:])
		if n == 0 {
			i++
			continue
		}
		name := text[i : i+n]
		if isIdentifier(name) {
			c.mentioned[name] = true
			if hasBody(text[i+n:]) || strings.HasSuffix(strings.TrimRight(text[:i], " \t"), "#define") && strings.HasPrefix(text[i+n:], "(") {
				c.defined[name] = true
			}
		}
		i += n
	}
	for _, keyword := range []string{"if", "while", "for", "switch"} {
		delete(c.defined, keyword)
	}
	return c
}

// wordLength returns the length of the name or number that text starts with.
func wordLength(text string) int {
	n := 0
	for n < len(text) && isWordByte(text[n]) && text[n] != '.' && text[n] != ':' {
		n++
	}
	return n
}

// maxParameters is how many bytes the parameters of a function may take.
const maxParameters = 4096

// hasBody tells whether text starts with a bracket and then a brace.
func hasBody(text string) bool {
	text = strings.TrimLeft(text[:min(len(text), maxParameters)], " \t\r\n")
	if !strings.HasPrefix(text, "(") {
		return false
	}
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '{', '}', ';':
			return false
		}
		if depth == 0 {
			return strings.HasPrefix(strings.TrimLeft(text[i+1:], " \t\r\n"), "{")
		}
	}
	return false
}

// mayHave tells whether the compiled code may have a function of this name.
func (c *cCode) mayHave(name string) bool { return c.mentioned[name] || c.includes }

// orMissing explains that the code has no function of this name.
func (c *cCode) orMissing(name string) string {
	if hint := didYouMean(name, slices.Sorted(maps.Keys(c.defined))); hint != "" {
		return hint
	}
	return " (write it in <embedded_functions>)"
}
