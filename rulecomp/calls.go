package rulecomp

import (
	"maps"
	"slices"
	"strconv"

	"mmt/analyzer/security/rule"
)

// call checks #name(args). A function in the embedded C of the file goes before
// one registered in Go, that before a built-in one.
func (c *checker) call(s *syntax) (value, error) {
	if c.code.defined[s.word] {
		return c.external(s)
	}
	if f := c.compiler.Functions[s.word]; f != nil {
		return c.known(s, f)
	}
	switch s.word {
	case "is_exist":
		return c.isExist(s)
	case "is_empty":
		return c.isEmpty(s)
	}
	if f := builtins[s.word]; f != nil {
		return c.known(s, f)
	}
	if c.code.mayHave(s.word) {
		return c.external(s)
	}
	return value{}, errorAt(s.pos, "unknown function #%s%s", s.word, c.nearestFunction(s.word))
}

// nearestFunction names the function that was meant.
func (c *checker) nearestFunction(name string) string {
	names := slices.Concat([]string{"is_exist", "is_empty"}, slices.Collect(maps.Keys(c.code.defined)),
		slices.Collect(maps.Keys(c.compiler.Functions)), slices.Collect(maps.Keys(builtins)))
	slices.Sort(names)
	for i, n := range names {
		names[i] = "#" + n
	}
	if hint := didYouMean("#"+name, names); hint != "" {
		return hint
	}
	return " (write it in <embedded_functions>)"
}

// isExist checks #is_exist(proto.att): the attribute need not be there for the
// event to be looked at.
func (c *checker) isExist(s *syntax) (value, error) {
	if len(s.args) != 1 || s.args[0].sign != "" || s.args[0].quoted {
		return value{}, errorAt(s.pos, "#is_exist takes one attribute (write #is_exist(protocol.attribute))")
	}
	v, err := c.word(s.args[0])
	switch {
	case err != nil:
		return value{}, err
	case v.x.Op != rule.Attr:
		return value{}, errorAt(v.pos, "#is_exist of %s (it takes an attribute)", v.name())
	case v.x.Event != 0:
		return value{}, errorAt(v.pos, "#is_exist of %s: it asks the packet at hand (ask for it in event %d)", v.name(), v.x.Event)
	}
	if !slices.Contains(c.event.exempt, v.x.Index) {
		c.event.exempt = append(c.event.exempt, v.x.Index)
	}
	return condition(s.pos, &rule.Expr{Op: rule.Exists, Kind: rule.Bool, Args: []*rule.Expr{v.x}}), nil
}

// isEmpty checks #is_empty(proto.att).
func (c *checker) isEmpty(s *syntax) (value, error) {
	if len(s.args) != 1 {
		return value{}, errorAt(s.pos, "#is_empty takes one argument, not %d", len(s.args))
	}
	v, err := c.value(s.args[0])
	if err != nil {
		return value{}, err
	}
	c.settle(&v, rule.Bytes)
	if v.x.Kind != rule.Bytes {
		return value{}, errorAt(v.pos, "#is_empty of %s (only what is no number can be empty)", v.name())
	}
	return condition(s.pos, &rule.Expr{Op: rule.Empty, Kind: rule.Bool, Args: []*rule.Expr{v.x}}), nil
}

// known checks a call of a function whose parameters are known.
func (c *checker) known(s *syntax, f *rule.Function) (value, error) {
	if n := len(s.args); n < len(f.Params) || n > len(f.Params) && !f.Variadic {
		return value{}, errorAt(s.pos, "#%s takes %s, not %d", f.Name, arguments(f), n)
	}
	x := &rule.Expr{Op: rule.Call, Kind: f.Result, Func: f}
	for i, arg := range s.args {
		v, err := c.value(arg)
		if err != nil {
			return value{}, err
		}
		want := rule.Numeric
		if len(f.Params) > 0 {
			want = f.Params[min(i, len(f.Params)-1)]
		}
		c.settle(&v, want)
		if v.x.Kind != want {
			return value{}, errorAt(v.pos, "argument %d of #%s is %s: it must be %s", i+1, f.Name, v.name(), kindName(want))
		}
		x.Args = append(x.Args, v.x)
	}
	return value{x: x, pos: s.pos}, nil
}

func kindName(k rule.Kind) string {
	if k == rule.Numeric {
		return "a number"
	}
	return "a string or other bytes"
}

// arguments tells how many arguments f takes.
func arguments(f *rule.Function) string {
	text := strconv.Itoa(len(f.Params)) + " argument"
	if len(f.Params) != 1 {
		text += "s"
	}
	if f.Variadic {
		text += " or more"
	}
	return text
}

// external checks a call of embedded C, whose result is not known yet.
func (c *checker) external(s *syntax) (value, error) {
	x := &rule.Expr{Op: rule.Call, Func: &rule.Function{Name: s.word}}
	for i, arg := range s.args {
		v, err := c.value(arg)
		if err != nil {
			return value{}, err
		}
		c.settle(&v, rule.Numeric)
		if v.x.Kind == rule.Bool {
			return value{}, errorAt(v.pos, "argument %d of #%s is a condition: it must be a number, a string or other bytes", i+1, s.word)
		}
		x.Func.Params = append(x.Func.Params, v.x.Kind)
		x.Args = append(x.Args, v.x)
	}
	return value{x: x, pos: s.pos, open: true}, nil
}

// settle gives a call of embedded C the kind of result that is needed there.
func (c *checker) settle(v *value, kind rule.Kind) {
	if !v.open {
		return
	}
	v.open = false
	v.x.Kind = kind
	v.x.Func.Result = kind
	key := make([]byte, 0, 64)
	key = append(append(key, v.x.Func.Name...), '(')
	for _, k := range v.x.Func.Params {
		key = append(key, '0'+byte(k))
	}
	key = append(key, ')', '0'+byte(kind))
	f := c.prop.external[string(key)]
	if f == nil {
		f = v.x.Func
		c.prop.external[string(key)] = f
		c.file.External = append(c.file.External, f)
	}
	v.x.Func = f
}
