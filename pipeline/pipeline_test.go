package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/report"
)

// registry is that of all tests: it takes a while to load.
var registry = sync.OnceValues(func() (x struct {
	reg      *dpi.Registry
	services dpi.Services
}, err error) {
	x.reg, x.services, err = proto.Load()
	return x, err
})

// lines collects the lines of reports.
type lines struct{ list []string }

func (l *lines) Report(_ analyzer.Channels, line []byte) { l.list = append(l.list, string(line)) }
func (l *lines) Tick(int64)                              {}

// bench is workers, and what they report.
type bench struct {
	t       *testing.T
	workers []*analyzer.Worker
	merger  *analyzer.Merger
	outputs []*lines
	heralds *analyzer.Heralds
}

func newBench(t *testing.T, workers int) *bench {
	t.Helper()
	x, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t}
	o := analyzer.Options{
		StatsPeriod: 1e9, Sessions: 1, NoSession: 1, Fragmentation: 1, HTTP: true, TLS: true, FTP: true, RTP: true,
		Forms: analyzer.InOneForm(report.NewEncoder(report.CSV, 1, "test")), Dissection: dpi.Options{Services: x.services},
	}
	var outputs []analyzer.Output
	for range workers {
		b.outputs = append(b.outputs, &lines{})
		outputs = append(outputs, b.outputs[len(b.outputs)-1])
	}
	if workers > 1 {
		b.merger = analyzer.NewMerger(analyzer.MergerOptions{Outputs: outputs, Forms: o.Forms, NoSession: 1, Fragmentation: 1})
		o.Merger = b.merger
	}
	for thread := range workers {
		o.Thread, o.Output = uint32(thread), outputs[thread]
		w, err := analyzer.NewWorker(x.reg, o)
		if err != nil {
			t.Fatal(err)
		}
		b.workers = append(b.workers, w)
	}
	b.heralds = analyzer.NewHeralds(x.reg, false)
	return b
}

// run runs a pipeline to its end.
func (b *bench) run(ctx context.Context, o Options) (*Pipeline, error) {
	b.t.Helper()
	o.Workers, o.Heralds = b.workers, b.heralds
	p, err := New(o)
	if err != nil {
		b.t.Fatal(err)
	}
	err = p.Run(ctx)
	if b.merger != nil {
		b.merger.Close()
	}
	return p, err
}

// analysed returns how many packets all workers have analysed.
func (b *bench) analysed() (n uint64) {
	for _, w := range b.workers {
		n += w.Totals().Packets
	}
	return n
}

// reports returns the lines of all workers, without the number of the thread.
func (b *bench) reports() (all []string) {
	const thread = 26
	for _, out := range b.outputs {
		for _, line := range out.list {
			if fields := strings.SplitN(line, ",", thread+2); strings.HasPrefix(line, "100,") {
				line = strings.Join(slices.Delete(fields, thread, thread+1), ",")
			}
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}

// trace is a source in memory. It checks that bursts come back in order, and that
// no packet comes back twice.
type trace struct {
	t        *testing.T
	rest     []dataplane.Packet
	size     int   // of bursts
	end      error // after all packets
	received uint64
	released uint64
	held     uint64 // most packets that were out at a time
}

func newTrace(t *testing.T, packets []traffic.Packet) *trace {
	s := &trace{t: t, size: dataplane.BurstSize, end: io.EOF}
	for i, p := range packets {
		s.rest = append(s.rest, dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet, Port: uint16(i)})
	}
	return s
}

func (s *trace) Receive(b *dataplane.Burst) error {
	if len(s.rest) == 0 {
		return s.end
	}
	b.N = copy(b.Packets[:min(s.size, dataplane.BurstSize)], s.rest)
	s.rest = s.rest[b.N:]
	s.received += uint64(b.N)
	s.held = max(s.held, s.received-s.released)
	return nil
}

func (s *trace) Release(b *dataplane.Burst) {
	for i := range b.N {
		if want := uint16(s.released); b.Packets[i].Port != want {
			s.t.Errorf("packet %d comes back, want %d", b.Packets[i].Port, want)
		}
		s.released++
	}
}

func (s *trace) Stats() dataplane.Stats { return dataplane.Stats{Received: s.received} }
func (s *trace) Close() error           { return nil }

// TestSameReports holds that the reports are the same whatever the threads and
// the bursts are, and that all packets come back to the source.
func TestSameReports(t *testing.T) {
	packets := traffic.Generate(9, nil, 1)
	alone := newBench(t, 1)
	if _, err := alone.run(t.Context(), Options{Sources: []dataplane.Source{newTrace(t, packets)}, Inline: true}); err != nil {
		t.Fatal(err)
	}
	want := alone.reports()
	if len(want) < 100 {
		t.Fatalf("only %d lines", len(want))
	}
	for _, c := range []struct{ workers, size int }{{1, 64}, {2, 64}, {3, 1}, {5, 7}, {16, 64}} {
		b, src := newBench(t, c.workers), newTrace(t, packets)
		src.size = c.size
		if _, err := b.run(t.Context(), Options{Sources: []dataplane.Source{src}}); err != nil {
			t.Fatal(err)
		}
		if got := b.reports(); !slices.Equal(got, want) {
			t.Errorf("%+v: %d lines, want %d, or others", c, len(got), len(want))
		}
		if n := uint64(len(packets)); src.released != n || b.analysed() != n {
			t.Errorf("%+v: %d released, %d analysed, want %d", c, src.released, b.analysed(), n)
		}
	}
}

// TestSourceFails holds that what came before a failure is analysed.
func TestSourceFails(t *testing.T) {
	packets := traffic.Generate(9, []string{"dns"}, 1)
	broken := errors.New("trace.pcap: damaged")
	for _, workers := range []int{1, 3} {
		b, src := newBench(t, workers), newTrace(t, packets)
		src.end = broken
		if _, err := b.run(t.Context(), Options{Sources: []dataplane.Source{src}}); !errors.Is(err, broken) {
			t.Errorf("%d workers: error %v, want %v", workers, err, broken)
		}
		if b.analysed() != uint64(len(packets)) {
			t.Errorf("%d workers: %d packets analysed, want %d", workers, b.analysed(), len(packets))
		}
	}
}

// TestInterrupted holds that an interrupted trace ends soon, and that what was
// received is analysed and released.
func TestInterrupted(t *testing.T) {
	packets := traffic.Generate(9, nil, 3)
	b, src := newBench(t, 2), newTrace(t, packets)
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Sources: []dataplane.Source{src}, Received: func(int) { cancel() }}
	if _, err := b.run(ctx, o); err != nil {
		t.Fatal(err)
	}
	if len(src.rest) == 0 {
		t.Error("the trace was read to its end")
	}
	if b.analysed() != src.received || src.released != src.received {
		t.Errorf("%d received, %d analysed, %d released", src.received, b.analysed(), src.released)
	}
}

// live is a trace that comes as if from a network.
type live struct {
	trace
	stopped atomic.Bool
	idle    int // times that nothing comes before the packets
}

func (s *live) Receive(b *dataplane.Burst) error {
	if s.idle > 0 {
		s.idle--
		return nil
	}
	return s.trace.Receive(b)
}

func (s *live) Stop()                        { s.stopped.Store(true) }
func (s *live) Counters() dataplane.Counters { return dataplane.Counters{Seen: s.received} }
func (s *live) Describe() string             { return "a test" }

// blocker is a Watcher that stops its worker until it is let go.
type blocker struct {
	nobody
	gate chan struct{}
}

func (b *blocker) Begin() { <-b.gate }

// TestOverload holds that a worker that does not come after loses packets of its
// own only, and that each is counted.
func TestOverload(t *testing.T) {
	const queue = 128
	packets := traffic.Generate(9, nil, 2)
	for _, workers := range []int{1, 2} {
		b, src := newBench(t, workers), &live{trace: *newTrace(t, packets)}
		block := &blocker{gate: make(chan struct{})}
		time.AfterFunc(100*time.Millisecond, func() { close(block.gate) })
		p, err := b.run(t.Context(), Options{Sources: []dataplane.Source{src}, Queue: queue, Watchers: []Watcher{block}})
		if err != nil {
			t.Fatal(err)
		}
		lost, bytes := p.Lost(0)
		if lost == 0 || bytes < lost {
			t.Errorf("the worker that was blocked lost %d packets of %d bytes", lost, bytes)
		}
		for i := 1; i < workers; i++ {
			n, _ := p.Lost(i)
			lost += n
		}
		if got := b.analysed() + lost; got != src.received || got != uint64(len(packets)) {
			t.Errorf("%d analysed + %d lost of %d received, %d sent", b.analysed(), lost, src.received, len(packets))
		}
		if src.released != src.received {
			t.Errorf("%d released of %d", src.released, src.received)
		}
		for i := range workers {
			if n, limit := p.Waiting(i); n != 0 || limit != queue {
				t.Errorf("worker %d: %d of %d wait at the end", i, n, limit)
			}
		}
	}
}

// TestPollers holds that several sources end in the same workers.
func TestPollers(t *testing.T) {
	packets := traffic.Generate(9, nil, 1)
	half := len(packets) / 2
	a, z := &live{trace: *newTrace(t, packets[:half])}, &live{trace: *newTrace(t, packets[half:])}
	b := newBench(t, 2)
	if _, err := b.run(t.Context(), Options{Sources: []dataplane.Source{a, z}, Queue: len(packets)}); err != nil {
		t.Fatal(err)
	}
	if got := b.analysed(); got != uint64(len(packets)) || a.released != uint64(half) || z.released != uint64(len(packets)-half) {
		t.Errorf("%d packets analysed of %d, %d and %d released", got, len(packets), a.released, z.released)
	}
}

// TestIdle holds that workers know the time while no packets come.
func TestIdle(t *testing.T) {
	packets := traffic.Generate(9, []string{"dns"}, 1)
	src := &live{trace: *newTrace(t, packets)}
	b := newBench(t, 2)
	src.idle = 3
	if _, err := b.run(t.Context(), Options{Sources: []dataplane.Source{src}, Queue: len(packets)}); err != nil {
		t.Fatal(err)
	}
	if got := b.analysed(); got != uint64(len(packets)) {
		t.Errorf("%d packets analysed of %d", got, len(packets))
	}
}

// TestOrders holds that all workers do what is asked of them before the same
// burst.
func TestOrders(t *testing.T) {
	packets := traffic.Generate(9, nil, 1)
	b := newBench(t, 3)
	bursts := 0
	var mu sync.Mutex
	at := map[*analyzer.Worker]uint64{}
	o := Options{Sources: []dataplane.Source{newTrace(t, packets)}, Between: func() *Order {
		if bursts++; bursts != 5 {
			return nil
		}
		return &Order{Do: func(w *analyzer.Worker) {
			mu.Lock()
			defer mu.Unlock()
			at[w] = w.Totals().Packets
		}}
	}}
	if _, err := b.run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	sum := uint64(0)
	for _, n := range at {
		sum += n
	}
	if len(at) != len(b.workers) || sum != 4*dataplane.BurstSize {
		t.Errorf("%d workers were asked, after %d packets, want %d after %d", len(at), sum, len(b.workers), 4*dataplane.BurstSize)
	}
}

func TestCores(t *testing.T) {
	packets := traffic.Generate(9, []string{"dns"}, 1)
	b := newBench(t, 2)
	if _, err := b.run(t.Context(), Options{Sources: []dataplane.Source{newTrace(t, packets)}, Cores: []int{0, 0, 0}}); err != nil {
		t.Fatal(err)
	}
	b = newBench(t, 2)
	_, err := b.run(t.Context(), Options{Sources: []dataplane.Source{newTrace(t, packets)}, Cores: []int{0, 0, 1023}})
	if err == nil || !strings.Contains(err.Error(), "thread-cores: cannot run on core 1023") {
		t.Errorf("error %v", err)
	}
}

func TestNew(t *testing.T) {
	src := []dataplane.Source{newTrace(t, nil)}
	two := make([]*analyzer.Worker, 2)
	for _, o := range []Options{{}, {Sources: src}, {Workers: two[:1]}, {Sources: src, Workers: two, Inline: true}} {
		if _, err := New(o); err == nil {
			t.Errorf("%d sources, %d workers, inline %v: no error", len(o.Sources), len(o.Workers), o.Inline)
		}
	}
	if _, err := New(Options{Sources: src, Workers: make([]*analyzer.Worker, 300)}); err == nil {
		t.Error("300 workers: no error")
	} else if !strings.Contains(fmt.Sprint(err), "256") {
		t.Error(err)
	}
}
