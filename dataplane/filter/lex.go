package filter

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

type tokenKind uint8

const (
	tokEnd     tokenKind = iota
	tokWord              // keyword or name
	tokEscaped           // \name: a name that is not to be read as a keyword
	tokNumber            // value in num
	tokIPv4              // 2 to 4 dotted numbers: value in num, bits in bits
	tokIPv6              // value in addr
	tokMAC               // value in mac
	tokOp                // operator or bracket
)

type token struct {
	kind tokenKind
	text string // as written, without the backslash of tokEscaped
	pos  int    // byte offset in the expression
	num  uint32
	bits int // tokIPv4: 16, 24 or 32 significant bits, left-aligned in num
	addr netip.Addr
	mac  [6]byte
}

// is reports whether t is the operator or the unescaped word s.
func (t token) is(s string) bool {
	return (t.kind == tokOp || t.kind == tokWord) && t.text == s
}

func (t token) String() string {
	if t.kind == tokEnd {
		return "the end of the expression"
	}
	return strconv.Quote(t.text)
}

// operators, longest first so that the first match is the right one.
var operators = []string{
	"&&", "||", "<<", ">>", ">=", "<=", "!=", "==",
	"!", ">", "<", "=", "(", ")", "[", "]", ":", "/", "-", "+", "*", "&", "|", "%", "^",
}

// lex splits an expression into tokens; the last one is tokEnd.
func lex(s string) ([]token, error) {
	var toks []token
	for i := 0; i < len(s); {
		if strings.IndexByte(" \t\r\n", s[i]) >= 0 {
			i++
			continue
		}
		t, n, err := lexOne(s, i)
		if err != nil {
			return nil, err
		}
		t.pos = i
		toks = append(toks, t)
		i += n
	}
	return append(toks, token{kind: tokEnd, pos: len(s)}), nil
}

// lexOne reads the token that starts at s[i] and tells how many bytes it has.
func lexOne(s string, i int) (token, int, error) {
	rest := s[i:]
	if rest[0] == '\\' {
		w := prefixOf(rest[1:], func(c byte) bool { return strings.IndexByte(" !()\t\r\n", c) < 0 })
		if w == "" {
			return token{}, 0, &Error{s, i, `a name must follow the backslash`}
		}
		return token{kind: tokEscaped, text: w}, 1 + len(w), nil
	}
	if t, n := lexAddress(rest); n > 0 {
		return t, n, nil
	}
	if isAlnum(rest[0]) {
		w := strings.TrimRight(prefixOf(rest, isWordByte), "-_")
		t, reason := classify(w)
		if reason != "" {
			return token{}, 0, &Error{s, i, reason}
		}
		return t, len(w), nil
	}
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			return token{kind: tokOp, text: op}, len(op), nil
		}
	}
	return token{}, 0, &Error{s, i, fmt.Sprintf("%q does not belong into a filter", rest[:1])}
}

// lexAddress reads an IPv6 or MAC address. Both share their characters with
// words and with "[offset:size]", so they count only where the whole run of
// such characters is an address.
func lexAddress(s string) (token, int) {
	run := prefixOf(s, func(c byte) bool { return isHex(c) || c == ':' || c == '.' })
	if strings.IndexByte(run, ':') >= 0 {
		if a, err := netip.ParseAddr(run); err == nil {
			return token{kind: tokIPv6, text: run, addr: a}, len(run)
		}
	}
	run = prefixOf(s, func(c byte) bool { return isHex(c) || c == ':' || c == '.' || c == '-' })
	if len(run) < len(prefixOf(s, isWordByte)) {
		return token{}, 0
	}
	mac, ok := parseMAC(run)
	if !ok {
		return token{}, 0
	}
	return token{kind: tokMAC, text: run, mac: mac}, len(run)
}

// parseMAC reads six groups of one or two hexadecimal digits, three groups of
// four, or twelve digits; the separators ":", "-" and "." may be mixed.
func parseMAC(s string) (mac [6]byte, ok bool) {
	groups := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '-' || r == '.' })
	width := map[int]int{6: 2, 3: 4, 1: 12}[len(groups)]
	if width == 0 || strings.Count(s, ":")+strings.Count(s, "-")+strings.Count(s, ".") != len(groups)-1 {
		return mac, false
	}
	var v uint64
	for _, g := range groups {
		n, err := strconv.ParseUint(g, 16, 64)
		if err != nil || len(g) > width || (width > 2 && len(g) != width) {
			return mac, false
		}
		v = v<<(4*width) | n
	}
	for i := range mac {
		mac[i] = byte(v >> (40 - 8*i))
	}
	return mac, true
}

// classify tells numbers, named constants and dotted IPv4 from other words. A
// non-empty reason says why w is none of them.
func classify(w string) (t token, reason string) {
	if v, ok := constants[w]; ok {
		return token{kind: tokNumber, text: w, num: v}, ""
	}
	if isNumber(w) {
		v, err := strconv.ParseUint(w, 0, 32)
		if err != nil {
			return t, fmt.Sprintf("%q is not a number of 32 bits (0 starts an octal, 0x a hexadecimal number)", w)
		}
		return token{kind: tokNumber, text: w, num: uint32(v)}, ""
	}
	parts := strings.Split(w, ".")
	for _, p := range parts {
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return token{kind: tokWord, text: w}, ""
		}
	}
	if len(parts) > 4 {
		return t, fmt.Sprintf("%q is not an IPv4 address", w)
	}
	return dottedIPv4(w, parts)
}

func dottedIPv4(w string, parts []string) (t token, reason string) {
	t = token{kind: tokIPv4, text: w, bits: 8 * len(parts)}
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return t, fmt.Sprintf("%q is not an IPv4 address: %s is above 255", w, p)
		}
		t.num |= uint32(v) << (24 - 8*i)
	}
	return t, ""
}

func isNumber(w string) bool {
	if strings.HasPrefix(w, "0x") || strings.HasPrefix(w, "0X") {
		return len(w) > 2 && prefixOf(w[2:], isHex) == w[2:]
	}
	return strings.Trim(w, "0123456789") == ""
}

func prefixOf(s string, ok func(byte) bool) string {
	i := 0
	for i < len(s) && ok(s[i]) {
		i++
	}
	return s[:i]
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isWordByte(c byte) bool {
	return isAlnum(c) || c == '-' || c == '_' || c == '.'
}
