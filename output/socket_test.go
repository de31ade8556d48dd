package output

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mmt/testserver"
)

// lineServer reads lines from all connections.
type lineServer struct {
	listener net.Listener
	mu       sync.Mutex
	got      []string
	conns    []net.Conn
	readers  sync.WaitGroup
}

func listenLines(t *testing.T, network, address string) *lineServer {
	t.Helper()
	l, err := net.Listen(network, address)
	noError(t, err)
	return serveLines(l)
}

func serveLines(l net.Listener) *lineServer {
	s := &lineServer{listener: l}
	s.readers.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, conn)
			s.mu.Unlock()
			s.readers.Go(func() { s.read(conn) })
		}
	})
	return s
}

// read keeps whole lines.
func (s *lineServer) read(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		s.mu.Lock()
		s.got = append(s.got, strings.TrimSuffix(line, "\n"))
		s.mu.Unlock()
	}
}

// kill ends the server and all connections, and returns the lines.
func (s *lineServer) kill() []string {
	s.listener.Close()
	s.mu.Lock()
	for _, conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.readers.Wait()
	return s.got
}

func (s *lineServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

// TestSocketReconnects kills the server while lines are on their way.
func TestSocketReconnects(t *testing.T) {
	for _, network := range []string{"unix", "tcp"} {
		t.Run(network, func(t *testing.T) {
			address := filepath.Join(t.TempDir(), "sock")
			if network == "tcp" {
				address = fmt.Sprint("127.0.0.1:", testserver.FreePort(t))
			}
			server := listenLines(t, network, address)
			address = server.listener.Addr().String()
			q, log := startQueue(t, NewSocket(network, address), QueueOptions{BatchLines: 20, SpillDir: t.TempDir(), SpillSize: 1 << 20})
			var got []string
			for from := 0; from < 3000; from += 10 {
				putLines(q, from, from+10)
				time.Sleep(100 * time.Microsecond)
				switch from {
				case 1000:
					eventually(t, "lines come", func() bool { return server.count() > 0 })
					got = server.kill()
				case 2000:
					eventually(t, "the failure is seen", func() bool { return q.Stats().Failing })
					server = listenLines(t, network, address)
				}
			}
			noError(t, q.Close(longTime))
			checkQueue(t, q, 3000, 0, Losses{})
			eventually(t, "the last line", func() bool { return server.count() > 0 && lastLine(server) == "line 2999" })
			got = append(got, server.kill()...)
			checkAtLeastOnce(t, got, 3000, 20)
			if log.count("does not take") != 1 || log.count("takes reports again") != 1 {
				t.Errorf("log: %s", log)
			}
		})
	}
}

func lastLine(s *lineServer) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got[len(s.got)-1]
}

// checkAtLeastOnce checks that all lines came, and at most so many twice.
func checkAtLeastOnce(t *testing.T, got []string, want, twice int) {
	t.Helper()
	seen := map[string]bool{}
	for _, line := range got {
		seen[line] = true
	}
	for i := range want {
		if !seen[fmt.Sprintf("line %d", i)] {
			t.Fatalf("line %d is missing", i)
		}
	}
	if len(seen) != want || len(got)-want > twice {
		t.Errorf("%d lines, %d different, want %d and at most %d twice", len(got), len(seen), want, twice)
	}
}

// TestSocketUnread holds that lines that a server takes and does not read are
// not counted as written.
func TestSocketUnread(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sock")
	l, err := net.Listen("unix", path)
	noError(t, err)
	defer l.Close()
	dir := t.TempDir()
	q, _ := startQueue(t, NewSocket("unix", path), QueueOptions{SpillDir: dir, SpillSize: 1 << 20, SendTimeout: 50 * time.Millisecond})
	putLines(q, 0, 10)
	eventually(t, "the failure is seen", func() bool { return q.Stats().Failing && q.Stats().Spilled == 10 })
	noError(t, q.Close(10*time.Millisecond))
	checkQueue(t, q, 0, 10, Losses{})
}

func TestSocketDatagrams(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	noError(t, err)
	defer server.Close()
	q, _ := startQueue(t, NewSocket("udp", server.LocalAddr().String()), QueueOptions{})
	ch := q.Channel()
	ch.Write(batchOf("line 0", "line 1", strings.Repeat("x", 70000), "line 2"), 0)
	noError(t, q.Close(longTime))
	checkQueue(t, q, 3, 0, Losses{LostRefused: 1})
	var got []string
	buf := make([]byte, 100)
	for range 3 {
		server.SetReadDeadline(time.Now().Add(longTime))
		n, _, err := server.ReadFrom(buf)
		noError(t, err)
		got = append(got, strings.TrimSuffix(string(buf[:n]), "\n"))
	}
	checkLines(t, got, 3)
}
