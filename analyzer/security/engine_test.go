package security

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// The attributes of the tests' rules.
var (
	srcAttr  = rule.Attribute{Protocol: ipID, ID: 12, Name: "ip.src", Type: dpi.IP4Addr}
	portAttr = rule.Attribute{Protocol: tcpID, ID: 2, Name: "tcp.dest_port", Type: dpi.U16}
)

// attr returns an expression that reads an attribute of an event, 0: the own one.
func attr(index, event int, kind rule.Kind) *rule.Expr {
	return &rule.Expr{Op: rule.Attr, Kind: kind, Index: index, Event: event}
}

func compareExpr(op rule.Op, a, b *rule.Expr) *rule.Expr {
	return &rule.Expr{Op: op, Kind: rule.Bool, Args: []*rule.Expr{a, b}}
}

func number(n float64) *rule.Expr { return &rule.Expr{Op: rule.Number, Num: n} }

// twice returns a rule: port, and the same port of the same source within a
// second.
func twice(id uint32, port float64) *rule.Rule {
	first := compareExpr(rule.Eq, attr(1, 0, rule.Numeric), number(port))
	second := &rule.Expr{Op: rule.AllOf, Kind: rule.Bool, Args: []*rule.Expr{
		first, compareExpr(rule.Eq, attr(0, 0, rule.Bytes), attr(0, 1, rule.Bytes)),
	}}
	return &rule.Rule{
		ID: id, Description: "twice", Source: "test", Attributes: []rule.Attribute{srcAttr, portAttr},
		Root: &rule.Node{
			Op: rule.Then, HasDelay: true, Delay: rule.Window{Min: 1, Max: 1e6}, Repeat: 1,
			Left: &rule.Node{Op: rule.Leaf, Event: 1, Repeat: 1}, Right: &rule.Node{Op: rule.Leaf, Event: 2, Repeat: 1},
		},
		Events: []rule.Event{{Expr: first, Needs: []int{0, 1}}, {Expr: second, Needs: []int{0, 1}}},
	}
}

// packet returns the attributes of a packet from a source to a port.
func packet(src byte, port uint16) []Attribute {
	var ip, to dpi.Value
	ip.SetIP4([]byte{10, 0, 0, src})
	to.SetU(dpi.U16, uint64(port))
	return []Attribute{
		{Key: Key{Protocol: ipID, ID: 12}, Value: ip},
		{Key: Key{Protocol: tcpID, ID: 2}, Value: to},
	}
}

// engine makes an engine whose verdicts are noted as "rule@packet".
func engine(t testing.TB, options Options, rules ...*rule.Rule) (*Engine, *[]string) {
	t.Helper()
	var mu sync.Mutex
	var got []string
	options.Verdict = func(_ int, v *rule.Verdict) {
		mu.Lock()
		got = append(got, fmt.Sprintf("%d@%d", v.Rule.ID, v.Counter))
		mu.Unlock()
	}
	e, err := NewEngine(rules, options)
	if err != nil {
		t.Fatal(err)
	}
	return e, &got
}

const ms = int64(1e6)

// TestSetRulesKeepsInstances changes the rules between two packets.
func TestSetRulesKeepsInstances(t *testing.T) {
	for threads := range 3 {
		kept := twice(1, 80)
		e, got := engine(t, Options{Threads: threads}, kept, twice(2, 81), twice(4, 80))
		e.Process(1*ms, 1, 0, packet(1, 80))
		e.Process(2*ms, 2, 0, packet(1, 81))
		if err := e.SetRules([]*rule.Rule{kept, twice(3, 80), twice(4, 82), twice(5, 80)}); err != nil {
			t.Fatal(err)
		}
		e.Process(3*ms, 3, 0, packet(1, 80)) // completes 1, opens 3 and 5; 4 says something else now
		e.Process(4*ms, 4, 0, packet(1, 81)) // 2 is gone
		e.Process(5*ms, 5, 0, packet(1, 80)) // completes 1 again, 3 and 5
		e.Close()
		slices.Sort(*got)
		if want := []string{"1@3", "1@5", "3@5", "5@5"}; !slices.Equal(*got, want) {
			t.Errorf("%d threads: verdicts %v, want %v", threads, *got, want)
		}
	}
}

// TestSpread wants the distribution of the manual.
func TestSpread(t *testing.T) {
	rules := func(ids ...uint32) (list []*compiledRule) {
		for _, id := range ids {
			list = append(list, &compiledRule{Rule: &rule.Rule{ID: id}})
		}
		return list
	}
	tests := []struct {
		threads int
		mask    map[int]Ranges
		ids     []uint32
		want    string
	}{
		{0, nil, []uint32{1, 5}, "[[1 5]]"},
		{2, nil, []uint32{1, 5, 6, 7, 8}, "[[1 5] [6 7 8]]"},
		{3, map[int]Ranges{1: {{1, 1}, {4, 6}}, 2: {{3, 3}}}, []uint32{1, 2, 3, 4, 5, 6, 7}, "[[1 4 5 6] [3] [2 7]]"},
		{2, map[int]Ranges{1: {{1, 1}}, 2: {{3, 3}}}, []uint32{1, 2, 3}, "[[1] [3]]"},
		{4, nil, []uint32{9}, "[[] [] [] [9]]"},
	}
	for _, test := range tests {
		o := Options{Feeds: 1, Threads: test.threads, Mask: test.mask}
		got := [][]uint32{}
		for _, part := range o.spread(rules(test.ids...)) {
			ids := []uint32{}
			for _, r := range part {
				ids = append(ids, r.ID)
			}
			got = append(got, ids)
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%d threads, mask %v: %v, want %s", test.threads, test.mask, got, test.want)
		}
	}
}

// TestMaxInstances wants instances beyond the bound refused and counted, and
// what is given up to make room.
func TestMaxInstances(t *testing.T) {
	e, got := engine(t, Options{MaxInstances: 10}, twice(1, 80))
	for i := range 15 {
		e.Process(int64(i)*ms, uint64(i+1), 0, packet(byte(i), 80))
	}
	e.Flush(15)
	if s := e.Stats(); s.Waiting != 10 || s.Refused != 5 || s.Opened != 10 {
		t.Errorf("stats %+v, want 10 waiting, 5 refused", s)
	}
	e.Process(20*ms, 16, 0, packet(3, 80))
	e.Process(21*ms, 17, 0, packet(12, 80)) // was refused: opens now that there is room
	e.Process(22*ms, 18, 0, packet(12, 80))
	if want := []string{"1@16", "1@18"}; !slices.Equal(*got, want) {
		t.Errorf("verdicts %v, want %v", *got, want)
	}
}

// TestNothingIsLeft wants all memory of instances given back when their windows
// are over.
func TestNothingIsLeft(t *testing.T) {
	e, _ := engine(t, Options{}, twice(1, 80), twice(2, 80))
	for i := range 1000 {
		e.Process(int64(i)*10*ms, uint64(i+1), 0, packet(byte(i), 80))
	}
	e.Process(1000*1000*ms, 2000, 0, packet(1, 1))
	s := e.shards[0]
	for name, n := range map[string]int{
		"members": s.members.used(), "groups": s.groups.used(), "links": s.links.used(), "keys": s.keys.used(),
		"families": s.families.used(), "pasts": s.pasts.used(), "windows": s.windows.used(),
	} {
		if n != 0 {
			t.Errorf("%d %s are left", n, name)
		}
	}
	if s.stats.Waiting != 0 || len(s.timers[byTime].heap) != 0 {
		t.Errorf("%d waiting, %d timers", s.stats.Waiting, len(s.timers[byTime].heap))
	}
}

// TestNoAllocation wants the steady state to allocate nothing, with rules that
// open instances, complete them and let them end.
func TestNoAllocation(t *testing.T) {
	e, err := NewEngine([]*rule.Rule{twice(1, 80), twice(2, 81), twice(3, 80)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	packets := [][]Attribute{packet(1, 80), packet(2, 80), packet(1, 80), packet(3, 81), packet(4, 82)}
	n := uint64(0)
	run := func() {
		for _, p := range packets {
			n++
			e.Process(int64(n)*100*ms, n, 0, p)
		}
	}
	for range 10000 {
		run()
	}
	if allocs := testing.AllocsPerRun(1000, run); allocs > 0 {
		t.Errorf("%v allocations in %d packets", allocs, len(packets))
	}
}

// TestIgnoreFlow wants nothing more of a session after a verdict, until it ends.
func TestIgnoreFlow(t *testing.T) {
	e, got := engine(t, Options{IgnoreFlow: true}, twice(1, 80))
	for i := range 6 {
		e.Process(int64(i)*ms, uint64(i+1), 7, packet(1, 80))
	}
	e.EndFlow(7)
	e.Process(6*ms, 7, 7, packet(2, 80))
	e.Process(7*ms, 8, 7, packet(2, 80))
	if want := []string{"1@2", "1@8"}; !slices.Equal(*got, want) {
		t.Errorf("verdicts %v, want %v", *got, want)
	}
	e.Flush(8)
	if s := e.Stats(); s.Ignored != 4 {
		t.Errorf("%d packets ignored, want 4", s.Ignored)
	}
}

// TestPanic wants a function that panics to cost the instances, which are
// counted, and no more.
func TestPanic(t *testing.T) {
	bad := twice(9, 99)
	f := &rule.Function{Name: "boom", Result: rule.Numeric, Call: func([]rule.Value) rule.Value { panic("boom") }}
	bad.Events[0].Expr = &rule.Expr{Op: rule.AllOf, Kind: rule.Bool, Args: []*rule.Expr{
		bad.Events[0].Expr, compareExpr(rule.Eq, &rule.Expr{Op: rule.Call, Func: f}, number(1)),
	}}
	e, got := engine(t, Options{}, twice(1, 80), bad)
	e.Process(1*ms, 1, 0, packet(1, 80))
	e.Process(2*ms, 2, 0, packet(1, 99))
	e.Process(3*ms, 3, 0, packet(1, 80))
	e.Process(4*ms, 4, 0, packet(1, 80))
	e.Close()
	if s := e.Stats(); s.Panics != 1 || s.GivenUp != 1 {
		t.Errorf("stats %+v, want 1 panic, 1 instance given up", s)
	}
	if want := []string{"1@4"}; !slices.Equal(*got, want) {
		t.Errorf("verdicts %v, want %v", *got, want)
	}
}

// TestInstanceMemory holds the memory of a waiting instance, without the values
// that it must remember, below 200 bytes.
func TestInstanceMemory(t *testing.T) {
	e, err := NewEngine([]*rule.Rule{twice(1, 80)}, Options{MaxInstances: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	const n = 1 << 17
	before := heap()
	for i := range n {
		p := packet(0, 80)
		p[0].Value.SetIP4([]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		e.Process(int64(i), uint64(i+1), 0, p)
	}
	instances, bytes := e.Memory()
	if instances != n {
		t.Fatalf("%d instances", instances)
	}
	values := e.shards[0].values.Used()
	t.Logf("%d bytes an instance, values included; %d of them values; %d bytes of heap", bytes/n, values/n, (heap()-before)/n)
	if (bytes-values)/n > 200 {
		t.Errorf("%d bytes an instance beside its values", (bytes-values)/n)
	}
	runtime.KeepAlive(e)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// TestAdapt wants the index to move a rule to where it is found more seldom,
// and verdicts to stay what they are.
func TestAdapt(t *testing.T) {
	r := twice(1, 80) // 80 is common here, the source is not
	r.Events[0].Expr = &rule.Expr{Op: rule.AllOf, Kind: rule.Bool, Args: []*rule.Expr{
		r.Events[0].Expr, compareExpr(rule.Eq, attr(0, 0, rule.Bytes), &rule.Expr{Op: rule.Text, Kind: rule.Bytes, Bytes: []byte{10, 0, 0, 9}}),
	}}
	other := twice(2, 80)
	e, got := engine(t, Options{}, r, other)
	s := e.shards[0]
	s.program.keys = map[key]int{{way: byBytes, cell: s.program.rules[0].cells[0], text: "\x0a\x00\x00\x09"}: 1000}
	n := uint64(0)
	for range 4 * firstPeriod {
		n++
		e.Process(int64(n)*2000*ms, n, 0, packet(1, 80))
	}
	before := s.adapter.tries[s.program.rules[0].guards[0][0].class]
	for range 2 {
		n++
		e.Process(int64(n)*2000*ms, n, 0, packet(9, 80))
	}
	e.Process(int64(n)*2000*ms+ms, n+1, 0, packet(9, 80))
	if want := []string{fmt.Sprintf("1@%d", n+1), fmt.Sprintf("2@%d", n+1)}; !slices.Equal(*got, want) {
		t.Errorf("verdicts %v, want %v", *got, want)
	}
	t.Logf("rule 1 was looked at %d times in this period", before)
}
