package application

import (
	"bytes"

	"mmt/analyzer/dpi"
)

// maxTextLine is how long a line of a text protocol may be before what looks
// like one is taken for something else; RFC 5321 and its like allow less.
const maxTextLine = 2048

// startsWith judges d by a magic text at its beginning.
func startsWith(d []byte, magic string) dpi.Verdict {
	n := min(len(d), len(magic))
	if string(d[:n]) != magic[:n] {
		return dpi.No
	}
	if n < len(magic) {
		return dpi.More
	}
	return dpi.Yes
}

// startsWithAny judges d by several magic texts.
func startsWithAny(d []byte, magics ...string) dpi.Verdict {
	best := dpi.No
	for _, magic := range magics {
		best = max(best, startsWith(d, magic))
	}
	return best
}

// textWord splits the first word off a line, and the blanks behind it.
func textWord(line []byte) (word, rest []byte) {
	i := bytes.IndexByte(line, ' ')
	if i < 0 {
		return line, nil
	}
	word, rest = line[:i], line[i:]
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	return word, rest
}

// isTextByte tells whether c may stand in a line of text: a printable character,
// a tab, or a part of a character beyond ASCII.
func isTextByte(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' }

// isText tells whether b holds nothing but text.
func isText(b []byte) bool {
	for _, c := range b {
		if !isTextByte(c) {
			return false
		}
	}
	return true
}

// isPrintable tells whether b holds printable ASCII characters only.
func isPrintable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isNumber tells whether b is a decimal number.
func isNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// number reads the decimal digits at the beginning of b, of which numbers
// beyond 19 digits lose the rest.
func number(b []byte) (n uint64) {
	for i, c := range b {
		if c < '0' || c > '9' || i == 19 {
			break
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}

// equalFoldAny tells whether b is one of words, which are in lower case,
// whatever the case of b.
func equalFoldAny(b []byte, words ...string) bool {
	for _, word := range words {
		if equalFold(b, word) {
			return true
		}
	}
	return false
}

// replyCode reads the three digits that replies of RFC 959, 5321 and 3977 start
// with, and the text behind them. ok is false if the line is no such reply.
func replyCode(line []byte) (code int, text []byte, ok bool) {
	if len(line) < 3 || line[0] < '1' || line[0] > '6' || !isNumber(line[:3]) {
		return 0, nil, false
	}
	if len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, nil, false
	}
	return int(number(line[:3])), line[min(4, len(line)):], true
}
