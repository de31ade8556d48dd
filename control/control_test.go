package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// toy is a Target that counts.
type toy struct {
	mu       sync.Mutex
	running  bool
	settings []string
	broken   bool
}

func (t *toy) Start(context.Context) Answer { return t.turn(true) }
func (t *toy) Stop(context.Context) Answer  { return t.turn(false) }

func (t *toy) turn(on bool) Answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.broken:
		return Answer{Failed, "it is\nbroken"}
	case t.running == on:
		return Answer{Code: Already}
	}
	t.running = on
	return Answer{}
}

func (t *toy) Update(_ context.Context, settings []string) Answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.Contains(settings, "bad=1") {
		return Answer{Syntax, "bad is bad"}
	}
	t.settings = append(t.settings, settings...)
	return Answer{Code: Applied}
}

func (t *toy) Values() []Value { return []Value{{"a.b", "1"}, {"c", `"x"`}} }
func (t *toy) Status() Status  { return Status{Source: "eth0", Running: t.running} }

var silent = slog.New(slog.DiscardHandler)

func listen(t *testing.T, target Target) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.sock")
	s, err := ListenSocket(path, target, silent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the socket is still there: %v", err)
		}
	})
	return path
}

// ask sends something and returns all that comes back until the end.
func ask(t *testing.T, path, text string) string {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(conn, text) // the far end may have refused it before its end
	conn.(*net.UnixConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%.40q: %v", text, err)
	}
	return string(answer)
}

func TestSocketAnswers(t *testing.T) {
	target := &toy{}
	path := listen(t, target)
	for _, c := range []struct{ send, want string }{
		{"start\x00", "0 done\n"},
		{"start\x00", "1 already running\n"},
		{"stop\x00stop\x00", "0 done\n1 not running\n"},
		{"ls\x00", "a.b=1\nc=\"x\"\n"},
		{"update{\na.b=2\nc=\"x y\"\n}\x00", "1 applied after restarting the processing\n"},
		{"update{\nbad=1\n}\x00", "2 syntax error, nothing has changed: bad is bad\n"},
	} {
		if got := ask(t, path, c.send); got != c.want {
			t.Errorf("%q: %q, want %q", c.send, got, c.want)
		}
	}
	if want := []string{"a.b=2", `c="x y"`}; !slices.Equal(target.settings, want) {
		t.Errorf("settings %q, want %q", target.settings, want)
	}
	target.broken = true
	if got, want := ask(t, path, "start\x00"), "2 error: it is; broken\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestBrokenClients: whatever clients send, others are answered.
func TestBrokenClients(t *testing.T) {
	path := listen(t, &toy{})
	mute, err := net.Dial("unix", path) // never says anything
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	for _, text := range []string{
		"\x00", "START\x00", "update\x00", "update{}\x00", "update{\na\n}\x00", "update{a=1\x00", "\xff\xfe\x01\x00", "startstop\x00", "{}\x00",
	} {
		if got := ask(t, path, text); !strings.HasPrefix(got, "2 syntax error: ") || strings.Count(got, "\n") != 1 {
			t.Errorf("%q: %q, want one line that begins with 2", text, got)
		}
	}
	if got := ask(t, path, strings.Repeat("x", MaxCommand+1)); !strings.HasPrefix(got, "2 the command is longer than") {
		t.Errorf("a huge command: %q", got)
	}
	var all sync.WaitGroup
	for range 2 * maxClients {
		all.Go(func() {
			if got := ask(t, path, "ls\x00"); !strings.HasPrefix(got, "a.b=1\n") {
				t.Errorf("one of many: %q", got)
			}
		})
	}
	all.Wait()
}

// TestSilentClient: a client that only waits for the end of the answer sees it.
func TestSilentClient(t *testing.T) {
	conn, err := net.Dial("unix", listen(t, &toy{}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "start\x00")
	if got, err := io.ReadAll(conn); err != nil || string(got) != "0 done\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestCommandWithoutNUL: the end of what a client sends ends its command.
func TestCommandWithoutNUL(t *testing.T) {
	conn, err := net.Dial("unix", listen(t, &toy{}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintln(conn, "start")
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || string(got) != "0 done\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSocketPath(t *testing.T) {
	path := listen(t, &toy{})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("%v, %v, want the rights %o", info.Mode(), err, socketMode)
	}
	if _, err := ListenSocket(path, &toy{}, silent); err == nil || !strings.Contains(err.Error(), "another process takes commands at "+path) {
		t.Errorf("a socket in use: %v", err)
	}
	stale := filepath.Join(t.TempDir(), "stale.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	s, err := ListenSocket(stale, &toy{}, silent)
	if err != nil {
		t.Fatalf("a socket that a dead process left: %v", err)
	}
	s.Close()
	if err := os.WriteFile(stale, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ListenSocket(stale, &toy{}, silent); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("a file in the way: %v", err)
	}
}

const token = "0123456789abcdef"

func TestHTTP(t *testing.T) {
	target := &toy{}
	h, err := ListenHTTP("127.0.0.1:0", token, target, silent)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, c := range []struct {
		method, path, token, body string
		status                    int
		want                      string
	}{
		{"POST", "/start", "", "", 401, "no token"},
		{"GET", "/status", token[1:], "", 401, "no token"},
		{"POST", "/start", token, "", 200, `{"code":0,"meaning":"done"}`},
		{"POST", "/start", token, "", 409, `{"code":1,"meaning":"already running"}`},
		{"GET", "/start", token, "", 405, ""},
		{"GET", "/status", token, "", 200, `"source":"eth0","running":true`},
		{"GET", "/options", token, "", 200, `[{"name":"a.b","value":"1"},`},
		{"POST", "/update", token, `{"a.b": 2, "c": "x", "d": true}`, 200, `{"code":1,"meaning":"applied after restarting the processing"}`},
		{"POST", "/update", token, `{"bad": 1}`, 400, "bad is bad"},
		{"POST", "/update", token, `{"c": "x\ny"}`, 400, "more than one line"},
		{"POST", "/update", token, `{"c": ["x"]}`, 400, "no text, number or boolean"},
		{"POST", "/update", token, `{}`, 400, "no setting"},
		{"POST", "/update", token, strings.Repeat(" ", MaxCommand+1), 400, "too large"},
	} {
		r, err := http.NewRequest(c.method, "http://"+h.Address()+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || !strings.Contains(string(body), c.want) {
			t.Errorf("%s %s %.40s: %d %s, want %d %s", c.method, c.path, c.body, resp.StatusCode, body, c.status, c.want)
		}
		if c.status != 405 && !json.Valid(body) {
			t.Errorf("%s %s: not JSON: %s", c.method, c.path, body)
		}
	}
	if want := []string{"a.b=2", "c=x", "d=true"}; !slices.Equal(target.settings, want) {
		t.Errorf("settings %q, want %q", target.settings, want)
	}
}

func TestReadToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	for text, ok := range map[string]bool{"": false, "short\n": false, token + "\n": true, token + " " + token: false} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, warning, err := ReadToken(path)
		if (err == nil) != ok || ok && got != token || warning != "" {
			t.Errorf("%q: %q, %q, %v", text, got, warning, err)
		}
	}
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, warning, err := ReadToken(path); err != nil || !strings.Contains(warning, "can be read by everybody") {
		t.Errorf("%q, %v", warning, err)
	}
}

// FuzzParse: whatever is sent, a command is understood as it stands or refused in
// one line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"start", "stop", "ls", "update{\na.b=1\n}", "update {\n\"x\"=\n\n}", "update{", "up\xffdate{\r\n=\n}", strings.Repeat("{", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(text)
		if err != nil {
			if strings.ContainsFunc(err.Error(), isLineEnd) {
				t.Fatalf("an error of several lines: %q", err)
			}
			return
		}
		if (c.verb == verbUpdate) != (len(c.settings) > 0) {
			t.Fatalf("%+v", c)
		}
		for _, s := range c.settings {
			if !strings.Contains(text, s) || !strings.Contains(s, "=") || strings.Contains(s, "\n") {
				t.Fatalf("the setting %q", s)
			}
		}
	})
}
