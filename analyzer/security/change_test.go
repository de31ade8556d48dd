package security_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/rulecomp"
)

// parse compiles properties that stand in a test, of which fn are the Go
// functions.
func parse(t *testing.T, reg *dpi.Registry, functions map[string]*rule.Function, properties ...string) []*rule.Rule {
	t.Helper()
	c := rulecomp.Compiler{Registry: reg, Functions: functions}
	f, err := c.Parse("test.xml", []byte("<beginning>"+strings.Join(properties, "\n")+"</beginning>"))
	if err != nil {
		t.Fatal(err)
	}
	return f.Rules
}

// pair is a property of two events at most ten seconds apart.
func pair(id int, first, second string) string {
	return fmt.Sprintf(`<property value="THEN" delay_min="0+" delay_max="10" property_id="%d" type_property="ATTACK" description="d">
<event event_id="1" description="a" boolean_expression="%s"/><event event_id="2" description="b" boolean_expression="%s"/></property>`, id, first, second)
}

// bench runs an engine on generated packets.
type bench struct {
	engine *security.Engine
	h      *dpi.Handler
	mu     sync.Mutex
	got    map[uint32]int // verdicts by rule
}

func newBench(t *testing.T, reg *dpi.Registry, rules []*rule.Rule, threads int) *bench {
	t.Helper()
	b := &bench{got: map[uint32]int{}}
	var err error
	b.engine, err = security.NewEngine(rules, security.Options{Threads: threads, Verdict: func(_ int, v *rule.Verdict) {
		b.mu.Lock()
		b.got[v.Rule.ID]++
		b.mu.Unlock()
	}})
	if err != nil {
		t.Fatal(err)
	}
	b.h, err = dpi.NewHandler(reg, session.NewTable(session.Config{}), dpi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.engine.Attach(b.h, 1); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) feed(packets ...traffic.Packet) {
	for _, p := range packets {
		b.h.Process([]dataplane.Packet{{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}})
	}
	b.engine.Flush(b.h.Packets())
}

// TestChange changes rules between two packets that satisfy their first and their
// second event: what waits of rules that stay is not lost.
func TestChange(t *testing.T) {
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	any := "(ethernet.packet_count != 0)"
	packets := traffic.Generate(1, []string{"dns"}, 1)[:4]
	for threads := range 3 {
		b := newBench(t, reg, parse(t, reg, nil, pair(1, any, any), pair(2, any, any), pair(3, any, any)), threads)
		b.feed(packets[0])
		c, err := b.engine.Prepare(parse(t, reg, nil, pair(1, any, any), pair(3, any, "(ethernet.packet_count == 3)"), pair(4, any, "(ethernet.packet_count != 1)")))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(c.Added, c.Removed, c.Replaced, c.Kept); got != "[4] [2] [3] [1]" {
			t.Errorf("the change is %s", got)
		}
		b.engine.Apply(c)
		b.feed(packets[1:]...)
		for deadline := time.Now().Add(10 * time.Second); !b.engine.Settled(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the shards do not take the change over")
			}
		}
		b.engine.Close()
		if want := map[uint32]int{1: 3, 3: 1, 4: 2}; fmt.Sprint(b.got) != fmt.Sprint(want) {
			t.Errorf("%d threads: verdicts by rule %v, want %v", threads, b.got, want)
		}
	}
}

// TestPathForFunctions holds that functions get the protocols of a packet, and
// that each shard calls a function of its own.
func TestPathForFunctions(t *testing.T) {
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var paths [][]byte
	shards := 0
	f := &rule.Function{Name: "em_path", Params: []rule.Kind{rule.Bytes}, Result: rule.Numeric, Call: func([]rule.Value) rule.Value { panic("shared") }}
	f.PerShard = func() func([]rule.Value) rule.Value {
		shards++
		return func(args []rule.Value) rule.Value {
			mu.Lock()
			defer mu.Unlock()
			paths = append(paths, bytes.Clone(args[0].B))
			return rule.NumberValue(1)
		}
	}
	call := "(#em_path(meta.proto_hierarchy) == 1)"
	for threads := range 3 {
		shards, paths = 0, nil
		b := newBench(t, reg, parse(t, reg, map[string]*rule.Function{f.Name: f}, pair(1, call, call), pair(2, call, call)), threads)
		b.feed(traffic.Generate(1, []string{"dns"}, 1)[:2]...)
		if err := b.engine.SetRules(b.engine.Rules()); err != nil {
			t.Fatal(err)
		}
		b.engine.Close()
		if shards != max(threads, 1) {
			t.Errorf("%d functions for %d threads", shards, threads)
		}
		ethernet := []byte{0, 1, 0, 99}
		if len(paths) == 0 || slices.ContainsFunc(paths, func(p []byte) bool { return !bytes.HasPrefix(p, ethernet) || len(p) < 8 }) {
			t.Errorf("functions got %v", paths)
		}
	}
}

// TestLost holds that packets which find a ring full are counted, and that orders
// to the shards are neither lost nor counted.
func TestLost(t *testing.T) {
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	rules := parse(t, reg, nil, pair(1, "(ethernet.packet_count != 0)", "(ethernet.packet_count == 5)"))
	hold := make(chan struct{})
	engine, err := security.NewEngine(rules, security.Options{
		Threads: 1, RingSize: 4, Lose: true, Verdict: func(int, *rule.Verdict) { <-hold },
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{engine: engine}
	if b.h, err = dpi.NewHandler(reg, session.NewTable(session.Config{}), dpi.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := engine.Attach(b.h, 1); err != nil {
		t.Fatal(err)
	}
	packets := traffic.Generate(1, []string{"scans"}, 1)[:100]
	for _, p := range packets {
		b.feed(p)
		if engine.Stats().Lost == 0 {
			time.Sleep(time.Millisecond) // the shard comes to the packet that holds it
		}
	}
	time.AfterFunc(20*time.Millisecond, func() { close(hold) })
	if err := engine.SetRules(nil); err != nil {
		t.Fatal(err)
	}
	engine.Close()
	if s := engine.Stats(); s.Lost == 0 || s.Lost+s.Packets != uint64(len(packets)) {
		t.Errorf("%d lost, %d verified of %d", s.Lost, s.Packets, len(packets))
	}
}
