package logs

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLevels: of the levels of syslog each lets through its own and more urgent
// ones.
func TestLevels(t *testing.T) {
	all := []slog.Level{LevelCritical, slog.LevelError, slog.LevelWarn, LevelNotice, slog.LevelInfo, slog.LevelDebug}
	for level := range MaxLevel + 1 {
		var out buffer
		l := mustOpen(t, Options{Name: "x", Errors: &out, Level: level}, nowhere(newClock()))
		for _, at := range all {
			l.Log(t.Context(), at, "m")
		}
		l.Close()
		want := max(0, level-1)
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("level %d writes %d messages, want %d", level, got, want)
		}
		if c := l.Counts(); c != (Counts{Written: uint64(want)}) {
			t.Errorf("level %d: %+v", level, c)
		}
	}
	for _, bad := range []int{-1, 8} {
		if _, err := open(Options{Errors: &buffer{}, Level: bad}, nowhere(newClock())); err == nil {
			t.Errorf("level %d is taken", bad)
		}
	}
}

func TestText(t *testing.T) {
	at := time.Date(2026, 11, 22, 5, 6, 7, 890e6, time.FixedZone("", 3600))
	e := entry{time: at, sev: warning, text: "name \x1b[2J\xff\u202e\nsecond line\n",
		fields: []field{{"a", "b"}, {"c", "d e"}, {"f", ""}, {"g", "x\n"}, {"h", `"`}}}
	const message = "name \\x1b[2J\\xff\\u202e\n\tsecond line a=b c=\"d e\" f=\"\" g=\"x\\n\" h=\"\\\"\""
	if got, want := longLine("mmt-probe", &e), "2026-11-22T05:06:07.890+01:00 mmt-probe warning: "+message+"\n"; got != want {
		t.Errorf("long %q, want %q", got, want)
	}
	if got, want := shortLine(&e), "\r\033[K05:06:07 warning: "+message+"\n"; got != want {
		t.Errorf("short %q, want %q", got, want)
	}
	e.sev = information
	if got := shortLine(&e); !strings.HasPrefix(got, "\r\033[K05:06:07 name") {
		t.Errorf("short %q", got)
	}
}

// TestHandler: groups, attributes of loggers, and long values.
func TestHandler(t *testing.T) {
	r := &recorder{}
	q := newQueue(r, debugging, time.Now)
	go q.run()
	l := slog.New(&handler{to: q}).With("a", 1)
	b := l.WithGroup("g").With("b", 2)
	b.Info("m", "c", errors.New("x"), slog.Group("h", "d", time.Second), slog.Group("", "e", true), slog.Attr{})
	l.WithGroup("").Info("n", "long", strings.Repeat("v", maxValue+1))
	if err := q.close(); err != nil {
		t.Error(err)
	}
	want := "info: m a=1 g.b=2 g.c=x g.h.d=1s g.e=true\ninfo: n a=1 long=" + strings.Repeat("v", maxValue) + "..."
	if r.text() != want {
		t.Errorf("%q, want %q", r.text(), want)
	}
}

func TestFile(t *testing.T) {
	c, path := newClock(), filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := mustOpen(t, Options{Name: "x", File: path, Level: 7}, nowhere(c))
	holds := func(path, want string) func() bool {
		return func() bool { text, _ := os.ReadFile(path); return strings.HasSuffix(string(text), want) }
	}
	l.Info("one")
	await(t, "the first message", holds(path, " x info: one\n"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	c.pass(2 * time.Second) // is seen without being told
	l.Info("two")
	await(t, "a new file", holds(path, " x info: two\n"))
	if err := os.Rename(path, path+".2"); err != nil {
		t.Fatal(err)
	}
	l.Reopen()
	await(t, "another file", func() bool { _, err := os.Stat(path); return err == nil })
	l.Info("three")
	await(t, "the third message", holds(path, " x info: three\n"))
	l.Close()
	for name, want := range map[string]int{path + ".1": 2, path + ".2": 1, path: 1} {
		text, err := os.ReadFile(name)
		if err != nil || bytes.Count(text, []byte("\n")) != want {
			t.Errorf("%s: %q %v, want %d lines", name, text, err, want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("rights %v, %v", info.Mode(), err)
	}
	if _, err := open(Options{File: filepath.Join(t.TempDir(), "none", "x"), Level: 6}, nowhere(c)); err == nil || !strings.HasSuffix(err.Error(), "(create its folder, or name another file)") {
		t.Errorf("a file in no folder: %v", err)
	}
	if _, err := open(Options{File: path + "/x", Level: 6}, nowhere(c)); err == nil || !strings.Contains(err.Error(), "logfile: open "+path) {
		t.Errorf("a file that cannot be: %v", err)
	}
}

// TestFileGoesOn: where the file cannot be opened again the old one has all, and
// why.
func TestFileGoesOn(t *testing.T) {
	c, dir := newClock(), filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l := mustOpen(t, Options{Name: "x", File: filepath.Join(dir, "log"), Level: 7}, nowhere(c))
	if err := os.Rename(dir, dir+"2"); err != nil {
		t.Fatal(err)
	}
	c.pass(2 * time.Second)
	l.Info("one")
	l.Close()
	text, err := os.ReadFile(filepath.Join(dir+"2", "log"))
	if err != nil || !regexp.MustCompile(`(?s)error: the log goes on where it was: logfile: open .*info: one\n$`).Match(text) {
		t.Errorf("%q %v", text, err)
	}
}

func TestSyslog(t *testing.T) {
	c, path := newClock(), socketPath(t, "log")
	got, listener := daemon(t, path)
	l := mustOpen(t, Options{Name: "mmt-probe", System: true, Errors: &buffer{}, Level: 7}, places{journal: "none", syslog: path, now: c.now})
	l.Warn("first\nsecond", "a", 1)
	l.Debug("x")
	for _, want := range []string{"<28>.*first", "<28>.*second a=1", "<31>.*x"} {
		pattern := fmt.Sprintf(`^%s$`, strings.Replace(want, ".*", fmt.Sprintf(`[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d mmt-probe\[%d\]: `, os.Getpid()), 1))
		if s := next(t, got); !regexp.MustCompile(pattern).MatchString(s) {
			t.Errorf("%q, want %s", s, pattern)
		}
	}
	listener.Close() // the daemon restarts
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	l.Info("nobody")
	await(t, "a message is lost", func() bool { return l.Counts().Lost == 1 })
	got, _ = daemon(t, path)
	if s := next(t, got); !strings.Contains(s, "1 messages of this log were lost: ") {
		t.Errorf("after a restart: %q", s)
	}
	l.Info(strings.Repeat("x", maxDatagram))
	if s := next(t, got); len(s) != maxDatagram || !strings.HasSuffix(s, "x...") {
		t.Errorf("%d bytes", len(s))
	}
}

// TestSyslogStream is a daemon that takes a stream.
func TestSyslogStream(t *testing.T) {
	path := socketPath(t, "log")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	l := mustOpen(t, Options{Name: "x", System: true, Errors: &buffer{}, Level: 7}, places{journal: "none", syslog: path, now: time.Now})
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	l.Info("one")
	b := make([]byte, 1000)
	if n, err := conn.Read(b); err != nil || !strings.HasSuffix(string(b[:n]), "]: one\x00") {
		t.Errorf("%q %v", b[:n], err)
	}
}

// errorsFile is a file that stands for standard error and what $JOURNAL_STREAM
// says of it.
func errorsFile(t *testing.T) (*os.File, string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	return f, fmt.Sprintf("%d:%d", s.Dev, s.Ino)
}

func TestJournal(t *testing.T) {
	path := socketPath(t, "socket")
	got, _ := daemon(t, path)
	stderr, stream := errorsFile(t)
	l := mustOpen(t, Options{Name: "mmt-probe", System: true, Errors: stderr, Level: 7}, places{path, "none", stream, time.Now})
	if !l.InJournal() || l.OnErrors() {
		t.Error("is not in the journal")
	}
	l.Error("one", "output.channel-9", "x")
	s := next(t, got)
	for _, want := range []string{
		"MESSAGE=one output.channel-9=x\n", "\nPRIORITY=3\n", "\nSYSLOG_IDENTIFIER=mmt-probe\n", "\nSYSLOG_FACILITY=3\n",
		fmt.Sprintf("\nSYSLOG_PID=%d\n", os.Getpid()), "logs_test.go\n", "\nCODE_LINE=", "\nCODE_FUNC=mmt/logs.TestJournal\n", "\nMMT_OUTPUT_CHANNEL_9=x\n",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in %q", want, s)
		}
	}
	l.Info("one\ntwo")
	if s := next(t, got); !strings.HasPrefix(s, "MESSAGE\n\x07\x00\x00\x00\x00\x00\x00\x00one\ntwo\nPRIORITY=6\n") {
		t.Errorf("lines: %q", s)
	}
	if name := journalName(strings.Repeat("é", 100)); len(name) != maxJournalName {
		t.Errorf("a name of %d bytes", len(name))
	}
}

// TestWhere: which of the places it is.
func TestWhere(t *testing.T) {
	socket := socketPath(t, "s")
	daemon(t, socket)
	stderr, stream := errorsFile(t)
	for _, c := range []struct {
		name         string
		file, stream string
		system       bool
		journal, sys string
		want         string
	}{
		{"service", "", stream, true, socket, socket, "*logs.journal"},
		{"standard error of a service goes elsewhere", "", "1:2", true, socket, socket, "*logs.syslog"},
		{"no journal after all", "", stream, true, "none", "none", "*logs.stream"},
		{"no service", "", "", true, socket, socket, "*logs.syslog"},
		{"a command", "", "", false, socket, socket, "*logs.stream"},
		{"no daemon", "", "", true, "none", "none", "*logs.stream"},
		{"standard error is wanted", Stderr, stream, true, socket, socket, "*logs.stream"},
		{"a file is wanted", filepath.Join(t.TempDir(), "log"), stream, true, socket, socket, "*logs.file"},
	} {
		o := Options{Name: "x", File: c.file, System: c.system, Errors: stderr}
		s, err := o.sink(places{c.journal, c.sys, c.stream, time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%T", s); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		s.close()
	}
}
