package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var errGone = errors.New("server gone")

// fakeRemote does what its reply says, and keeps what was sent.
type fakeRemote struct {
	mu    sync.Mutex
	got   []string
	opens int
	// reply says how many lines of the next batch are taken; nil: all.
	reply func(ctx context.Context, b *Batch) (int, error)
	down  bool // Open fails
}

func (r *fakeRemote) Open(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opens++
	if r.down {
		return errGone
	}
	return nil
}

func (r *fakeRemote) Send(ctx context.Context, b *Batch) (n int, err error) {
	r.mu.Lock()
	reply, n := r.reply, b.Len()
	r.mu.Unlock()
	if reply != nil {
		n, err = reply(ctx, b)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, lines(b)[:n]...)
	return n, err
}

func (r *fakeRemote) Close() error { return nil }

// set makes the remote behave in another way.
func (r *fakeRemote) set(down bool, reply func(context.Context, *Batch) (int, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down, r.reply = down, reply
}

func (r *fakeRemote) received() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.got...)
}

// stall sends nothing until the context ends.
func stall(ctx context.Context, _ *Batch) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// logBuffer is a log that tests read.
type logBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *logBuffer) count(text string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.String(), text)
}

// startQueue makes a queue that retries fast and logs into the buffer.
func startQueue(t testing.TB, r Remote, o QueueOptions) (*Queue, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	o.Name, o.FirstRetry, o.LongestRetry = "fake", time.Millisecond, 4*time.Millisecond
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	q, err := NewQueue(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return q, log
}

// putLines hands over lines from to to-1, ten a batch.
func putLines(q *Queue, from, to int) {
	ch := q.Channel()
	for from < to {
		b := &Batch{}
		for end := min(from+10, to); from < end; from++ {
			b.Add(fmt.Appendf(nil, "line %d", from))
		}
		ch.Write(b, 0)
	}
}

// longTime is what nothing takes on a machine that has much else to do.
const longTime = time.Minute

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(longTime); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: ", what)
		}
	}
}

// checkQueue checks the figures after Close.
func checkQueue(t *testing.T, q *Queue, written, pending uint64, lost Losses) {
	t.Helper()
	s := q.Stats()
	if s.Written != written || s.Pending != pending || s.Losses != lost || s.Lost != lost.Sum() {
		t.Errorf("written %d pending %d lost %v, want %d %d %v", s.Written, s.Pending, s.Losses, written, pending, lost)
	}
	if s.Received != s.Written+s.Pending+s.Lost {
		t.Errorf("%+v does not add up", s)
	}
}

func TestQueueSends(t *testing.T) {
	r := &fakeRemote{}
	q, log := startQueue(t, r, QueueOptions{BatchLines: 7})
	putLines(q, 0, 1000)
	noError(t, q.Close(longTime))
	checkLines(t, r.received(), 1000)
	checkQueue(t, q, 1000, 0, Losses{})
	if r.opens != 1 || log.Len() > 0 {
		t.Errorf("%d opens, log %s", r.opens, log)
	}
}

// TestQueueFlaky holds that no line is missing, doubled or moved, whatever the
// far end does, with and without disk.
func TestQueueFlaky(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		calls := 0
		r := &fakeRemote{reply: func(_ context.Context, b *Batch) (int, error) {
			if calls++; calls%3 != 0 {
				return b.Len() / 2, errGone
			}
			return b.Len(), nil
		}}
		q, log := startQueue(t, r, QueueOptions{SpillDir: dir, SpillSize: 1 << 20})
		for from := 0; from < 5000; from += 500 {
			putLines(q, from, from+500)
			time.Sleep(2 * time.Millisecond)
		}
		eventually(t, "all sent", func() bool { return q.Stats().Written == 5000 })
		noError(t, q.Close(longTime))
		checkLines(t, r.received(), 5000)
		checkQueue(t, q, 5000, 0, Losses{})
		if fails, again := log.count("does not take"), log.count("takes reports again"); fails == 0 || again != fails {
			t.Errorf("%d failures and %d recoveries in the log", fails, again)
		}
		if dir != "" && len(spillFiles(t, dir)) > 0 {
			t.Errorf("left on disk: %v", spillFiles(t, dir))
		}
	}
}

func TestQueueFull(t *testing.T) {
	r := &fakeRemote{down: true}
	q, log := startQueue(t, r, QueueOptions{Lines: 100})
	putLines(q, 0, 10)
	eventually(t, "the first batch is being sent", func() bool { return q.Stats().Failing })
	putLines(q, 10, 400)
	eventually(t, "the log tells", func() bool { return log.count("290 queue full") == 1 })
	r.set(false, nil)
	noError(t, q.Close(longTime))
	checkLines(t, r.received(), 110)
	checkQueue(t, q, 110, 0, Losses{LostQueueFull: 290})
	if log.count("does not take") != 1 || log.count("takes reports again, after") != 1 || log.count("290 were lost") != 1 {
		t.Errorf("log: %s", log)
	}
}

func TestQueueBytes(t *testing.T) {
	m := newMemory(1000, 30, 10)
	long := batchOf("0123456789", "0123456789", "0123456789")
	if n := m.put(long, nil); n != 2 {
		t.Errorf("%d lines of 11 bytes in 30", n)
	}
	var b Batch
	m.take(&b)
	if n := m.put(batchOf(strings.Repeat("x", 100)), nil); n != 1 {
		t.Error("a line larger than all room never goes")
	}
}

// TestQueueOverRestarts holds that what one run could not send the next one
// sends, before its own lines.
func TestQueueOverRestarts(t *testing.T) {
	o := QueueOptions{SpillDir: filepath.Join(t.TempDir(), "a", "b"), SpillSize: 1 << 20}
	r := &fakeRemote{}
	total := uint64(0)
	for run := range 4 {
		r.set(run < 3, nil)
		q, _ := startQueue(t, r, o)
		if s := q.Stats(); s.Recovered != total || run < 3 && s.Spilled != total {
			t.Errorf("run %d: %+v", run, s)
		}
		putLines(q, run*300, run*300+300)
		total += 300
		noError(t, q.Close(20*time.Millisecond))
		if run < 3 {
			checkQueue(t, q, 0, total, Losses{})
		} else {
			checkQueue(t, q, total, 0, Losses{})
		}
	}
	checkLines(t, r.received(), 1200)
}

func TestQueueSpillFull(t *testing.T) {
	r := &fakeRemote{down: true}
	q, log := startQueue(t, r, QueueOptions{Lines: 100, SpillDir: t.TempDir(), SpillSize: 2000})
	for from := 0; from < 1000; from += 10 {
		putLines(q, from, from+10)
		time.Sleep(200 * time.Microsecond)
	}
	eventually(t, "the log tells", func() bool { return log.count("spill full") > 0 })
	lost := q.Stats().Losses[LostSpillFull]
	r.set(false, nil)
	noError(t, q.Close(longTime))
	got := r.received()
	checkOnce(t, got)
	checkLines(t, got[:min(len(got), 200)], 200) // the oldest were kept
	checkQueue(t, q, uint64(len(got)), 0, Losses{LostSpillFull: lost})
	if lost < 500 || log.count("raise output.spill-size") != 1 {
		t.Errorf("%d lost, %d sent, log %s", lost, len(got), log)
	}
}

func TestQueueRefused(t *testing.T) {
	r := &fakeRemote{reply: func(_ context.Context, b *Batch) (int, error) {
		for i, line := range lines(b) {
			if strings.HasSuffix(line, "3") {
				return i, Refused(1, errors.New("unlucky"))
			}
		}
		return b.Len(), nil
	}}
	q, log := startQueue(t, r, QueueOptions{})
	putLines(q, 0, 100)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 90, 0, Losses{LostRefused: 10})
	if r.opens != 1 || log.count("10 refused (the last was refused: unlucky)") != 1 {
		t.Errorf("%d opens, log %s", r.opens, log)
	}
}

func TestQueueUnconfirmed(t *testing.T) {
	broken := false
	r := &fakeRemote{reply: func(_ context.Context, b *Batch) (int, error) {
		if broken {
			return b.Len(), nil
		}
		broken = true
		return 2, Unconfirmed(5, errGone)
	}}
	q, _ := startQueue(t, r, QueueOptions{})
	putLines(q, 0, 10)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 5, 0, Losses{LostUnconfirmed: 5})
	if got := strings.Join(r.received(), ","); got != "line 0,line 1,line 7,line 8,line 9" {
		t.Errorf("received %s", got)
	}
}

// TestQueueStalled holds that a far end that stands still stops nobody, and that
// the lines behind the batch being sent are on disk.
func TestQueueStalled(t *testing.T) {
	r := &fakeRemote{reply: stall}
	dir := t.TempDir()
	q, _ := startQueue(t, r, QueueOptions{SpillDir: dir, SpillSize: 1 << 20, Lines: 1000, Wait: true})
	putLines(q, 0, 10)
	eventually(t, "the batch is being sent", func() bool { return q.since.Load() != 0 })
	putLines(q, 10, 300)
	eventually(t, "the rest is on disk", func() bool { return q.Stats().Spilled == 290 })
	if !q.Stats().Failing {
		t.Error("not seen to stand still")
	}
	noError(t, q.Close(50*time.Millisecond))
	checkQueue(t, q, 0, 300, Losses{})
	r.set(false, nil)
	q, _ = startQueue(t, r, QueueOptions{SpillDir: dir, SpillSize: 1 << 20})
	noError(t, q.Close(longTime))
	checkLines(t, r.received(), 300)
}

// TestQueueWaits holds that a trace loses nothing to a far end that is slow, nor
// the end of any run.
func TestQueueWaits(t *testing.T) {
	for _, wait := range []bool{true, false} {
		queueWaits(t, wait)
	}
}

func queueWaits(t *testing.T, wait bool) {
	t.Helper()
	r := &fakeRemote{reply: func(_ context.Context, b *Batch) (int, error) {
		time.Sleep(200 * time.Microsecond)
		return b.Len(), nil
	}}
	q, _ := startQueue(t, r, QueueOptions{Lines: 20, Wait: wait, StallAfter: longTime})
	if !wait {
		q.Ending()
	}
	putLines(q, 0, 3000)
	noError(t, q.Close(longTime))
	checkLines(t, r.received(), 3000)
	checkQueue(t, q, 3000, 0, Losses{})
}

// TestQueueDeaf has a Send that does not end with its context.
func TestQueueDeaf(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for some seconds")
	}
	end := make(chan struct{})
	r := &fakeRemote{reply: func(context.Context, *Batch) (int, error) {
		<-end
		return 0, errGone
	}}
	q, _ := startQueue(t, r, QueueOptions{SpillDir: t.TempDir(), SpillSize: 1 << 20})
	putLines(q, 0, 10)
	eventually(t, "the batch is being sent", func() bool { return q.since.Load() != 0 })
	putLines(q, 10, 30)
	err := q.Close(time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "10 reports not sent are lost") {
		t.Errorf("close: %v", err)
	}
	checkQueue(t, q, 0, 20, Losses{LostAtEnd: 10})
	close(end)
	<-q.sent
	checkQueue(t, q, 0, 20, Losses{LostAtEnd: 10})
}

func TestQueueLosesAtEnd(t *testing.T) {
	q, _ := startQueue(t, &fakeRemote{down: true}, QueueOptions{})
	putLines(q, 0, 30)
	err := q.Close(5 * time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "output channel fake: 30 reports not sent are lost") {
		t.Errorf("close: %v", err)
	}
	checkQueue(t, q, 0, 0, Losses{LostAtEnd: 30})
}

// TestQueueOfWriters hands over from several threads, and counts each line once.
func TestQueueOfWriters(t *testing.T) {
	r := &fakeRemote{}
	q, _ := startQueue(t, r, QueueOptions{})
	var sum Stats
	var writers []*Writer
	var wg sync.WaitGroup
	for range 3 {
		w := NewWriter(Options{CacheMax: 10})
		w.Enable(ToFile, q.Channel())
		writers = append(writers, w)
		wg.Go(func() { write(w, 0, 1005) })
	}
	wg.Wait()
	add := func() (sum Stats) {
		for _, w := range writers {
			sum.Add(&w.Stats()[0])
		}
		s := q.Stats()
		sum.Add(&s)
		return sum
	}
	for _, w := range writers {
		noError(t, w.Close(0))
	}
	noError(t, q.Close(longTime))
	if sum = add(); sum.Received != 3015 || sum.Written != 3015 || sum.Pending != 0 || len(r.received()) != 3015 {
		t.Errorf("%+v, %d came", sum, len(r.received()))
	}
}

// TestQueueOfOneWriter holds that a Writer that has a queue for itself counts what
// the queue loses.
func TestQueueOfOneWriter(t *testing.T) {
	q, _ := startQueue(t, &fakeRemote{down: true}, QueueOptions{Lines: 30})
	w := NewWriter(Options{})
	w.Enable(ToFile, q.OwnChannel(time.Millisecond))
	write(w, 0, 100)
	err := w.Close(0)
	if err == nil || !strings.Contains(err.Error(), "reports not sent are lost") {
		t.Errorf("close: %v", err)
	}
	checkStats(t, w, 0, 0, 100)
}

// quietRemote takes everything and keeps nothing.
type quietRemote struct{}

func (quietRemote) Open(context.Context) error                    { return nil }
func (quietRemote) Send(_ context.Context, b *Batch) (int, error) { return b.Len(), nil }
func (quietRemote) Close() error                                  { return nil }

func TestQueueHandOverAllocates(t *testing.T) {
	q, _ := startQueue(t, quietRemote{}, QueueOptions{Lines: 4000})
	ch := q.Channel()
	b := &Batch{}
	for range 1000 {
		b.Add([]byte(strings.Repeat("x", 400)))
	}
	put := func() {
		for range 20 {
			ch.Write(b, 0)
		}
	}
	for range 20 {
		put()
	}
	// A Send needs a context; a line needs nothing.
	if n := testing.AllocsPerRun(20, put); n > 20*20 {
		t.Errorf("%v allocations for 20000 lines", n)
	}
	noError(t, q.Close(longTime))
}
