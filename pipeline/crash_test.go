package pipeline

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"mmt/analyzer"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// breaking is a source that crashes instead of handing out its last packets.
type breaking struct {
	*trace
	left int // packets
}

func (s *breaking) Receive(b *dataplane.Burst) error {
	err := s.trace.Receive(b)
	if s.left -= b.N; s.left < 0 {
		panic("a source with a mistake")
	}
	return err
}

// TestCrashOfSource: what came before is analysed and reported, and the error has
// the stack.
func TestCrashOfSource(t *testing.T) {
	for _, workers := range []int{0, 1, 2} {
		src := &breaking{newTrace(t, traffic.Generate(9, []string{"dns", "web"}, 1)), 200}
		b := newBench(t, max(workers, 1))
		_, err := b.run(t.Context(), Options{Sources: []dataplane.Source{src}, Inline: workers == 0})
		expectCrash(t, err, "poller 0 crashed: a source with a mistake", "Receive")
		if n := b.analysed(); n == 0 || n > 200 || len(b.reports()) == 0 {
			t.Errorf("%d workers: %d packets are analysed and %d lines reported", workers, n, len(b.reports()))
		}
	}
}

func expectCrash(t *testing.T, err error, text, function string) {
	t.Helper()
	var c *Crash
	if !errors.As(err, &c) || c.Error() != text || !strings.Contains(string(c.Stack), function) {
		t.Errorf("error %v, want %q with %s in the stack", err, text, function)
	}
}

// TestCrashOfWorker: a worker that crashes goes on with what else has come, and so do
// the others; the packets that it left out are counted.
func TestCrashOfWorker(t *testing.T) {
	for _, workers := range []int{1, 2} {
		src := newTrace(t, traffic.Generate(9, []string{"dns", "web"}, 1))
		b, bursts, seen := newBench(t, workers), 0, &counting{}
		p, err := b.run(t.Context(), Options{Sources: []dataplane.Source{src}, Watchers: []Watcher{seen, seen}[:workers], Prepare: func([]dataplane.Packet) { bursts++ }, Between: func() *Order {
			if bursts != 1 {
				return nil
			}
			return &Order{Do: func(w *analyzer.Worker) { crashIn(w, b.workers[0]) }}
		}})
		expectCrash(t, err, "worker 0 crashed: an order with a mistake", "crashIn")
		if seen.n.Load() != b.analysed() {
			t.Errorf("%d workers: %d analysed, watchers were told of %d", workers, b.analysed(), seen.n.Load())
		}
		if b.analysed()+p.Missed() != src.received || len(b.reports()) == 0 || src.released != src.received {
			t.Errorf("%d workers: %d analysed and %d missed, released %d of %d", workers, b.analysed(), p.Missed(), src.released, src.received)
		}
	}
}

// counting counts what it is told of.
type counting struct {
	nobody
	n atomic.Uint64
}

func (c *counting) Took(n int) { c.n.Add(uint64(n)) }

func crashIn(w, first *analyzer.Worker) {
	if w == first {
		panic("an order with a mistake")
	}
}
