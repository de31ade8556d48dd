package rulecomp

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"unsafe"

	"mmt/analyzer/security/rule"
)

// builtins are the functions of the C library that work without a C compiler,
// by name. Their text arguments are C strings: they end at the first NUL. What
// C leaves open is settled: comparisons give -1, 0 or 1, tests of characters 1
// or 0, numbers that do not fit stay at the limits of their type.
var builtins = makeBuiltins()

// The parameters of the built-in functions.
var (
	oneText     = []rule.Kind{rule.Bytes}
	twoTexts    = []rule.Kind{rule.Bytes, rule.Bytes}
	textsNumber = []rule.Kind{rule.Bytes, rule.Bytes, rule.Numeric}
	textNumber  = []rule.Kind{rule.Bytes, rule.Numeric}
	textNumbers = []rule.Kind{rule.Bytes, rule.Numeric, rule.Numeric}
	oneNumber   = []rule.Kind{rule.Numeric}
	twoNumbers  = []rule.Kind{rule.Numeric, rule.Numeric}
)

func makeBuiltins() map[string]*rule.Function {
	all := map[string]*rule.Function{}
	for _, list := range [][]*rule.Function{textBuiltins(), parseBuiltins(), mathBuiltins(), characterBuiltins()} {
		for _, f := range list {
			all[f.Name] = f
		}
	}
	return all
}

// cString returns b up to its first NUL.
func cString(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// from returns the part of s that starts at i, as a C pointer into it would, or
// nothing if i is negative.
func from(s []byte, i int) rule.Value {
	if i < 0 {
		return rule.NullValue()
	}
	return rule.TextValue(s[i:])
}

// comparing makes a function that compares two strings.
func comparing(name string, order func(a, b []byte) int) *rule.Function {
	return &rule.Function{Name: name, Params: twoTexts, Result: rule.Numeric, Call: func(v []rule.Value) rule.Value {
		return rule.NumberValue(float64(order(cString(v[0].B), cString(v[1].B))))
	}}
}

// comparingN makes a function that compares the first bytes of two strings.
func comparingN(name string, order func(a, b []byte) int) *rule.Function {
	return &rule.Function{Name: name, Params: textsNumber, Result: rule.Numeric, Call: func(v []rule.Value) rule.Value {
		a, b, n := cString(v[0].B), cString(v[1].B), count(v[2].Num)
		return rule.NumberValue(float64(order(a[:min(n, len(a))], b[:min(n, len(b))])))
	}}
}

// finding makes a function that looks for one string in another.
func finding(name string, index func(s, what []byte) int) *rule.Function {
	return &rule.Function{Name: name, Params: twoTexts, Result: rule.Bytes, Call: func(v []rule.Value) rule.Value {
		s := cString(v[0].B)
		return from(s, index(s, cString(v[1].B)))
	}}
}

// containing marks a function that finds its second argument in its first.
func containing(f *rule.Function) *rule.Function {
	f.Contains = true
	return f
}

// folding marks a function to which large and small letters are the same.
func folding(f *rule.Function) *rule.Function {
	f.Fold = true
	return f
}

// findingByte makes a function that looks for a character, the final NUL included.
func findingByte(name string, index func(s []byte, c byte) int) *rule.Function {
	return &rule.Function{Name: name, Params: textNumber, Result: rule.Bytes, Call: func(v []rule.Value) rule.Value {
		s, c := cString(v[0].B), byte(integer(v[1].Num))
		if c == 0 {
			return from(s, len(s))
		}
		return from(s, index(s, c))
	}}
}

// spanning makes a function that counts the first bytes of a string that are
// (or are not) among those of another.
func spanning(name string, among bool) *rule.Function {
	return &rule.Function{Name: name, Params: twoTexts, Result: rule.Numeric, Call: func(v []rule.Value) rule.Value {
		s, set := cString(v[0].B), cString(v[1].B)
		return rule.NumberValue(float64(span(s, set, among)))
	}}
}

func span(s, set []byte, among bool) int {
	for i, c := range s {
		if bytes.IndexByte(set, c) >= 0 != among {
			return i
		}
	}
	return len(s)
}

func textBuiltins() []*rule.Function {
	return []*rule.Function{
		{Name: "strlen", Params: oneText, Result: rule.Numeric, Call: func(v []rule.Value) rule.Value {
			return rule.NumberValue(float64(len(cString(v[0].B))))
		}},
		comparing("strcmp", bytes.Compare), comparing("strcasecmp", compareFold),
		comparingN("strncmp", bytes.Compare), comparingN("strncasecmp", compareFold),
		containing(finding("strstr", bytes.Index)), folding(containing(finding("strcasestr", indexFold))),
		finding("strpbrk", func(s, set []byte) int {
			if i := span(s, set, false); i < len(s) {
				return i
			}
			return -1
		}),
		findingByte("strchr", bytes.IndexByte), findingByte("strrchr", bytes.LastIndexByte),
		spanning("strspn", true), spanning("strcspn", false),
	}
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// compareFold compares without regard to the case of ASCII letters.
func compareFold(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

// indexFold finds what in s without regard to the case of ASCII letters.
func indexFold(s, what []byte) int {
	for i := 0; i+len(what) <= len(s); i++ {
		if compareFold(s[i:i+len(what)], what) == 0 {
			return i
		}
	}
	return -1
}

// parsing makes a function that reads a number at the start of a string.
func parsing(name string, number func(s []byte) float64) *rule.Function {
	return &rule.Function{Name: name, Params: oneText, Result: rule.Numeric, Call: func(v []rule.Value) rule.Value {
		return rule.NumberValue(number(skipSpace(cString(v[0].B))))
	}}
}

func parseBuiltins() []*rule.Function {
	long := func(s []byte) float64 { return float64(parseLong(s, 10)) }
	return []*rule.Function{
		parsing("atoi", func(s []byte) float64 {
			return float64(max(math.MinInt32, min(math.MaxInt32, parseLong(s, 10))))
		}),
		parsing("atol", long), parsing("atoll", long), parsing("atof", parseDouble),
		// The second argument of strtol is a pointer: expressions can only give 0.
		{Name: "strtol", Params: textNumbers, Result: rule.Numeric, Call: func(v []rule.Value) rule.Value {
			return rule.NumberValue(float64(parseLong(skipSpace(cString(v[0].B)), count(v[2].Num))))
		}},
	}
}

func skipSpace(s []byte) []byte {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// parseLong reads an integer as strtol does: base 0 goes by its beginning.
func parseLong(s []byte, base int) int64 {
	negative := len(s) > 0 && s[0] == '-'
	if negative || len(s) > 0 && s[0] == '+' {
		s = s[1:]
	}
	isHex := len(s) > 2 && s[0] == '0' && lower(s[1]) == 'x' && digitOf(s[2]) < 16
	switch {
	case isHex && (base == 0 || base == 16):
		s, base = s[2:], 16
	case base == 0 && len(s) > 0 && s[0] == '0':
		base = 8
	case base == 0:
		base = 10
	case base < 2 || base > 36:
		return 0
	}
	var n int64
	for _, c := range s {
		d := int64(digitOf(c))
		if d >= int64(base) {
			break
		}
		if n < (math.MinInt64+d)/int64(base) {
			n = math.MinInt64 // the sum is kept negative, which reaches one further
			break
		}
		n = n*int64(base) - d
	}
	switch {
	case negative:
		return n
	case n == math.MinInt64:
		return math.MaxInt64
	}
	return -n
}

// digitOf returns the value of a digit or letter, 36 or more for anything else.
func digitOf(c byte) int {
	switch c = lower(c); {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 10
	}
	return 255
}

// parseDouble reads a decimal number with fraction and exponent.
func parseDouble(s []byte) float64 {
	digits := func(i int) int {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	sign := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		sign = 1
	}
	end := digits(sign)
	if end < len(s) && s[end] == '.' {
		end = digits(end + 1)
	}
	if end > sign && end < len(s) && lower(s[end]) == 'e' {
		exponent := end + 1
		if exponent < len(s) && (s[exponent] == '-' || s[exponent] == '+') {
			exponent++
		}
		if last := digits(exponent); last > exponent {
			end = last
		}
	}
	if end == sign || end == sign+1 && s[sign] == '.' {
		return 0 // no digits
	}
	// ParseFloat keeps nothing of its argument, so it may look at the bytes in place.
	n, _ := strconv.ParseFloat(unsafe.String(&s[0], end), 64) // out of range: infinite, as in C
	return n
}

// count makes a size_t or base of a double.
func count(n float64) int {
	if n >= 0 && n < math.MaxInt32 {
		return int(n)
	}
	return math.MaxInt32 // negative numbers wrap round to large ones
}

// integer makes an int of a double.
func integer(n float64) int {
	if n > math.MinInt32 && n < math.MaxInt32 {
		return int(n)
	}
	return 0
}

// calculating makes a function of one number.
func calculating(name string, f func(float64) float64) *rule.Function {
	return &rule.Function{Name: name, Params: oneNumber, Result: rule.Numeric, Call: func(v []rule.Value) rule.Value {
		return rule.NumberValue(f(v[0].Num))
	}}
}

// calculating2 makes a function of two numbers.
func calculating2(name string, f func(a, b float64) float64) *rule.Function {
	return &rule.Function{Name: name, Params: twoNumbers, Result: rule.Numeric, Call: func(v []rule.Value) rule.Value {
		return rule.NumberValue(f(v[0].Num, v[1].Num))
	}}
}

func mathBuiltins() []*rule.Function {
	whole := func(n float64) float64 { return math.Abs(math.Trunc(n)) }
	return []*rule.Function{
		calculating("abs", whole), calculating("labs", whole), calculating("fabs", math.Abs),
		calculating("sqrt", math.Sqrt), calculating("floor", math.Floor), calculating("ceil", math.Ceil),
		calculating("round", math.Round), calculating("trunc", math.Trunc),
		calculating("exp", math.Exp), calculating("log", math.Log), calculating("log2", math.Log2), calculating("log10", math.Log10),
		calculating2("pow", math.Pow), calculating2("fmod", math.Mod),
	}
}

// matching makes a function that tells whether a character is of a kind.
func matching(name string, is func(c byte) bool) *rule.Function {
	return calculating(name, func(n float64) float64 {
		c := integer(n)
		return rule.TruthValue(c >= 0 && c < 128 && is(byte(c))).Num
	})
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isAlnum(c byte) bool { return isDigit(c) || isUpper(c) || isLower(c) }

func characterBuiltins() []*rule.Function {
	return []*rule.Function{
		matching("isdigit", isDigit), matching("isupper", isUpper), matching("islower", isLower),
		matching("isalpha", func(c byte) bool { return isUpper(c) || isLower(c) }),
		matching("isalnum", isAlnum), matching("isspace", isSpace),
		matching("isxdigit", func(c byte) bool { return digitOf(c) < 16 }),
		matching("isprint", func(c byte) bool { return c >= ' ' && c <= '~' }),
		matching("ispunct", func(c byte) bool { return c > ' ' && c <= '~' && !isAlnum(c) }),
		calculating("tolower", func(n float64) float64 {
			if c := integer(n); c >= 'A' && c <= 'Z' {
				return float64(lower(byte(c)))
			}
			return n
		}),
		calculating("toupper", func(n float64) float64 {
			if c := integer(n); c >= 'a' && c <= 'z' {
				return float64(c) - 'a' + 'A'
			}
			return n
		}),
	}
}
