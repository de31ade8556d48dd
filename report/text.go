package report

import "unicode/utf8"

// What stands for '"' and '\\' inside a string. CSV has no escape for the
// backslash: plainCSV lets it pass.
var (
	escapeCSV  = [2]escapeSequence{{'"', `""`}, {'\\', `\`}}
	escapeJSON = [2]escapeSequence{{'"', `\"`}, {'\\', `\\`}}
)

var (
	plainCSV  = plainTable(`"`)
	plainJSON = plainTable(`"\`)
)

// plainTable marks the printable ASCII bytes except those of special.
func plainTable(special string) (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = true
	}
	for _, c := range special {
		t[c] = false
	}
	return t
}

// appendText appends s as a quoted string, made safe as the package
// documentation says.
func (e *Encoder) appendText(dst, s []byte) []byte {
	dst = append(dst, '"')
	for {
		n := plainPrefix(s, e.plain)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return append(dst, '"')
		}
		s = s[n:]
		dst, n = e.appendSpecial(dst, s)
		s = s[n:]
	}
}

// plainPrefix counts the bytes at the start of s that need no escape.
func plainPrefix(s []byte, plain *[256]bool) int {
	for i, c := range s {
		if !plain[c] {
			return i
		}
	}
	return len(s)
}

// appendSpecial appends the safe form of the character at the start of s,
// which is not plain, and says how many bytes of s it was.
func (e *Encoder) appendSpecial(dst, s []byte) ([]byte, int) {
	for _, x := range e.escape {
		if s[0] == x.char {
			return append(dst, x.text...), 1
		}
	}
	r, n := utf8.DecodeRune(s)
	if r == utf8.RuneError && n == 1 || breaksLine(r) {
		return append(dst, '.'), n
	}
	return append(dst, s[:n]...), n
}

// breaksLine tells whether some reader could take r for a line end or a
// terminal command: control characters and the two Unicode separators.
func breaksLine(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029'
}

// cut returns at most max bytes of s.
func cut(s []byte, max int) []byte {
	if len(s) > max {
		return s[:max]
	}
	return s
}
