package notify

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// environment is a getenv of the given variables.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// systemd listens where a service would tell.
func systemd(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestMessages(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "notify"), "@mmt-notify-test-" + strconv.Itoa(os.Getpid())} {
		conn := systemd(t, name)
		s, err := Open(environment("NOTIFY_SOCKET", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			send func() error
			want string
		}{
			{func() error { return s.Ready("eth0") }, "READY=1\nSTATUS=eth0"},
			{s.Alive, "WATCHDOG=1"},
			{s.Stopping, "STOPPING=1\nSTATUS=writing what is left"},
		} {
			if err := c.send(); err != nil {
				t.Fatal(err)
			}
			var buf [256]byte
			n, err := conn.Read(buf[:])
			if err != nil || string(buf[:n]) != c.want {
				t.Errorf("got %q, %v, want %q", buf[:n], err, c.want)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWatchdog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	systemd(t, name)
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"", "", 0}, {"20000000", "", 10 * time.Second}, {"20000000", strconv.Itoa(os.Getpid()), 10 * time.Second}, {"20000000", "1", 0},
	} {
		s, err := Open(environment("NOTIFY_SOCKET", name, "WATCHDOG_USEC", c.usec, "WATCHDOG_PID", c.pid))
		if err != nil || s.Interval() != c.want {
			t.Errorf("%+v: %v, %v", c, s.Interval(), err)
		}
		s.Close()
	}
}

func TestWithoutSystemd(t *testing.T) {
	s, err := Open(environment())
	if s != nil || err != nil {
		t.Fatalf("%v, %v", s, err)
	}
	if s.Ready("") != nil || s.Alive() != nil || s.Stopping() != nil || s.Close() != nil || s.Interval() != 0 {
		t.Error("nobody is there, and something was done")
	}
}

func TestBadEnvironment(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	systemd(t, name)
	for _, c := range []struct{ socket, usec, want string }{
		{"notify", "", "neither a path nor an abstract socket"},
		{name + "-none", "", "no such file"},
		{name, "soon", "WATCHDOG_USEC"},
		{name, "0", "WATCHDOG_USEC"},
		{name, "-3", "WATCHDOG_USEC"},
		{name, "99999999999999999999", "WATCHDOG_USEC"},
	} {
		_, err := Open(environment("NOTIFY_SOCKET", c.socket, "WATCHDOG_USEC", c.usec))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v", c, err)
		}
	}
}
