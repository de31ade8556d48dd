package rule

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// shape is what an operator takes and gives.
type shape struct {
	min, max int  // operands
	args     int  // kind of each, or one of the two below
	result   Kind //
	of       []Op // what the operands may be, nil: anything
}

// What operands may be where it is not one kind.
const (
	anyKind   = -1
	sameKind  = -2 // all of one kind, no conditions
	notNumber = -3
)

var shapes = map[Op]shape{
	Add: {2, 2, int(Numeric), Numeric, nil}, Sub: {2, 2, int(Numeric), Numeric, nil},
	Mul: {2, 2, int(Numeric), Numeric, nil}, Div: {2, 2, int(Numeric), Numeric, nil},
	Eq: {2, 2, sameKind, Bool, nil}, Ne: {2, 2, sameKind, Bool, nil}, Lt: {2, 2, sameKind, Bool, nil},
	Le: {2, 2, sameKind, Bool, nil}, Gt: {2, 2, sameKind, Bool, nil}, Ge: {2, 2, sameKind, Bool, nil},
	AllOf: {2, math.MaxInt, int(Bool), Bool, nil}, AnyOf: {2, math.MaxInt, int(Bool), Bool, nil},
	Exists: {1, 1, anyKind, Bool, []Op{Attr}}, Empty: {1, 1, anyKind, Bool, nil},
	Missing: {1, 1, notNumber, Bool, nil}, Present: {1, 1, notNumber, Bool, nil},
	Truth: {1, 1, int(Numeric), Bool, nil},
}

// expr reads an expression.
func (p *textParser) expr(f *form) (*Expr, error) {
	if text, ok := f.text(); ok {
		return &Expr{Op: Text, Kind: Bytes, Bytes: []byte(text)}, nil
	}
	if f.list == nil {
		return p.atom(f)
	}
	head := f.head()
	if head == "as" {
		return p.as(f)
	}
	args := make([]*Expr, 0, len(f.list))
	for _, a := range f.list[min(1, len(f.list)):] {
		e, err := p.expr(a)
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	if name, ok := strings.CutPrefix(head, "#"); ok {
		return p.call(f, name, args)
	}
	op := Op(max(0, slices.Index(opNames[:], head)))
	s, ok := shapes[op]
	if !ok {
		return nil, f.errorf("unknown operation %s", f)
	}
	return &Expr{Op: op, Kind: s.result, Args: args}, s.check(f, args)
}

// check holds the operands of an operation against what it takes.
func (s *shape) check(f *form, args []*Expr) error {
	if len(args) < s.min || len(args) > s.max {
		return f.errorf("%s with %d operands", f.head(), len(args))
	}
	for _, a := range args {
		bad := s.args >= 0 && int(a.Kind) != s.args ||
			s.args == sameKind && (a.Kind != args[0].Kind || a.Kind == Bool) ||
			s.args == notNumber && a.Kind != Bytes && a.Op != Attr ||
			s.of != nil && !slices.Contains(s.of, a.Op)
		if bad {
			return f.errorf("%s does not take operands of these kinds", f.head())
		}
	}
	return nil
}

// as reads `(as kind expression)`, an expression of an unusual kind.
func (p *textParser) as(f *form) (*Expr, error) {
	if len(f.list) != 3 {
		return nil, f.errorf("`(as kind expression)` expected")
	}
	kind, err := f.at(1).kind()
	if err != nil {
		return nil, err
	}
	e, err := p.expr(f.at(2))
	if err != nil {
		return nil, err
	}
	if e.Op != Attr && e.Op != Call || kind == Bool {
		return nil, f.errorf("%s cannot be read as %s", f.at(2), kind)
	}
	e.Kind = kind
	return e, nil
}

func (p *textParser) call(f *form, name string, args []*Expr) (*Expr, error) {
	fn := p.functions[name]
	if fn == nil {
		return nil, f.errorf("call of function %s, which is not declared", name)
	}
	if len(args) < len(fn.Params) || len(args) > len(fn.Params) && !fn.Variadic {
		return nil, f.errorf("function %s called with %d parameters", name, len(args))
	}
	for i, a := range args {
		want := fn.Params[min(i, len(fn.Params)-1)]
		if got := a.Kind; got != want && !(got == Bool && want == Numeric) {
			return nil, f.errorf("parameter %d of function %s is not of kind %s", i+1, name, want)
		}
	}
	return &Expr{Op: Call, Kind: fn.Result, Func: fn, Args: args}, nil
}

// atom reads a number or the name of an attribute.
func (p *textParser) atom(f *form) (*Expr, error) {
	name, event := f.atom, 0
	if at := strings.LastIndexByte(name, '@'); at > 0 {
		n, err := strconv.ParseUint(name[at+1:], 10, 16)
		if err != nil || n == 0 {
			return nil, f.errorf("%s does not name an event", f)
		}
		name, event = name[:at], int(n)
	}
	for i := range p.rule.Attributes {
		if a := &p.rule.Attributes[i]; a.Name == name {
			return &Expr{Op: Attr, Kind: attributeKind(a), Index: i, Event: event}, nil
		}
	}
	n, err := strconv.ParseFloat(f.atom, 64)
	if err != nil {
		return nil, f.errorf("%s is no number and no attribute of the property", f)
	}
	return &Expr{Op: Number, Kind: Numeric, Num: n}, nil
}
