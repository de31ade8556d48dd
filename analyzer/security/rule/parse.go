package rule

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mmt/analyzer/dpi"
	"mmt/suggest"
)

// Environment is what the text form needs to know of this program.
type Environment struct {
	// Registry knows the attributes. The text gives each with its numbers and
	// type; where they differ from the registry's the text is refused.
	Registry *dpi.Registry
	// Function returns a function that Go provides, nil if there is none. It may
	// be nil.
	Function func(name string) *Function
}

// ParseText reads the text form that AppendText writes. It trusts nothing: what
// it returns is as checked as what a compiler makes. Errors tell the line of
// the text.
func ParseText(text []byte, env Environment) (*Set, error) {
	forms, err := readForms(string(text))
	if err != nil {
		return nil, err
	}
	if len(forms) == 0 || forms[0].head() != "rules" {
		return nil, errors.New("line 1: no compiled properties: `(rules 1)` expected")
	}
	if v := forms[0].at(1).atom; v != strconv.Itoa(textVersion) {
		return nil, fmt.Errorf("line 1: compiled properties of version %q, this program reads %d: compile the rule file again", v, textVersion)
	}
	p := &textParser{env: env, set: &Set{}, functions: map[string]*Function{}, reactions: map[string]*Reaction{}}
	for _, f := range forms[1:] {
		if err := p.form(f); err != nil {
			return nil, err
		}
	}
	return p.set, nil
}

// textParser makes rules of forms.
type textParser struct {
	env       Environment
	set       *Set
	functions map[string]*Function // by the name that calls write
	reactions map[string]*Reaction
	rule      *Rule
}

func (p *textParser) form(f *form) error {
	switch f.head() {
	case "function", "builtin":
		return p.function(f)
	case "property":
		return p.property(f)
	}
	return f.errorf("`(function`, `(builtin` or `(property` expected, not %s", f)
}

// function reads `(function "name" (kind ...) kind)`.
func (p *textParser) function(f *form) error {
	name, ok := f.at(1).text()
	if !ok || len(f.list) != 4 || f.at(2).list == nil || name == "" {
		return f.errorf("`(function \"name\" (kinds of parameters) kind)` expected")
	}
	fn := &Function{Name: name}
	for i, k := range f.at(2).list {
		if k.atom == "..." && i > 0 && i == len(f.at(2).list)-1 {
			fn.Variadic = true
			break
		}
		kind, err := k.kind()
		if err != nil {
			return err
		}
		fn.Params = append(fn.Params, kind)
	}
	var err error
	if fn.Result, err = f.at(3).kind(); err != nil {
		return err
	}
	return p.declare(f, fn)
}

// declare makes a function known, by a name of its own if there is one of that
// name already.
func (p *textParser) declare(f *form, fn *Function) error {
	if f.head() == "builtin" {
		have := p.builtin(fn.Name)
		if have == nil {
			return f.errorf("function %q is not in this program (compile the rule file again)", fn.Name)
		}
		if have.Signature() != fn.Signature() {
			return f.errorf("function %q has become %s, the file was compiled for %s (compile it again)", fn.Name, have.Signature(), fn.Signature())
		}
		fn = have
	} else {
		p.set.External = append(p.set.External, fn)
	}
	key := fn.Name
	for n := 2; p.functions[key] != nil; n++ {
		key = fmt.Sprintf("%s~%d", fn.Name, n)
	}
	p.functions[key] = fn
	return nil
}

func (p *textParser) builtin(name string) *Function {
	if p.env.Function == nil {
		return nil
	}
	return p.env.Function(name)
}

// property reads `(property id type "description" part ... tree)`.
func (p *textParser) property(f *form) error {
	if len(f.list) < 5 {
		return f.errorf("`(property id type \"description\" ... tree)` expected")
	}
	id, err := f.at(1).integer(0, math.MaxUint32)
	if err != nil {
		return err
	}
	t := slices.Index(typeNames[:], f.at(2).atom)
	if t < 0 {
		return f.at(2).errorf("unknown type of property %s", f.at(2))
	}
	description, ok := f.at(3).text()
	if !ok {
		return f.at(3).errorf("the description of the property expected, in quotes")
	}
	p.rule = &Rule{ID: uint32(id), Type: Type(t), Description: description}
	last := len(f.list) - 1
	for _, part := range f.list[4:last] {
		if err := p.part(part); err != nil {
			return err
		}
	}
	if err := p.checkReferences(f); err != nil {
		return err
	}
	if p.rule.Root, err = p.node(f.at(last)); err != nil {
		return err
	}
	p.set.Rules = append(p.set.Rules, p.rule)
	return nil
}

func (p *textParser) part(f *form) error {
	switch f.head() {
	case "source":
		p.rule.Source, _ = f.at(1).text()
		return nil
	case "react":
		return p.react(f)
	case "attributes":
		for _, a := range f.list[1:] {
			if err := p.attribute(a); err != nil {
				return err
			}
		}
		return nil
	case "event":
		return p.event(f)
	}
	return f.errorf("unknown part of a property %s", f)
}

func (p *textParser) react(f *form) error {
	name, ok := f.at(1).text()
	if !ok || name == "" {
		return f.errorf("the name of the reactive function expected, in quotes")
	}
	if p.reactions[name] == nil {
		p.reactions[name] = &Reaction{Name: name}
		p.set.Reactions = append(p.set.Reactions, p.reactions[name])
	}
	p.rule.Reaction = p.reactions[name]
	return nil
}

// attribute reads `(name protocol.id type [layer n] [flag])`.
func (p *textParser) attribute(f *form) error {
	a := Attribute{Name: f.head()}
	if len(f.list) < 3 || a.Name == "" {
		return f.errorf("`(name protocol.id type)` expected")
	}
	for i := 3; i < len(f.list); i++ {
		switch f.list[i].atom {
		case "flag":
			a.Flag = true
		case "layer":
			n, err := f.at(i+1).integer(1, dpi.MaxLayers)
			if err != nil {
				return err
			}
			a.Layer, i = int(n), i+1
		default:
			return f.errorf("unknown property %s of attribute %s", f.list[i], a.Name)
		}
	}
	if err := p.resolve(f, &a); err != nil {
		return err
	}
	if n := len(p.rule.Attributes); n > 0 && !a.after(&p.rule.Attributes[n-1]) {
		return f.errorf("attribute %s is out of order", a.Name)
	}
	p.rule.Attributes = append(p.rule.Attributes, a)
	return nil
}

// after tells whether an attribute comes after another in a rule.
func (a *Attribute) after(b *Attribute) bool {
	switch {
	case a.Protocol != b.Protocol:
		return a.Protocol > b.Protocol
	case a.ID != b.ID:
		return a.ID > b.ID
	}
	return a.Layer > b.Layer
}

// resolve finds an attribute by its name and compares it with what the text says.
func (p *textParser) resolve(f *form, a *Attribute) error {
	first, last := strings.Index(a.Name, "."), strings.LastIndex(a.Name, ".")
	if first < 0 {
		return f.errorf("unknown attribute %s", a.Name)
	}
	if layer := a.Name[first:last] + "."; a.Layer == 0 && first != last || a.Layer != 0 && layer != fmt.Sprintf(".%d.", a.Layer) {
		return f.errorf("attribute %s does not say its layer %d", a.Name, a.Layer)
	}
	protocol, attr := p.env.Registry.AttributeByName(a.Name[:first], a.Name[last+1:])
	if attr == nil {
		return f.errorf("this program does not know attribute %s (compile the rule file again)", a.Name)
	}
	a.Protocol, a.ID, a.Type = protocol, attr.ID, attr.Type
	if have, was := fmt.Sprintf("%d.%d %s", protocol, attr.ID, attr.Type), f.at(1).atom+" "+f.at(2).atom; have != was {
		return f.errorf("attribute %s is %s in this program, the file was compiled for %s (compile it again)", a.Name, have, was)
	}
	return nil
}

// event reads `(event "description" (needs n ...) expression)`.
func (p *textParser) event(f *form) error {
	description, ok := f.at(1).text()
	if !ok || len(f.list) != 4 || f.at(2).head() != "needs" {
		return f.errorf("`(event \"description\" (needs ...) expression)` expected")
	}
	e := Event{Description: description}
	for _, n := range f.at(2).list[1:] {
		index, err := n.integer(0, int64(len(p.rule.Attributes))-1)
		if err != nil {
			return err
		}
		if k := len(e.Needs); k > 0 && int(index) <= e.Needs[k-1] {
			return n.errorf("needs are not ascending")
		}
		e.Needs = append(e.Needs, int(index))
	}
	var err error
	if e.Expr, err = p.expr(f.at(3)); err != nil {
		return err
	}
	if e.Expr.Kind != Bool {
		return f.at(3).errorf("the expression of an event must be a condition")
	}
	p.rule.Events = append(p.rule.Events, e)
	return nil
}

// checkReferences holds the numbers of events in expressions against the events.
func (p *textParser) checkReferences(f *form) error {
	var bad *Expr
	for i := range p.rule.Events {
		p.rule.Events[i].Expr.Walk(func(e *Expr) {
			if e.Op == Attr && e.Event > len(p.rule.Events) {
				bad = e
			}
		})
	}
	if bad != nil {
		return f.errorf("rule %d: no event %d, which an expression refers to", p.rule.ID, bad.Event)
	}
	return nil
}

// node reads a tree: the number of an event, or `(OP (delay a b) ... left right)`.
func (p *textParser) node(f *form) (*Node, error) {
	n := &Node{Repeat: 1}
	if f.list == nil {
		return n, p.leaf(n, f)
	}
	op := slices.Index(nodeOpNames[:], f.head())
	if op < 0 {
		return nil, f.errorf("unknown operator %s%s", f.head(), didYouMean(f.head(), nodeOpNames[:]))
	}
	n.Op = NodeOp(op)
	operands := 2
	if n.Op == Leaf {
		operands = 1
	}
	if len(f.list) <= operands {
		return nil, f.errorf("%s needs %d operands", n.Op, operands)
	}
	rest := f.list[len(f.list)-operands:]
	for _, part := range f.list[1 : len(f.list)-operands] {
		if err := n.part(part); err != nil {
			return nil, err
		}
	}
	if n.Op == Leaf {
		return n, p.leaf(n, rest[0])
	}
	var err error
	if n.Left, err = p.node(rest[0]); err != nil {
		return nil, err
	}
	n.Right, err = p.node(rest[1])
	return n, err
}

func (p *textParser) leaf(n *Node, f *form) error {
	event, err := f.integer(1, int64(len(p.rule.Events)))
	n.Event = int(event)
	return err
}

func (n *Node) part(f *form) (err error) {
	if text, ok := f.text(); ok {
		n.Description = text
		return nil
	}
	switch f.head() {
	case "delay":
		n.HasDelay = true
		n.Delay, err = f.window()
	case "count":
		n.HasCount = true
		n.Count, err = f.window()
	case "repeat":
		var times int64
		times, err = f.at(1).integer(1, math.MaxInt32)
		n.Repeat = int(times)
	default:
		err = f.errorf("unknown part of an operator %s", f)
	}
	return err
}

func didYouMean(word string, candidates []string) string {
	if near := suggest.Nearest(word, candidates); near != "" {
		return " (did you mean " + near + "?)"
	}
	return ""
}
