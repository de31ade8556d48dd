package reference

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// In scenarios event N holds on packets that carry the digit N: "0:1 3:23" is a
// packet at 0 us with event 1, then one at 3 us with events 2 and 3.

// attribute N-1 is what event N asks for.
func scenarioKey(event int) Key { return Key{Protocol: 1, Attribute: dpi.AttributeID(event)} }

func e(n int) *rule.Node { return &rule.Node{Op: rule.Leaf, Event: n, Repeat: 1} }

func op(o rule.NodeOp, l, r *rule.Node, delay ...int64) *rule.Node {
	n := &rule.Node{Op: o, Left: l, Right: r, Repeat: 1}
	if len(delay) == 2 {
		n.HasDelay, n.Delay = true, rule.Window{Min: delay[0], Max: delay[1]}
	}
	return n
}

func thenOp(l, r *rule.Node, delay ...int64) *rule.Node { return op(rule.Then, l, r, delay...) }
func notOp(l, r *rule.Node, delay ...int64) *rule.Node  { return op(rule.Not, l, r, delay...) }
func andOp(l, r *rule.Node, delay ...int64) *rule.Node  { return op(rule.And, l, r, delay...) }
func orOp(l, r *rule.Node) *rule.Node                   { return op(rule.Or, l, r) }

// counted gives a node a window of packets.
func counted(n *rule.Node, low, high int64) *rule.Node {
	n.HasCount, n.Count = true, rule.Window{Min: low, Max: high}
	return n
}

// times repeats a node.
func times(n *rule.Node, k int) *rule.Node {
	n.Repeat = k
	return n
}

// scenarioRule makes a rule of as many events as the tree has.
func scenarioRule(t rule.Type, root *rule.Node) *rule.Rule {
	r := &rule.Rule{ID: 1, Type: t, Root: root}
	for n := 1; n <= highest(root); n++ {
		r.Attributes = append(r.Attributes, rule.Attribute{Protocol: 1, ID: dpi.AttributeID(n), Type: dpi.U32})
		r.Events = append(r.Events, rule.Event{Needs: []int{n - 1}, Expr: equals(n-1, 1)})
	}
	return r
}

func equals(attribute int, n float64) *rule.Expr {
	return &rule.Expr{Op: rule.Eq, Kind: rule.Bool, Args: []*rule.Expr{
		{Op: rule.Attr, Index: attribute}, {Op: rule.Number, Num: n},
	}}
}

func highest(n *rule.Node) int {
	if n.Op == rule.Leaf {
		return n.Event
	}
	return max(highest(n.Left), highest(n.Right))
}

// scenarioPackets reads packets.
func scenarioPackets(t *testing.T, text string) (list []*Packet) {
	t.Helper()
	for i, word := range strings.Fields(text) {
		at, events, _ := strings.Cut(word, ":")
		us, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		p := &Packet{Time: us * 1000, Counter: uint64(i + 1), Values: map[Key]dpi.Value{}}
		for _, c := range strings.Trim(events, "-") {
			p.Values[scenarioKey(int(c-'0'))] = dpi.Value{Type: dpi.U32, N: 1}
		}
		list = append(list, p)
	}
	return list
}

// run returns what an interpreter says, as "3:detected(1@0,2@3)": time of the
// verdict, outcome, history, in microseconds.
func run(i *Interpreter, packets []*Packet) string {
	var said []string
	for _, p := range packets {
		v := i.Process(p)
		if v == nil {
			continue
		}
		var history []string
		for _, o := range v.History {
			history = append(history, fmt.Sprintf("%d@%d", o.Event, o.Time/1000))
		}
		said = append(said, fmt.Sprintf("%d:%s(%s)", v.Time/1000, v.Outcome, strings.Join(history, ",")))
	}
	return strings.Join(said, " ")
}

type scenario struct {
	name    string
	kind    rule.Type
	root    *rule.Node
	packets string
	want    string
}

func check(t *testing.T, list []scenario) {
	t.Helper()
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			got := run(New(scenarioRule(s.kind, s.root), 1000), scenarioPackets(t, s.packets))
			if got != s.want {
				t.Errorf("packets %s\n got %s\nwant %s", s.packets, got, s.want)
			}
		})
	}
}
