package reference

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// short returns outcome and events of a verdict.
func short(v *Verdict) string {
	if v == nil {
		return ""
	}
	var events []string
	for _, o := range v.History {
		events = append(events, fmt.Sprint(o.Event))
	}
	return fmt.Sprintf("%s(%s)", v.Outcome, strings.Join(events, ","))
}

// numbered returns a packet whose attribute N is the Nth digit, '-' for none.
func numbered(digits string) *Packet {
	p := &Packet{Counter: 1, Values: map[Key]dpi.Value{}}
	for i, c := range digits {
		if c != '-' {
			p.Values[scenarioKey(i+1)] = dpi.Value{Type: dpi.U32, N: uint64(c - '0')}
		}
	}
	return p
}

func number(n float64) *rule.Expr { return &rule.Expr{Op: rule.Number, Num: n} }
func bytesOf(s string) *rule.Expr {
	return &rule.Expr{Op: rule.Text, Kind: rule.Bytes, Bytes: []byte(s)}
}
func attr(index, event int) *rule.Expr {
	return &rule.Expr{Op: rule.Attr, Index: index, Event: event}
}
func x(o rule.Op, args ...*rule.Expr) *rule.Expr { return &rule.Expr{Op: o, Args: args} }

// What expressions give on a packet whose attribute 0 is 3, 1 is not there, 2 is
// 'abc', 3 is ”, 4 is the address 1.2.3.4 by number and 5 a flag that is 0.
func TestExpressions(t *testing.T) {
	r := &rule.Rule{Events: []rule.Event{{}}}
	for i, kind := range []dpi.DataType{dpi.U16, dpi.U16, dpi.String, dpi.String, dpi.IP4Addr, dpi.U8} {
		r.Attributes = append(r.Attributes, rule.Attribute{Protocol: 1, ID: dpi.AttributeID(i + 1), Type: kind, Flag: i == 5})
	}
	p := &Packet{Values: map[Key]dpi.Value{
		scenarioKey(1): {Type: dpi.U16, N: 3},
		scenarioKey(3): {Type: dpi.String, B: []byte("abc")},
		scenarioKey(4): {Type: dpi.String, B: []byte{}},
		scenarioKey(5): {Type: dpi.IP4Addr, N: 0x01020304},
		scenarioKey(6): {Type: dpi.U8, N: 0},
	}}
	length := &rule.Function{Result: rule.Numeric, Call: func(a []rule.Value) rule.Value { return rule.NumberValue(float64(len(a[0].B))) }}
	null := &rule.Function{Result: rule.Bytes, Call: func([]rule.Value) rule.Value { return rule.NullValue() }}
	call := func(f *rule.Function, args ...*rule.Expr) *rule.Expr {
		return &rule.Expr{Op: rule.Call, Kind: f.Result, Func: f, Args: args}
	}
	for i, c := range []struct {
		e    *rule.Expr
		want bool
	}{
		{x(rule.Eq, attr(0, 0), number(3)), true}, {x(rule.Ne, attr(0, 0), number(3)), false},
		{x(rule.Lt, attr(0, 0), number(3)), false}, {x(rule.Le, attr(0, 0), number(3)), true},
		{x(rule.Gt, attr(0, 0), number(2)), true}, {x(rule.Ge, attr(0, 0), number(4)), false},
		{x(rule.Eq, attr(1, 0), number(3)), false}, {x(rule.Ne, attr(1, 0), number(3)), false},
		{x(rule.Ne, x(rule.Add, attr(1, 0), number(1)), number(3)), false},
		{x(rule.Eq, x(rule.Add, attr(0, 0), number(1)), number(4)), true},
		{x(rule.Eq, x(rule.Sub, number(1), attr(0, 0)), number(-2)), true},
		{x(rule.Eq, x(rule.Mul, attr(0, 0), attr(0, 0)), number(9)), true},
		{x(rule.Eq, x(rule.Div, attr(0, 0), number(2)), number(1.5)), true},
		{x(rule.Ne, x(rule.Div, attr(0, 0), number(0)), number(1)), false},
		{x(rule.Eq, attr(2, 0), bytesOf("abc")), true}, {x(rule.Eq, attr(2, 0), bytesOf("ab")), false},
		{x(rule.Gt, attr(2, 0), bytesOf("abb")), true}, {x(rule.Lt, attr(2, 0), bytesOf("abcd")), true},
		{x(rule.Eq, attr(4, 0), bytesOf("\x01\x02\x03\x04")), true}, {x(rule.Ne, attr(4, 0), attr(4, 0)), false},
		{x(rule.Exists, attr(0, 0)), true}, {x(rule.Exists, attr(1, 0)), false}, {x(rule.Exists, attr(5, 0)), false},
		{x(rule.Present, attr(2, 0)), true}, {x(rule.Present, attr(3, 0)), true}, {x(rule.Missing, attr(2, 0)), false},
		{x(rule.Empty, attr(3, 0)), true}, {x(rule.Empty, attr(2, 0)), false}, {x(rule.Empty, attr(1, 0)), false},
		{x(rule.Truth, attr(0, 0)), true}, {x(rule.Truth, number(0)), false}, {x(rule.Truth, attr(1, 0)), false},
		{x(rule.Eq, call(length, attr(2, 0)), number(3)), true}, {x(rule.Truth, call(length, attr(3, 0))), false},
		{x(rule.Ne, call(length, attr(1, 0)), number(3)), false},
		{x(rule.Present, call(null, attr(0, 0))), false}, {x(rule.Missing, call(null, attr(0, 0))), true},
		{x(rule.Truth, call(&rule.Function{})), false},
		{x(rule.AllOf, x(rule.Truth, attr(0, 0)), x(rule.Exists, attr(2, 0))), true},
		{x(rule.AllOf, x(rule.Truth, attr(0, 0)), x(rule.Exists, attr(1, 0))), false},
		{x(rule.AnyOf, x(rule.Exists, attr(1, 0)), x(rule.Truth, attr(0, 0))), true},
		{x(rule.AnyOf, x(rule.Exists, attr(1, 0)), x(rule.Truth, number(0))), false},
		{x(rule.Lt, number(math.NaN()), number(1)), false}, {x(rule.Ne, number(math.NaN()), number(1)), true},
	} {
		r.Events[0].Expr = c.e
		if _, got := (memory{}).with(r, 1, p); got != c.want {
			t.Errorf("expression %d (%s): %t, want %t", i, c.e.Op, got, c.want)
		}
	}
}

// threeRule is 1, then 2, then 3, with expressions on attributes 0 to 2; each
// event needs all of them.
func threeRule(kind rule.Type, root *rule.Node, expressions ...*rule.Expr) *rule.Rule {
	r := scenarioRule(kind, root)
	for i := range r.Events {
		r.Events[i] = rule.Event{Needs: []int{0, 1, 2}, Expr: expressions[i]}
	}
	return r
}

// References to other events, earlier and later.
func TestReferences(t *testing.T) {
	is := func(n float64) *rule.Expr { return x(rule.Eq, attr(0, 0), number(n)) }
	same := func(event int) *rule.Expr { return x(rule.Eq, attr(1, 0), attr(1, event)) }
	chain := thenOp(thenOp(e(1), e(2), 0, 99), e(3), 0, 99)
	for name, c := range map[string]struct {
		rule    *rule.Rule
		packets []string
		want    string
	}{
		"earlier": {threeRule(test, chain, is(1), x(rule.AllOf, is(2), same(1)), x(rule.AllOf, is(3), same(1))),
			[]string{"170", "180", "270", "380", "370"}, "#5 respected(1,2,3)"},
		"later: put off": {threeRule(test, chain, x(rule.AllOf, is(1), same(3)), is(2), is(3)),
			[]string{"170", "180", "200", "370", "380"}, "#4 respected(1,2,3) #5 respected(1,2,3)"},
		"later: deeper below &&": {threeRule(test, chain, x(rule.AllOf, x(rule.AllOf, is(1), same(3)), is(1)), is(2), is(3)),
			[]string{"170", "200", "380", "370"}, "#4 respected(1,2,3)"},
		"later: with || the whole is put off": {threeRule(test, chain, x(rule.AllOf, is(1), x(rule.AnyOf, is(1), same(3))), is(2), is(3)),
			[]string{"170", "200", "380"}, "#3 respected(1,2,3)"},
		"never: no pass": {threeRule(test, thenOp(e(1), orOp(e(2), e(3)), 0, 99), x(rule.AllOf, is(1), same(3)), is(2), is(3)),
			[]string{"170", "270", "380", "370"}, "#4 respected(1,3)"},
		"never: no pass of a NOT by time-out": {threeRule(test, thenOp(notOp(e(1), e(2), 0, 1), e(3), 0, 99), x(rule.AllOf, is(1), same(2)), is(2), is(3)),
			[]string{"170", "000", "000", "370"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := runNumbered(New(c.rule, 10), c.packets); got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

// runNumbered gives packets, one a microsecond, and tells the verdicts with the
// number of their packets.
func runNumbered(i *Interpreter, packets []string) string {
	var said []string
	for k, digits := range packets {
		p := numbered(digits)
		p.Counter, p.Time = uint64(k+1), int64(k)*1000
		if v := i.Process(p); v != nil {
			said = append(said, fmt.Sprintf("#%d %s", v.Counter, short(v)))
		}
	}
	return strings.Join(said, " ")
}

// What is remembered are the event's Needs: a condition that was put off does
// not see what else its packet carried.
func TestOnlyNeedsAreRemembered(t *testing.T) {
	r := scenarioRule(test, thenOp(e(1), e(2), 1, 9))
	exists := x(rule.Exists, attr(2, 0))
	r.Attributes = append(r.Attributes, rule.Attribute{Protocol: 1, ID: 3, Type: dpi.U32})
	r.Events[0].Expr = x(rule.AnyOf, exists, x(rule.Eq, attr(0, 0), attr(1, 2)))
	r.Events[1].Expr = x(rule.Truth, attr(1, 0))
	if got := runNumbered(New(r, 9), []string{"1-1", "-2-", "-1-"}); got != "#3 respected(1,2)" {
		t.Errorf("got %s", got)
	}
}

// A verdict holds copies.
func TestVerdictOwnsItsValues(t *testing.T) {
	r := scenarioRule(attack, e(1))
	r.Attributes[0].Type = dpi.String
	r.Events[0].Expr = x(rule.Present, attr(0, 0))
	text := []byte("abc")
	p := &Packet{Time: 5999, Counter: 7, Flow: 9, Values: map[Key]dpi.Value{scenarioKey(1): {Type: dpi.String, B: text}}}
	v := New(r, 1).Process(p)
	copy(text, "xyz")
	if want := `rule 1 detected at 5999 #7 flow 9: e1@5000#7("abc")`; v.String() != want {
		t.Errorf("got %s\nwant %s", v, want)
	}
	engine := &rule.Verdict{Rule: r, Outcome: rule.Detected, Time: 5999, Counter: 7, Flow: 9,
		History: []rule.Occurrence{{Event: 1, Time: 5000, Counter: 7, Values: []dpi.Value{{B: []byte("abc")}}}}}
	if VerdictOf(engine).String() != v.String() {
		t.Errorf("%s\nis not %s", VerdictOf(engine), v)
	}
}
