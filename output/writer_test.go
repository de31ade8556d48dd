package output

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeChannel takes up to room lines a call (all if room is negative).
type fakeChannel struct {
	name    string
	room    int
	got     []string
	writes  int
	flushes []int64
	closed  bool
	later   error  // for the next Flush
	lost    uint64 // of the lines it took
}

var errFull = errors.New("full")

func (c *fakeChannel) Name() string { return c.name }

func (c *fakeChannel) Write(b *Batch, _ int64) (int, error) {
	c.writes++
	all := lines(b)
	if c.room < 0 || c.room >= len(all) {
		c.got = append(c.got, all...)
		return len(all), nil
	}
	c.got = append(c.got, all[:c.room]...)
	return c.room, errFull
}

func (c *fakeChannel) Flush(now int64) error {
	c.flushes = append(c.flushes, now)
	err := c.later
	c.later = nil
	return err
}

func (c *fakeChannel) Close() error { c.closed = true; return nil }
func (c *fakeChannel) Lost() uint64 { return c.lost }

func newFake(o Options) (*Writer, *fakeChannel) {
	w, c := NewWriter(o), &fakeChannel{name: "fake", room: -1}
	w.Enable(ToFile, c)
	return w, c
}

// write writes lines named by numbers from..to-1.
func write(w *Writer, from, to int) {
	for i := from; i < to; i++ {
		w.Write(ToFile, fmt.Appendf(nil, "line %d", i))
	}
}

func checkLines(t *testing.T, got []string, n int) {
	t.Helper()
	for i, line := range got {
		if want := fmt.Sprintf("line %d", i); line != want {
			t.Fatalf("line %d is %q", i, line)
		}
	}
	if len(got) != n {
		t.Errorf("%d lines came, want %d", len(got), n)
	}
}

func checkStats(t *testing.T, w *Writer, written, pending, lost uint64) {
	t.Helper()
	s := w.Stats()[0]
	if s.Written != written || s.Pending != pending || s.Lost != lost {
		t.Errorf("written %d pending %d lost %d, want %d %d %d", s.Written, s.Pending, s.Lost, written, pending, lost)
	}
	if s.Received != s.Written+s.Pending+s.Lost {
		t.Errorf("received %d is not %d + %d + %d", s.Received, s.Written, s.Pending, s.Lost)
	}
}

func TestCacheMax(t *testing.T) {
	w, c := newFake(Options{CacheMax: 10})
	w.Tick(1)
	write(w, 0, 9)
	if c.writes != 0 {
		t.Error("a batch that is not full was handed over")
	}
	write(w, 9, 25)
	if c.writes != 2 || len(c.flushes) != 0 {
		t.Errorf("%d writes, %d flushes", c.writes, len(c.flushes))
	}
	checkLines(t, c.got, 20)
}

func TestCachePeriod(t *testing.T) {
	const s = int64(time.Second)
	w, c := newFake(Options{CachePeriod: 5 * time.Second})
	start := 1000 * s
	for _, at := range []int64{0, 1, 4*s + 999, 5 * s, 5*s + 1, 10*s + 7, 14 * s, 15 * s, 40 * s, 44 * s, 45 * s} {
		w.Tick(start + at)
	}
	want := []int64{start + 5*s, start + 10*s + 7, start + 15*s, start + 40*s, start + 45*s}
	if !slices.Equal(c.flushes, want) {
		t.Errorf("flushed at %v, want %v", c.flushes, want)
	}
}

func TestTimeGoesBack(t *testing.T) {
	const s = int64(time.Second)
	w, c := newFake(Options{CachePeriod: 5 * time.Second})
	w.Tick(1000 * s)
	w.Tick(1000*s - 1000) // packets of two queues, slightly out of order
	if len(c.flushes) != 0 {
		t.Error("a microsecond back ended the period")
	}
	w.Tick(500 * s) // another trace
	w.Tick(504 * s)
	w.Tick(505 * s)
	if want := []int64{500 * s, 505 * s}; !slices.Equal(c.flushes, want) {
		t.Errorf("flushed at %v, want %v", c.flushes, want)
	}
}

func TestRouting(t *testing.T) {
	w := NewWriter(Options{})
	file, bus := &fakeChannel{name: "file", room: -1}, &fakeChannel{name: "kafka", room: -1}
	w.Enable(ToFile, file)
	w.Enable(ToKafka, bus)
	w.Write(ToFile, []byte("f"))
	w.Write(ToKafka|ToMQTT, []byte("k"))
	w.Write(ToFile|ToKafka, []byte("both"))
	w.Write(ToMQTT, []byte("nowhere"))
	if !w.Wants(ToMQTT|ToFile) || w.Wants(ToMQTT|ToStdout) {
		t.Error("Wants is wrong")
	}
	if err := w.Close(1); err != nil {
		t.Error(err)
	}
	if !slices.Equal(file.got, []string{"f", "both"}) || !slices.Equal(bus.got, []string{"k", "both"}) {
		t.Errorf("file got %q, bus got %q", file.got, bus.got)
	}
	if !file.closed || !bus.closed {
		t.Error("a channel was not closed")
	}
}

func TestBackPressure(t *testing.T) {
	const s = int64(time.Second)
	w, c := newFake(Options{CacheMax: 10, CachePeriod: 5 * time.Second})
	w.Tick(1)
	c.room = 3
	write(w, 0, 50)
	if c.writes != 1 {
		t.Errorf("%d tries in one period, want 1", c.writes)
	}
	w.Tick(6 * s)
	checkLines(t, c.got, 6)
	checkStats(t, w, 6, 44, 0)
	c.room = -1
	w.Tick(11 * s)
	checkLines(t, c.got, 50)
	write(w, 50, 60)
	checkLines(t, c.got, 60)
	checkStats(t, w, 60, 0, 0)
}

func TestMaxPending(t *testing.T) {
	w, c := newFake(Options{CacheMax: 10, MaxPending: 20 * len("line 10\n")})
	c.room = 0
	write(w, 0, 1000)
	w.Tick(1)
	w.Flush(2)
	s := w.Stats()[0]
	if s.Lost < 975 || s.Lost > 985 || !errors.Is(s.Err, errFull) {
		t.Errorf("%+v", s)
	}
	checkStats(t, w, 0, 1000-s.Lost, s.Lost)
	err := w.Close(3)
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "output channel fake") {
		t.Errorf("close: %v", err)
	}
	checkStats(t, w, 0, 0, 1000)
}

func TestChannelLoses(t *testing.T) {
	w, c := newFake(Options{})
	write(w, 0, 10)
	w.Flush(1)
	c.lost = 4
	checkStats(t, w, 6, 0, 4)
}

func TestOnError(t *testing.T) {
	var told []string
	w, c := newFake(Options{CacheMax: 2, OnError: func(name string, err error) { told = append(told, fmt.Sprint(name, " ", err)) }})
	check := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(told, want) {
			t.Errorf("%s: told %q, want %q", what, told, want)
		}
	}
	write(w, 0, 4)
	w.Flush(1)
	check("works")
	c.room = 0
	write(w, 4, 8)
	w.Flush(2)
	w.Flush(3)
	check("fails", "fake full")
	c.room = -1
	w.Flush(4)
	check("works again", "fake full", "fake <nil>")
	c.later = errors.New("late")
	w.Flush(5)
	write(w, 8, 12)
	check("late error", "fake full", "fake <nil>", "fake late")
	w.Flush(6)
	check("over", "fake full", "fake <nil>", "fake late", "fake <nil>")
}

func TestStatsFromOutside(t *testing.T) {
	w, _ := newFake(Options{CacheMax: 3})
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if s := w.Stats()[0]; s.Received != s.Written+s.Pending+s.Lost {
				t.Errorf("%+v does not add up", s)
				return
			}
		}
	})
	write(w, 0, 5000)
	close(stop)
	wg.Wait()
}

// nullChannel takes everything.
type nullChannel struct{ fakeChannel }

func (*nullChannel) Write(b *Batch, _ int64) (int, error) { return b.Len(), nil }

func TestNoAllocation(t *testing.T) {
	w := NewWriter(Options{})
	w.Enable(ToFile, &nullChannel{})
	line := []byte(strings.Repeat("x", 400))
	write := func() {
		for range 3 * DefaultCacheMax {
			w.Write(ToFile, line)
			w.Tick(1)
		}
	}
	write()
	if n := testing.AllocsPerRun(10, write); n != 0 {
		t.Errorf("%v allocations for %d lines", n, 3*DefaultCacheMax)
	}
}

func BenchmarkWriter(b *testing.B) {
	w := NewWriter(Options{})
	w.Enable(ToFile, &nullChannel{})
	benchmarkLines(b, w)
}

// benchmarkLines writes lines of 400 bytes, as session reports have them, in
// wall clock periods of 100 ms.
func benchmarkLines(b *testing.B, w *Writer) {
	line := []byte(strings.Repeat("x", 400))
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i++; i%64 == 0 {
			w.Tick(time.Now().UnixNano())
		}
		w.Write(ToFile, line)
	}
	if err := w.Close(time.Now().UnixNano()); err != nil {
		b.Error(err)
	}
}
