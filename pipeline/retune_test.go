package pipeline

import (
	"io"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// TestRetune: options that change between two bursts hold from there on, and give the
// same lines whatever the number of workers; no packet is reported twice or never.
func TestRetune(t *testing.T) {
	packets := traffic.Generate(9, []string{"dns", "web", "l2"}, 2)
	want := retuned(t, packets, 1)
	for _, kind := range []string{"99,", "100,", "999,", "1000,"} {
		if !slices.ContainsFunc(want, func(line string) bool { return strings.HasPrefix(line, kind) }) {
			t.Errorf("no line %q of %d", kind, len(want))
		}
	}
	for i, line := range retuned(t, packets, 2) {
		if i >= len(want) || line != want[i] {
			t.Fatalf("two workers report %q, one %q", line, want[min(i, len(want)-1)])
		}
	}
}

// retuned returns the lines of a run whose options change twice.
func retuned(t *testing.T, packets []traffic.Packet, workers int) []string {
	b := newBench(t, workers)
	src := newTrace(t, packets)
	src.end = io.EOF
	quiet := analyzer.Options{StatsPeriod: 5e8, MicroFlows: analyzer.MicroFlows{Output: 1, Packets: 3}}
	loud := analyzer.Options{
		StatsPeriod: 2e9, Sessions: 1, NoSession: 1, Fragmentation: 1, HTTP: true, TLS: true,
		Events:  []analyzer.Event{{Name: "e", Event: b.attribute("udp", "src_port"), Attributes: []analyzer.Attribute{b.attribute("ip", "src"), b.attribute("meta", "session")}, Output: 1}},
		Queries: []analyzer.Query{{Name: "q", Period: 1e8, Select: []analyzer.Select{{Operators: []analyzer.Operator{analyzer.OpSum}, Attribute: b.attribute("meta", "packet_len")}}, Output: 1}},
	}
	calls := 0
	_, err := b.run(t.Context(), Options{Sources: []dataplane.Source{src}, Between: func() *Order {
		calls++
		next := map[int]*analyzer.Options{2: &quiet, 4: &loud}[calls]
		if next == nil {
			return nil
		}
		return &Order{Tells: true, Do: func(w *analyzer.Worker) {
			if err := w.Retune(next); err != nil {
				t.Error(err)
			}
		}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return b.reports()
}

// attribute finds an attribute by its name.
func (b *bench) attribute(protocol, name string) analyzer.Attribute {
	b.t.Helper()
	x, err := registry()
	if err != nil {
		b.t.Fatal(err)
	}
	id, a := x.reg.AttributeByName(protocol, name)
	if a == nil {
		b.t.Fatalf("no attribute %s.%s", protocol, name)
	}
	return analyzer.Attribute{Protocol: id, ID: a.ID}
}
