package output

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// shortWriter takes limit bytes a call, then fails; a negative limit takes all.
type shortWriter struct {
	bytes.Buffer
	limit int
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if w.limit >= 0 && len(p) > w.limit {
		n, _ := w.Buffer.Write(p[:w.limit])
		return n, errFull
	}
	return w.Buffer.Write(p)
}

func TestStdoutBrokenLine(t *testing.T) {
	dst := &shortWriter{limit: 6}
	out := NewStdout(dst)
	a, b := out.Channel(), out.Channel()
	batch := batchOf("first", "second")
	if n, err := a.Write(batch, 0); n != 1 || !errors.Is(err, errFull) {
		t.Fatalf("the break after a whole line: %d, %v", n, err)
	}
	batch.drop(1)
	dst.limit = 3
	if n, err := a.Write(batch, 0); n != 1 || !errors.Is(err, errFull) {
		t.Fatalf("a broken line: %d, %v", n, err)
	}
	dst.limit = 2
	if n, err := b.Write(batchOf("other"), 0); n != 0 || err == nil {
		t.Fatalf("another worker, while the line is broken: %d, %v", n, err)
	}
	dst.limit = -1
	if n, err := b.Write(batchOf("other"), 0); n != 1 || err != nil {
		t.Fatalf("another worker: %d, %v", n, err)
	}
	if err := errors.Join(a.Close(), b.Close()); err != nil || a.Lost()+b.Lost() != 0 {
		t.Errorf("close: %v, %d and %d lost", err, a.Lost(), b.Lost())
	}
	if got, want := dst.String(), "first\nsecond\nother\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStdoutLosesBrokenLine(t *testing.T) {
	dst := &shortWriter{limit: 3}
	out := NewStdout(dst)
	a, b := out.Channel(), out.Channel()
	a.Write(batchOf("first"), 0)
	dst.limit = 0
	if err := b.Close(); err != nil || b.Lost() != 0 {
		t.Errorf("the worker of no broken line: %v, %d lost", err, b.Lost())
	}
	if err := a.Close(); !errors.Is(err, errFull) || a.Lost() != 1 {
		t.Errorf("the worker of the broken line: %v, %d lost", err, a.Lost())
	}
	dst.limit = -1
	b.Write(batchOf("second"), 0)
	if got, want := dst.String(), "fir\nsecond\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStdoutFullDevice(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer f.Close()
	w := NewWriter(Options{})
	w.Enable(ToStdout, NewStdout(f).Channel())
	w.Write(ToStdout, []byte("line"))
	w.Flush(1)
	if s := w.Stats()[0]; !errors.Is(s.Err, syscall.ENOSPC) || !strings.Contains(s.Err.Error(), "standard output") {
		t.Errorf("error %v", s.Err)
	}
	checkStats(t, w, 0, 1, 0)
	if err := w.Close(2); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("close: %v", err)
	}
	checkStats(t, w, 0, 0, 1)
}

func TestStdoutManyWorkers(t *testing.T) {
	dst := &shortWriter{limit: -1}
	out := NewStdout(dst)
	var wg sync.WaitGroup
	for range 4 {
		c := out.Channel()
		wg.Go(func() {
			for range 200 {
				c.Write(batchOf("0123456789", "abcdef"), 0)
			}
		})
	}
	wg.Wait()
	if got, want := dst.String(), strings.Repeat("0123456789\nabcdef\n", 800); got != want {
		t.Error("batches of several workers are mixed")
	}
}
