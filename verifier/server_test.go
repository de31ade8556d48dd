package verifier

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/verifier/wire"
)

// logText is a log that several goroutines write.
type logText struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// await waits until the log has text n times.
func (l *logText) await(t *testing.T, text string, n int) {
	t.Helper()
	for range 3000 {
		l.mu.Lock()
		got := strings.Count(l.buf.String(), text)
		l.mu.Unlock()
		if got >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the log has not %d times %q: %s", n, text, l.buf.String())
}

// running is a server that runs.
type running struct {
	address string
	log     logText
	server  *Server
	stop    func() ServerStats
	ports   []uint64 // by verdict
}

// start starts a server with portRule on a UNIX socket.
func start(t *testing.T, maxMessage int) *running {
	t.Helper()
	r := &running{address: filepath.Join(t.TempDir(), "v.sock")}
	l, err := Listen(r.address)
	if err != nil {
		t.Fatal(err)
	}
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	if err := reg.Freeze(); err != nil {
		t.Fatal(err)
	}
	s := NewServer(ServerOptions{Registry: reg, MaxMessage: maxMessage, Log: slog.New(slog.NewTextHandler(&r.log, nil)),
		Engine: portEngine(t, func(port, _ uint64) { r.ports = append(r.ports, port) })})
	r.server = s
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan ServerStats)
	go func() {
		stats, err := s.Serve(ctx, l)
		if err != nil {
			t.Error(err)
		}
		done <- stats
	}()
	r.stop = sync.OnceValue(func() ServerStats {
		cancel()
		return <-done
	})
	t.Cleanup(func() { r.stop() })
	return r
}

// messages are messages of one port each.
func messages(ports ...uint64) []byte {
	e := wire.NewEncoder(0)
	for _, p := range ports {
		var v dpi.Value
		v.SetU(dpi.U16, p)
		e.Begin(int64(p) * 1e9)
		e.Add(portKey, &v)
		e.End()
	}
	return bytes.Clone(e.Bytes())
}

// TestPieces sends messages in pieces of all sizes.
func TestPieces(t *testing.T) {
	for size := 1; size < 100; size += 7 {
		r := start(t, 1000)
		conn, err := net.Dial("unix", r.address)
		if err != nil {
			t.Fatal(err)
		}
		want := []uint64{80, 81, 443, 9}
		for piece := range slices.Chunk(messages(want...), size) {
			if _, err := conn.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		conn.Close()
		r.log.await(t, "probe disconnected", 1)
		stats := r.stop()
		if !slices.Equal(r.ports, want) || stats.Messages != 4 || stats.Bytes != uint64(len(messages(want...))) || stats.Bad != 0 {
			t.Errorf("pieces of %d: ports %v, %+v", size, r.ports, stats)
		}
	}
}

// TestManyMessages sends more than one batch holds, from several probes at once.
func TestManyMessages(t *testing.T) {
	r := start(t, 1000)
	const probes, each = 4, 20000
	var senders sync.WaitGroup
	for range probes {
		senders.Go(func() {
			w, err := wire.Dial(r.address, 0)
			if err != nil {
				t.Error(err)
				return
			}
			a := security.Attribute{Key: portKey}
			for i := range each {
				a.Value.SetU(dpi.U16, uint64(i))
				if err := w.Send(int64(i), []security.Attribute{a}); err != nil {
					t.Error(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	r.log.await(t, "probe disconnected", probes)
	stats := r.stop()
	if len(r.ports) != probes*each || stats.Messages != probes*each || stats.Probes != probes {
		t.Errorf("%d verdicts, %+v", len(r.ports), stats)
	}
}

func TestBadProbes(t *testing.T) {
	good := messages(1)
	for _, c := range []struct {
		name, log string
		bytes     []byte
		verdicts  int
	}{
		{"text", "is above input.max_message_size, 1000", []byte("GET / HTTP/1.1\r\n\r\n"), 0},
		{"good, then bad", "less than the 21 of a header", append(bytes.Clone(good), 1, 0, 0, 0), 1},
		{"cut", "it ends after 7 bytes", append(bytes.Clone(good), good[:7]...), 1},
		{"wrong count", "attribute 2 of 2 runs past its end", changed(good, 4, 2), 0},
	} {
		r := start(t, 1000)
		conn, err := net.Dial("unix", r.address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(c.bytes); err != nil {
			t.Fatal(err)
		}
		if c.name == "cut" {
			conn.Close()
		} else if b, err := io.ReadAll(conn); len(b) > 0 {
			t.Errorf("%s: the server said %q, %v", c.name, b, err)
		}
		r.log.await(t, c.log, 1)
		other, err := wire.Dial(r.address, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
		r.log.await(t, "probe disconnected", 1)
		if stats := r.stop(); stats.Bad != 1 || len(r.ports) != c.verdicts || stats.Probes != 2 {
			t.Errorf("%s: %+v, %d verdicts, want %d", c.name, stats, len(r.ports), c.verdicts)
		}
	}
}

// changed returns b with one byte changed.
func changed(b []byte, at int, to byte) []byte {
	b = bytes.Clone(b)
	b[at] = to
	return b
}

// TestStopReadsWhatWasSent stops a server while probes are connected.
func TestStopReadsWhatWasSent(t *testing.T) {
	r := start(t, 1000)
	w, err := wire.Dial(r.address, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.log.await(t, "probe connected", 1)
	for i := range 1000 {
		a := security.Attribute{Key: portKey}
		a.Value.SetU(dpi.U16, uint64(i))
		if err := w.Send(0, []security.Attribute{a}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if stats := r.stop(); stats.Messages != 1000 || len(r.ports) != 1000 {
		t.Errorf("%+v, %d verdicts", stats, len(r.ports))
	}
}

// TestChange changes the rules while messages come.
func TestChange(t *testing.T) {
	r := start(t, 1000)
	w, err := wire.Dial(r.address, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.log.await(t, "probe connected", 1)
	rules := r.server.Engine.Rules()
	for i := range 20 {
		a := security.Attribute{Key: portKey}
		a.Value.SetU(dpi.U16, uint64(i))
		if err := errors.Join(w.Send(0, []security.Attribute{a}), w.Flush()); err != nil {
			t.Fatal(err)
		}
		c, err := r.server.Engine.Prepare(rules)
		if err != nil {
			t.Fatal(err)
		}
		if !r.server.Change(c) || len(c.Kept) != 1 {
			t.Fatalf("%+v was not applied", c)
		}
	}
	stats := r.stop()
	if stats.Messages != 20 || len(r.ports) != 20 {
		t.Errorf("%+v, %d verdicts", stats, len(r.ports))
	}
	c, err := r.server.Engine.Prepare(rules)
	if err != nil {
		t.Fatal(err)
	}
	if r.server.Change(c) {
		t.Error("a server that has ended takes a change")
	}
}

func TestListen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.sock")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "another program listens there") {
		t.Errorf("error %v", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	l, err = Listen(path)
	if err != nil {
		t.Fatalf("a socket that was left behind: %v", err)
	}
	l.Close()
	if _, err := Listen("nowhere"); err == nil {
		t.Error("listens at an address that is none")
	}
}

// FuzzPieces wants the same of a stream however it is cut.
func FuzzPieces(f *testing.F) {
	good := messages(80, 443, 9)
	f.Add(good, uint8(1))
	f.Add(good[:len(good)-3], uint8(20))
	f.Add(append(bytes.Clone(good), 1, 0, 0, 0, 5, 5), uint8(50))
	f.Add(changed(good, 4, 9), uint8(7))
	reg, err := proto.NewRegistry()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		const most = 200
		if len(stream) > batchSize {
			return
		}
		whole := newBatch(most)
		whole.start(stream)
		wantErr := whole.decode(&wire.Decoder{Registry: reg, Max: most})
		d := wire.Decoder{Registry: reg, Max: most}
		b, count, attributes := newBatch(most), 0, 0
		var gotErr error
		for piece := range slices.Chunk(stream, int(size)+1) {
			b.buf = append(b.buf, piece...)
			gotErr = b.decode(&d)
			count += len(b.messages)
			attributes += len(b.attributes)
			if gotErr != nil {
				break
			}
			b.start(bytes.Clone(b.rest()))
		}
		if (gotErr == nil) != (wantErr == nil) || count != len(whole.messages) || attributes != len(whole.attributes) {
			t.Errorf("%v, %d messages, %d attributes; in one piece %v, %d, %d", gotErr, count, attributes, wantErr, len(whole.messages), len(whole.attributes))
		}
	})
}
