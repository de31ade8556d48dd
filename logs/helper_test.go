package logs

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move on.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 22, 5, 6, 7, 890e6, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// buffer is a writer that several goroutines use.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// recorder is a sink whose messages tests look at, and that can fail or stand still.
type recorder struct {
	mu    sync.Mutex
	lines []string
	err   error
	stuck chan struct{} // not nil: a message waits until it is closed
}

func (r *recorder) write(e *entry) error {
	r.mu.Lock()
	stuck := r.stuck
	r.mu.Unlock()
	if stuck != nil {
		<-stuck
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.lines = append(r.lines, e.sev.String()+": "+e.message())
	}
	return r.err
}

func (r *recorder) reopen() error { return errors.New("no such folder") }
func (r *recorder) close() error  { return nil }

func (r *recorder) set(err error, stuck chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.stuck = err, stuck
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n")
}

// await waits until holds is true.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("in vain waited for: ", what)
		}
	}
}

// nowhere are places where nobody listens.
func nowhere(c *clock) places { return places{journal: "none", syslog: "none", now: c.now} }

// mustOpen opens a log that is closed at the end of the test.
func mustOpen(t *testing.T, o Options, p places) *Log {
	t.Helper()
	l, err := open(o, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// daemon is a socket that takes datagrams, and a channel of them.
func daemon(t *testing.T, path string) (<-chan string, io.Closer) {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 100)
	go func() {
		b := make([]byte, 1<<17)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			got <- string(b[:n])
		}
	}()
	t.Cleanup(func() { conn.Close() })
	return got, conn
}

// next is the next datagram.
func next(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case s := <-from:
		return s
	case <-time.After(30 * time.Second):
		t.Fatal("no message came")
		return ""
	}
}

// socketPath is one short enough for a socket.
func socketPath(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, name)
}
