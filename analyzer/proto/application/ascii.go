package application

// isLines tells whether d is text of several lines, which may be in any
// encoding that has ASCII as a part.
func isLines(d []byte) bool {
	for _, c := range d {
		if !isTextByte(c) && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// asciiLine returns the first line of d without its end, if it is printable
// ASCII and at most limit bytes long, and how many bytes it takes with its end.
// n is 0 if there is no such line, and more tells whether it may still come.
func asciiLine(d []byte, limit int) (line []byte, n int, more bool) {
	for i, c := range d {
		switch {
		case c == '\n' && i > 0 && d[i-1] == '\r':
			return d[:i-1], i + 1, false
		case c == '\n':
			return d[:i], i + 1, false
		case i >= limit, (c < 0x20 || c > 0x7e) && c != '\t' && c != '\r':
			return nil, 0, false
		}
	}
	return nil, 0, true
}

// isDigit tells whether c is a decimal digit.
func isDigit(c byte) bool { return c-'0' < 10 }

// digits returns how many decimal digits d begins with.
func digits(d []byte) int {
	n := 0
	for n < len(d) && isDigit(d[n]) {
		n++
	}
	return n
}
