package rulecomp

import (
	"math"
	"testing"

	"mmt/analyzer/security/rule"
)

// call runs a built-in function on strings and numbers.
func call(name string, args ...any) any {
	var values []rule.Value
	for _, a := range args {
		switch a := a.(type) {
		case string:
			values = append(values, rule.TextValue([]byte(a)))
		case int:
			values = append(values, rule.NumberValue(float64(a)))
		case float64:
			values = append(values, rule.NumberValue(a))
		}
	}
	v := builtins[name].Call(values)
	switch {
	case v.Null:
		return nil
	case builtins[name].Result == rule.Bytes:
		return string(v.B)
	}
	return v.Num
}

func TestBuiltins(t *testing.T) {
	for _, test := range []struct {
		want any
		name string
		args []any
	}{
		{3., "strlen", []any{"abc\x00d"}},
		{0., "strlen", []any{""}},
		{"bcd", "strstr", []any{"abcd", "bc"}},
		{"abcd", "strstr", []any{"abcd", ""}},
		{nil, "strstr", []any{"ab\x00cd", "cd"}},
		{"BCd", "strcasestr", []any{"aBCd", "bc"}},
		{nil, "strcasestr", []any{"aBCd", "bce"}},
		{0., "strcmp", []any{"a\x00b", "a\x00c"}},
		{-1., "strcmp", []any{"a", "b"}},
		{1., "strcmp", []any{"\xff", "a"}},
		{0., "strncmp", []any{"abc", "abd", 2}},
		{-1., "strncmp", []any{"abc", "abd", 3}},
		{-1., "strncmp", []any{"ab", "abd", -1}},
		{0., "strcasecmp", []any{"GeT", "gEt"}},
		{-1., "strcasecmp", []any{"Ge", "gEt"}},
		{1., "strcasecmp", []any{"Z", "a"}},
		{0., "strncasecmp", []any{"GETX", "gety", 3}},
		{"b/c", "strchr", []any{"a/b/c", int('b')}},
		{"/b/c", "strchr", []any{"a/b/c", int('/')}},
		{"", "strchr", []any{"abc", 0}},
		{nil, "strchr", []any{"abc", int('x')}},
		{"/c", "strrchr", []any{"a/b/c", int('/')}},
		{2., "strspn", []any{"aab", "a"}},
		{3., "strspn", []any{"aab", "ab"}},
		{2., "strcspn", []any{"aab", "b"}},
		{3., "strcspn", []any{"aab", ""}},
		{"b1", "strpbrk", []any{"ab1", "1b"}},
		{nil, "strpbrk", []any{"ab1", "x"}},
		{-42., "atoi", []any{" \t-42x"}},
		{7., "atoi", []any{"+7"}},
		{0., "atoi", []any{"x"}},
		{float64(math.MaxInt32), "atoi", []any{"99999999999"}},
		{99999999999., "atol", []any{"99999999999"}},
		{float64(math.MaxInt64), "atoll", []any{"99999999999999999999"}},
		{float64(math.MinInt64), "atoll", []any{"-9223372036854775808"}},
		{-1.5e3, "atof", []any{" -1.5e3x"}},
		{1.5, "atof", []any{"1.5e"}},
		{.5, "atof", []any{".5"}},
		{0., "atof", []any{"nan"}},
		{0., "atof", []any{"-.x"}},
		{0., "atof", []any{""}},
		{math.Inf(-1), "atof", []any{"-1e999"}},
		{31., "strtol", []any{"0x1F", 0, 0}},
		{31., "strtol", []any{"0x1F", 0, 16}},
		{0., "strtol", []any{"0x1F", 0, 10}},
		{8., "strtol", []any{"010", 0, 0}},
		{5., "strtol", []any{"101", 0, 2}},
		{0., "strtol", []any{"101", 0, 1}},
		{0., "strtol", []any{"0xg", 0, 0}},
		{3., "abs", []any{-3.7}},
		{3.7, "fabs", []any{-3.7}},
		{4., "sqrt", []any{16}},
		{-2., "floor", []any{-1.5}},
		{-1., "ceil", []any{-1.5}},
		{2., "round", []any{1.5}},
		{1., "trunc", []any{1.9}},
		{8., "pow", []any{2, 3}},
		{1., "fmod", []any{7, 3}},
		{1., "exp", []any{0}},
		{0., "log", []any{1}},
		{3., "log2", []any{8}},
		{2., "log10", []any{100}},
		{1., "isdigit", []any{int('0')}},
		{0., "isdigit", []any{int('a')}},
		{0., "isdigit", []any{int('0') + 256}},
		{1., "isalpha", []any{int('z')}},
		{0., "isalnum", []any{int('_')}},
		{1., "isspace", []any{int('\v')}},
		{1., "isxdigit", []any{int('F')}},
		{0., "isxdigit", []any{int('g')}},
		{1., "isupper", []any{int('A')}},
		{0., "islower", []any{int('A')}},
		{1., "isprint", []any{int(' ')}},
		{0., "ispunct", []any{int(' ')}},
		{1., "ispunct", []any{int('_')}},
		{float64('a'), "tolower", []any{int('A')}},
		{float64('1'), "tolower", []any{int('1')}},
		{float64('A'), "toupper", []any{int('a')}},
		{-1., "toupper", []any{-1}},
	} {
		if got := call(test.name, test.args...); got != test.want {
			t.Errorf("%s%q = %v, want %v", test.name, test.args, got, test.want)
		}
	}
}

// TestBuiltinsAllocateNothing holds that calls from the hot path cost no memory.
func TestBuiltinsAllocateNothing(t *testing.T) {
	args := []rule.Value{rule.TextValue([]byte("Mozilla/5.0 (x) 12345")), rule.TextValue([]byte("nikto")), rule.NumberValue(3)}
	for name, f := range builtins {
		values := args[:len(f.Params)]
		if len(f.Params) > 0 && f.Params[0] == rule.Numeric {
			values = []rule.Value{rule.NumberValue(65), rule.NumberValue(3)}[:len(f.Params)]
		} else if len(f.Params) > 1 && f.Params[1] == rule.Numeric {
			values = []rule.Value{args[0], rule.NumberValue(0), rule.NumberValue(10)}[:len(f.Params)]
		}
		if n := testing.AllocsPerRun(10, func() { f.Call(values) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
