package rulecomp

import (
	"bytes"

	"mmt/analyzer/security/rule"
)

// builtins are the functions of the C library that work without a C compiler.
// Their text arguments are C strings: they end at the first NUL.
var builtins = map[string]*rule.Function{}

func init() {
	texts := []rule.Kind{rule.Bytes, rule.Bytes}
	add := func(name string, params []rule.Kind, result rule.Kind, call func([]rule.Value) rule.Value) {
		builtins[name] = &rule.Function{Name: name, Params: params, Result: result, Call: call}
	}
	add("strlen", texts[:1], rule.Numeric, func(a []rule.Value) rule.Value { return rule.NumberValue(float64(len(cString(a[0].B)))) })
	add("strstr", texts, rule.Bytes, func(a []rule.Value) rule.Value {
		s := cString(a[0].B)
		if i := bytes.Index(s, cString(a[1].B)); i >= 0 {
			return rule.TextValue(s[i:])
		}
		return rule.NullValue()
	})
}

// cString returns b up to its first NUL.
func cString(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}
