package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// textVersion is the version of the text form. A reader refuses any other.
const textVersion = 1

// Set is what the text form holds: properties, and the functions that they call.
type Set struct {
	Rules []*Rule
	// External are the functions that C code must provide, with Call == nil: one
	// for each name, kinds of parameters and kind of result.
	External []*Function
	// Reactions are the reactive functions, one for each name, with Run == nil.
	Reactions []*Reaction
}

// NewSet gathers the functions of rules, in the order of their first use.
func NewSet(rules []*Rule) *Set {
	s := &Set{Rules: rules}
	for _, f := range functionsOf(rules) {
		if f.Call == nil {
			s.External = append(s.External, f)
		}
	}
	seen := map[*Reaction]bool{}
	for _, r := range rules {
		if r.Reaction != nil && !seen[r.Reaction] {
			seen[r.Reaction] = true
			s.Reactions = append(s.Reactions, r.Reaction)
		}
	}
	return s
}

// functionsOf returns the functions that rules call, in the order of their
// first use.
func functionsOf(rules []*Rule) []*Function {
	var list []*Function
	seen := map[*Function]bool{}
	for _, r := range rules {
		for i := range r.Events {
			r.Events[i].Expr.Walk(func(e *Expr) {
				if e.Op == Call && !seen[e.Func] {
					seen[e.Func] = true
					list = append(list, e.Func)
				}
			})
		}
	}
	return list
}

// Signature returns the function's parameters and result as the text form
// writes them: "(number bytes ...) number".
func (f *Function) Signature() string {
	words := make([]string, 0, len(f.Params)+1)
	for _, k := range f.Params {
		words = append(words, k.String())
	}
	if f.Variadic {
		words = append(words, "...")
	}
	return "(" + strings.Join(words, " ") + ") " + f.Result.String()
}

var kindNames = [...]string{"number", "bytes", "bool"}

// String returns the kind's name in the text form.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// AppendText appends the text form of rules. ParseText reads it back; what it
// does not keep is what binds nothing (a window without HasDelay or HasCount)
// and the code of functions: those without a Call count as External. The form:
//
//	(rules 1)
//	(function "em_check" (number bytes) number)
//	(property 10 evasion "description"
//	  (source "10.xml:3") (react "em_print_out")
//	  (attributes (http.method 153.1 string_pointer) (tcp.rst 354.9 u8 flag) (ip.2.src 178.12 ip4_addr layer 2))
//	  (event "description" (needs 0 1) (&& (present http.method) (#em_check tcp.rst ip.2.src@1)))
//	  (THEN (delay 0 4000000) 1 2))
//
// Windows are closed, in microseconds and packets; a number in the tree is the
// event of that number; NAME@N is the attribute of event N. A function that Go
// provides starts with `builtin` in place of `function`.
func AppendText(dst []byte, rules []*Rule) []byte { return NewSet(rules).AppendText(dst) }

// AppendText appends the text form of the set. Only s.External count as
// functions that C code must provide, whether they have been bound or not.
func (s *Set) AppendText(dst []byte) []byte {
	w := &textWriter{out: fmt.Appendf(dst, "(rules %d)\n", textVersion), names: map[*Function]string{}}
	w.functions(s)
	for _, r := range s.Rules {
		w.rule(r)
	}
	return w.out
}

// textWriter writes the text form.
type textWriter struct {
	out   []byte
	names map[*Function]string // as calls write them
	rule0 *Rule                // the one that is being written
}

func (w *textWriter) printf(format string, args ...any) { w.out = fmt.Appendf(w.out, format, args...) }

// functions declares the functions of rules. Of several with one name, the
// second is called NAME~2 and so on.
func (w *textWriter) functions(s *Set) {
	count := map[string]int{}
	for _, f := range functionsOf(s.Rules) {
		count[f.Name]++
		w.names[f] = f.Name
		if n := count[f.Name]; n > 1 {
			w.names[f] = fmt.Sprintf("%s~%d", f.Name, n)
		}
		word := "builtin"
		if slices.Contains(s.External, f) {
			word = "function"
		}
		w.printf("(%s %q %s)\n", word, f.Name, f.Signature())
	}
}

func (w *textWriter) rule(r *Rule) {
	w.rule0 = r
	w.printf("(property %d %s %q\n ", r.ID, r.Type, r.Description)
	if r.Source != "" {
		w.printf(" (source %q)", r.Source)
	}
	if r.Reaction != nil {
		w.printf(" (react %q)", r.Reaction.Name)
	}
	w.printf("\n  (attributes")
	for i := range r.Attributes {
		w.attribute(&r.Attributes[i])
	}
	w.printf(")\n")
	for i := range r.Events {
		w.event(&r.Events[i])
	}
	w.printf("  ")
	w.node(r.Root)
	w.printf(")\n")
}

func (w *textWriter) attribute(a *Attribute) {
	w.printf(" (%s %d.%d %s", a.Name, a.Protocol, a.ID, a.Type)
	if a.Layer != 0 {
		w.printf(" layer %d", a.Layer)
	}
	if a.Flag {
		w.printf(" flag")
	}
	w.printf(")")
}

func (w *textWriter) event(e *Event) {
	w.printf("  (event %q (needs", e.Description)
	for _, n := range e.Needs {
		w.printf(" %d", n)
	}
	w.printf(") ")
	w.expr(e.Expr)
	w.printf(")\n")
}

func (w *textWriter) node(n *Node) {
	plain := !n.HasDelay && !n.HasCount && n.Repeat == 1 && n.Description == ""
	if n.Op == Leaf && plain {
		w.printf("%d", n.Event)
		return
	}
	w.printf("(%s", n.Op)
	if n.HasDelay {
		w.printf(" (delay %d %d)", n.Delay.Min, n.Delay.Max)
	}
	if n.HasCount {
		w.printf(" (count %d %d)", n.Count.Min, n.Count.Max)
	}
	if n.Repeat != 1 {
		w.printf(" (repeat %d)", n.Repeat)
	}
	if n.Description != "" {
		w.printf(" %q", n.Description)
	}
	if n.Op == Leaf {
		w.printf(" %d)", n.Event)
		return
	}
	w.printf(" ")
	w.node(n.Left)
	w.printf(" ")
	w.node(n.Right)
	w.printf(")")
}

func (w *textWriter) expr(e *Expr) {
	if e.Kind != w.usualKind(e) {
		w.printf("(as %s ", e.Kind)
		defer w.printf(")")
	}
	switch e.Op {
	case Number:
		w.out = strconv.AppendFloat(w.out, e.Num, 'g', -1, 64)
	case Text:
		w.out = strconv.AppendQuote(w.out, string(e.Bytes))
	case Attr:
		w.printf("%s", w.rule0.Attributes[e.Index].Name)
		if e.Event != 0 {
			w.printf("@%d", e.Event)
		}
	case Call:
		w.list("#"+w.names[e.Func], e.Args)
	default:
		w.list(e.Op.String(), e.Args)
	}
}

func (w *textWriter) list(head string, args []*Expr) {
	w.printf("(%s", head)
	for _, a := range args {
		w.printf(" ")
		w.expr(a)
	}
	w.printf(")")
}

func (w *textWriter) usualKind(e *Expr) Kind {
	if e.Op == Attr {
		return attributeKind(&w.rule0.Attributes[e.Index])
	}
	return usualKind(e)
}

// usualKind is what an expression other than an attribute gives if nothing else
// is said.
func usualKind(e *Expr) Kind {
	switch e.Op {
	case Number, Add, Sub, Mul, Div:
		return Numeric
	case Text:
		return Bytes
	case Call:
		return e.Func.Result
	}
	return Bool
}

func attributeKind(a *Attribute) Kind {
	if a.Type.IsNumber() {
		return Numeric
	}
	return Bytes
}
