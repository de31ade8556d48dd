package rule

// Op is what an expression does.
type Op uint8

// The expressions. A comparison or a call with an operand that is absent is
// false; And and Or look at their operands from left to right, as far as needed.
const (
	Number  Op = iota // constant Num; true is 1, false 0
	Text              // constant Bytes: a string, or an address in network order
	Attr              // attribute Index of the packet that satisfies event Event, 0: of the packet at hand
	Add               // numbers
	Sub               //
	Mul               //
	Div               // by zero: absent
	Eq                // numbers as doubles, everything else byte by byte
	Ne                //
	Lt                //
	Le                //
	Gt                //
	Ge                //
	AllOf             // &&, two or more operands
	AnyOf             // ||, two or more operands
	Exists            // is_exist(Args[0]), an Attr: it is there
	Missing           // Args[0], an Attr or anything that is no number: it is not there (== 0, is_exist == false)
	Present           // Args[0], anything that is no number, compared != 0: it is there
	Empty             // is_empty(Args[0]): it is there and has no bytes
	Call              // Func on Args
	Truth             // Args[0], a number used as a condition: it is not 0
)

var opNames = [...]string{
	"number", "text", "attr", "+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "&&", "||",
	"is_exist", "missing", "present", "is_empty", "call", "truth",
}

// String returns the operator as expressions write it, or its name.
func (o Op) String() string { return opNames[o] }

// Compare tells whether x stands in the relation o, which is one of Eq to Ge, to y.
func (o Op) Compare(x, y float64) bool {
	switch o {
	case Eq:
		return x == y
	case Ne:
		return x != y
	case Lt:
		return x < y
	case Le:
		return x <= y
	case Gt:
		return x > y
	}
	return x >= y
}

// Calculate returns the result of o, which is one of Add to Div, on numbers.
func (o Op) Calculate(x, y float64) float64 {
	switch o {
	case Add:
		return x + y
	case Sub:
		return x - y
	case Mul:
		return x * y
	}
	return x / y
}

// Kind is what an expression gives.
type Kind uint8

// The kinds.
const (
	Numeric Kind = iota // a double
	Bytes               // a string, an address, a list, ..., or nothing
	Bool                // true or false
)

// Expr is a checked expression.
type Expr struct {
	Op    Op
	Kind  Kind
	Args  []*Expr
	Num   float64
	Bytes []byte
	Index int // of an Attr: in the rule's Attributes
	Event int // of an Attr: 0, or the event that it refers to
	Func  *Function
}

// Walk calls f for e and everything below, e first.
func (e *Expr) Walk(f func(*Expr)) {
	f(e)
	for _, a := range e.Args {
		a.Walk(f)
	}
}
