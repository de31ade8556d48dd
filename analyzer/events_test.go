package analyzer

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/report"
)

// named returns attributes by name.
func named(t testing.TB, reg *dpi.Registry, names ...string) (list []Attribute) {
	t.Helper()
	for _, name := range names {
		protocol, attribute, _ := strings.Cut(name, ".")
		id, a := reg.AttributeByName(protocol, attribute)
		if a == nil {
			t.Fatalf("no attribute %s", name)
		}
		list = append(list, Attribute{Protocol: id, ID: a.ID})
	}
	return list
}

// watching returns n workers that look at attributes of all packets and nothing
// else, and the end of their Merger if there is one.
func watching(t testing.TB, out Output, n int, events func(*dpi.Registry) []Event, queries func(*dpi.Registry) []Query) ([]*Worker, *Merger) {
	t.Helper()
	reg, services, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		StatsPeriod: 5 * second, Events: events(reg), Queries: queries(reg),
		Forms: InOneForm(report.NewEncoder(report.CSV, 1, "test")), Output: out,
		Dissection: dpi.Options{Services: services}, Table: session.Config{Max: 512},
	}
	if n > 1 {
		m := MergerOptions{Forms: o.Forms, Events: o.Events, Queries: o.Queries}
		for range n {
			m.Outputs = append(m.Outputs, out)
		}
		o.Merger = NewMerger(m)
	}
	var workers []*Worker
	for thread := range n {
		o.Thread = uint32(thread)
		w, err := NewWorker(reg, o)
		if err != nil {
			t.Fatal(err)
		}
		workers = append(workers, w)
	}
	return workers, o.Merger
}

func someEvents(t testing.TB) func(*dpi.Registry) []Event {
	return func(reg *dpi.Registry) []Event {
		plain := named(t, reg, "ip.src", "ethernet.src", "http.host", "meta.proto_hierarchy", "tcp.dest_port", "meta.utime", "arp.ar_hln")
		open := named(t, reg, "ip.session_id", "ip.packet_count", "ethernet.packet_count")
		delta := named(t, reg, "ip.dst", "ipv6.dst")
		return []Event{
			{Name: "plain", Event: plain[0], Attributes: plain, Output: 1},
			{Name: "open", Event: plain[0], Attributes: open, Output: 1},
			{Name: "delta", Event: plain[5], Attributes: delta, Delta: delta, Output: 1},
			{Name: "template", Event: plain[0], Attributes: plain[:1], Template: [][]byte{[]byte("<"), []byte(">")}, Output: 1},
		}
	}
}

func someQueries(t testing.TB) func(*dpi.Registry) []Query {
	return func(reg *dpi.Registry) []Query {
		a := named(t, reg, "meta.packet_len", "meta.utime", "ip.src", "ip.dst", "ip.session_id", "udp.len", "http.host")
		return []Query{
			{Name: "all", Period: second / 10, Output: 1, Select: []Select{{Operators: []Operator{OpSum}, Attribute: a[0]}, {Operators: []Operator{OpVar, OpDiff}, Attribute: a[1]}}},
			{Name: "udp", Period: second, Output: 1, Where: a[5:6], GroupBy: a[2:4],
				Select: []Select{{Attribute: a[2]}, {Operators: []Operator{OpFirst}, Attribute: a[4]}, {Operators: []Operator{OpDiff}, Attribute: a[1]}}},
			{Name: "web", Period: second, Output: 1, GroupBy: a[4:5], Select: []Select{{Operators: []Operator{OpFirst}, Attribute: a[6]}, {Operators: []Operator{OpLast}, Attribute: a[4]}}},
		}
	}
}

// TestItems holds that what is told is read.
func TestItems(t *testing.T) {
	want := []item{
		{}, {Value: report.Value{N: 1<<64 - 1}, there: true, open: 1000},
		{Value: report.Value{Kind: report.TextValue, B: []byte(strings.Repeat("x", 1000))}, there: true},
		{Value: report.Value{Kind: report.TextValue, B: []byte{}}},
		{Value: realValue(-1), there: true, open: openSession},
		{Value: report.Value{Kind: report.List64Value, B: make([]byte, 8)}, there: true},
	}
	told := appendItems(nil, want)
	for i := range want {
		var got item
		if got, told = readItem(told); !reflect.DeepEqual(got, want[i]) {
			t.Errorf("item %d: %+v, want %+v", i, got, want[i])
		}
	}
	if len(told) > 0 {
		t.Errorf("%d bytes are left", len(told))
	}
}

// TestDelta holds which packets a condition lets pass.
func TestDelta(t *testing.T) {
	number := func(n uint64) item { return item{Value: report.Value{N: n}, there: true} }
	l := newEventLines(&Event{Delta: make([]Attribute, 2)})
	for i, c := range []struct {
		a, b item
		want bool
	}{
		{item{}, item{}, false}, // it has none of them
		{number(1), item{}, true},
		{number(1), item{}, false},
		{item{}, item{}, false},
		{number(1), item{}, false}, // what was reported last has not changed
		{number(1), number(0), true},
		{number(1), item{}, true},
		{number(2), item{}, true},
		{number(1), item{}, true},
	} {
		if got := l.take(0, []item{{}, c.a, c.b}) != nil; got != c.want {
			t.Errorf("packet %d: %v, want %v", i, got, c.want)
		}
	}
}

// TestWatchedAllocateNothing holds that packets, with everything that is reported of
// their attributes, cost no allocation.
func TestWatchedAllocateNothing(t *testing.T) {
	packets := traffic.Mixed(5, 300)
	length := packets[len(packets)-1].Time - packets[0].Time + 1e6
	out := &nowhere{}
	workers, _ := watching(t, out, 1, someEvents(t), someQueries(t))
	w := workers[0]
	loop := func() {
		feed(w, packets, 64)
		for i := range packets {
			traffic.Shift(packets[i].Data, 1)
			packets[i].Time += length
		}
	}
	for range 12 {
		loop()
	}
	before := out.n
	if n := testing.AllocsPerRun(5, loop); n > 0 {
		t.Errorf("%v allocations for %d packets, want none", n, len(packets))
	}
	if out.n-before < len(packets) {
		t.Errorf("only %d reports of %d packets", out.n-before, 6*len(packets))
	}
}

// TestTellingAllocatesNothing is TestWatchedAllocateNothing for a worker that tells a
// Merger; the other one gets no packets.
func TestTellingAllocatesNothing(t *testing.T) {
	packets := traffic.Mixed(5, 100)
	length := packets[len(packets)-1].Time - packets[0].Time + 1e6
	out := &nowhere{}
	workers, merger := watching(t, out, 2, someEvents(t), someQueries(t))
	number := uint64(1)
	loop := func() {
		for at := 0; at < len(packets); at += 64 {
			b := dataplane.Burst{N: min(64, len(packets)-at)}
			for i, p := range packets[at : at+b.N] {
				b.Packets[i] = dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}
			}
			s := Share{First: number}
			s.Deal(&b, len(workers), 0)
			for _, w := range workers {
				w.ProcessShare(&b, &s)
			}
			number += uint64(b.N)
		}
		for i := range packets {
			traffic.Shift(packets[i].Data, 1)
			packets[i].Time += length
		}
	}
	for range 100 { // all stories of the ring must have grown
		loop()
	}
	if n := testing.AllocsPerRun(20, loop); n > 1 { // the Merger may be behind
		t.Errorf("%v allocations for %d packets, want none", n, len(packets))
	}
	for _, w := range workers {
		w.Close()
	}
	merger.Close()
	if merger.Reports() == 0 {
		t.Error("no reports")
	}
}

// TestSharedAttributes holds that workers that share a stream report what one does.
func TestSharedAttributes(t *testing.T) {
	packets := traffic.Generate(4, []string{"web", "icmp", "l2"}, 2) // nobody tells of sessions of others
	var want lines
	workers, _ := watching(t, &want, 1, someEvents(t), someQueries(t))
	feed(workers[0], packets, 64)
	workers[0].Close()
	var got lines
	workers, merger := watching(t, &got, 3, someEvents(t), someQueries(t))
	for at := 0; at < len(packets); at += 64 {
		b := dataplane.Burst{N: min(64, len(packets)-at)}
		s := Share{First: uint64(at) + 1}
		for i, p := range packets[at : at+b.N] {
			b.Packets[i] = dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet}
			s.To[i] = ownerOf(p.Data)
		}
		s.Deal(&b, len(workers), 0)
		for _, w := range workers {
			w.ProcessShare(&b, &s)
		}
	}
	for _, w := range workers {
		w.Close()
	}
	merger.Close()
	a, b := strings.Split(want.String(), "\n"), strings.Split(got.String(), "\n")
	if len(a) < 2*len(packets) {
		t.Fatalf("only %d lines of %d packets", len(a), len(packets))
	}
	counts := map[string]int{}
	for _, line := range a {
		counts[line]++
	}
	for _, line := range b {
		counts[line]--
	}
	for line, n := range counts {
		if n != 0 {
			t.Fatalf("of one worker %d lines, of three %d: %+d times %s", len(a), len(b), n, line)
		}
	}
}

// ownerOf chooses a worker by the addresses of a frame over IPv4, the same for both
// directions.
func ownerOf(frame []byte) uint8 {
	if len(frame) < 34 || frame[12] != 8 || frame[13] != 0 {
		return 0
	}
	sum := 0
	for _, b := range frame[26:34] {
		sum += int(b)
	}
	return uint8(sum % 3)
}

// TestNothingWatched: a worker whose options ask for no attributes looks at none.
func TestNothingWatched(t *testing.T) {
	w := newWorker(t, &nowhere{}, session.Config{})
	if w.queries != nil || w.handler.HasPacketHandler(watchHandler) {
		t.Error("attributes are looked at")
	}
	workers, _ := watching(t, &nowhere{}, 1, someEvents(t), func(*dpi.Registry) []Query { return nil })
	if w = workers[0]; w.queries != nil || !w.handler.HasPacketHandler(watchHandler) {
		t.Error("events are not looked at, or queries are")
	}
}

// TestUnknownAttribute: what the registry does not know is an error.
func TestUnknownAttribute(t *testing.T) {
	reg, _, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	bad := Attribute{Protocol: 178, ID: 60000}
	for _, o := range []Options{
		{Events: []Event{{Event: bad}}}, {Queries: []Query{{Where: []Attribute{bad}}}}, {Queries: []Query{{Select: []Select{{Attribute: bad}}}}},
	} {
		o.StatsPeriod, o.Output = second, &nowhere{}
		if _, err := NewWorker(reg, o); err == nil || !strings.Contains(fmt.Sprint(err), "60000") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestIdleQueries: without packets, periods end by the wall clock.
func TestIdleQueries(t *testing.T) {
	packets := traffic.Generate(4, []string{"dns"}, 1)
	var out lines
	workers, _ := watching(t, &out, 1, func(*dpi.Registry) []Event { return nil }, func(reg *dpi.Registry) []Query {
		return []Query{{Name: "n", Period: 60 * second, Output: 1, Select: []Select{{Operators: []Operator{OpCount}, Attribute: named(t, reg, "meta.utime")[0]}}}}
	})
	w, first := workers[0], packets[0].Time
	w.Idle(first) // nothing to time yet
	feed(w, packets, 64)
	w.Idle(first + 59*second)
	w.Idle(first + 60*second)
	w.Idle(first + 120*second) // without packets: no line
	w.Close()
	want := fmt.Sprintf("%q,1,1\n%q,2,%d\n", "n", "n", len(packets)-1)
	var got string
	for line := range strings.Lines(out.String()) {
		got += strings.SplitN(line, ",", 5)[4]
	}
	if got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
}

// BenchmarkWatched tells what a packet costs whose attributes are reported.
func BenchmarkWatched(b *testing.B) {
	none := func(*dpi.Registry) []Event { return nil }
	noQuery := func(*dpi.Registry) []Query { return nil }
	for _, c := range []struct {
		name    string
		events  func(*dpi.Registry) []Event
		queries func(*dpi.Registry) []Query
	}{
		{"nothing", none, noQuery},
		{"one event", func(reg *dpi.Registry) []Event { return someEvents(b)(reg)[:1] }, noQuery},
		{"one query", none, func(reg *dpi.Registry) []Query { return someQueries(b)(reg)[:1] }},
	} {
		b.Run(c.name, func(b *testing.B) {
			packets := traffic.Mixed(5, 300)
			length := packets[len(packets)-1].Time - packets[0].Time + 1e6
			workers, _ := watching(b, &nowhere{}, 1, c.events, c.queries)
			b.ResetTimer()
			for n := 0; n < b.N; n += len(packets) {
				feed(workers[0], packets, 64)
				for i := range packets {
					packets[i].Time += length
				}
			}
		})
	}
}
