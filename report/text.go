package report

import "unicode/utf8"

// plain marks the bytes that need no care in any form: printable ASCII but for
// quotes and backslashes.
var plain = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// appendText appends s as a quoted string, made safe as the package
// documentation says.
func (e *Encoder) appendText(dst, s []byte) []byte {
	dst = append(dst, '"')
	for {
		n := plainPrefix(s)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return append(dst, '"')
		}
		s = s[n:]
		dst, n = e.appendSpecial(dst, s)
		s = s[n:]
	}
}

// plainPrefix counts the bytes at the start of s that are plain.
func plainPrefix(s []byte) int {
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
	if s[0] == '"' || s[0] == '\\' {
		if e.format == CSV {
			return append(dst, '.'), 1
		}
		return append(dst, '\\', s[0]), 1
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
