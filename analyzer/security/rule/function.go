package rule

import "mmt/analyzer/dpi"

// Value is an operand or result of a function: a number, bytes, or nothing.
type Value struct {
	Type dpi.DataType
	Null bool // there is no value, the NULL of C
	Num  float64
	B    []byte // not to be kept or changed
}

// NumberValue returns the value of a number.
func NumberValue(n float64) Value { return Value{Type: dpi.Float, Num: n} }

// TruthValue returns 1 or 0.
func TruthValue(b bool) Value {
	if b {
		return NumberValue(1)
	}
	return NumberValue(0)
}

// TextValue returns the value of a string.
func TextValue(b []byte) Value { return Value{Type: dpi.String, B: b} }

// NullValue returns the value that is nothing.
func NullValue() Value { return Value{Null: true} }

// Function is an embedded function, as `#name(args)` calls it (manual section
// 4.2). Functions without a Call are those of a rule file whose C code has not
// been loaded.
type Function struct {
	Name     string
	Params   []Kind // Numeric or Bytes
	Variadic bool   // more arguments of the last kind may follow
	Result   Kind   // Numeric or Bytes
	// Contains says that the function finds its second argument in its first, as
	// strstr does: many such conditions on one attribute can be looked for at once.
	Contains bool
	Fold     bool // Contains without regard to the case of letters
	// Foreign says that the function comes with its rule file: one of the same
	// name in another file need not do the same.
	Foreign bool
	// Call runs the function. It is called by one thread at a time for one
	// shard, possibly by several shards at once.
	Call func(args []Value) Value
	// PerShard, if it is not nil, returns a function that does what Call does for
	// one shard alone, faster and without allocation. What it returns may be
	// overwritten by its 32nd call after that.
	PerShard func() func(args []Value) Value
}
