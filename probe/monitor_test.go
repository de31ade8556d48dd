package probe

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/bench/traffic"
	"mmt/config"
	"mmt/metrics"
)

// traceOf writes a trace of generated traffic.
func traceOf(t *testing.T, scenarios ...string) string {
	t.Helper()
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, traffic.Generate(2, scenarios, 4)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.pcap")
	if err := os.WriteFile(path, trace.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// watchedRun is a run that shows itself, and looks at itself whenever a report is
// written.
type watchedRun struct {
	*testing.T
	run   *Run
	looks int
	last  metrics.Snapshot
	out   bytes.Buffer
}

func (w *watchedRun) Write(b []byte) (int, error) {
	w.looks++
	w.run.monitor.Snapshot(&w.last)
	if s := &w.last; s.Packets.Received != s.Packets.Analyzed+s.Dropped() {
		w.Errorf("look %d: received %d, analysed %d, dropped %d", w.looks, s.Packets.Received, s.Packets.Analyzed, s.Dropped())
	}
	return w.out.Write(b)
}

// TestFiguresAtTheEnd: reports are written last of all; what the metrics show
// then is what the run returns.
func TestFiguresAtTheEnd(t *testing.T) {
	for _, threads := range []string{"0", "2"} {
		dir := t.TempDir()
		c, err := config.Load("", []string{
			"dump-pcap.enable=true", "dump-pcap.protocols={ssh}", "dump-pcap.output-dir=" + dir,
			"alert-pcap.enable=true", "alert-pcap.output-dir=" + dir, "enable-tcp-reassembly=true", "enable-ip-defragmentation=true",
			"reconstruct-data.http.enable=true", "reconstruct-data.http.output-dir=" + dir,
			"input.mode=OFFLINE", "input.source=" + traceOf(t, "web", "ssh", "l2", "scans", "spoof"), "input.pcap-filter=not arp", "prometheus.enable=true", "prometheus.address=127.0.0.1:0",
			"output.cache-max=1", "session-report.enable=true", "session-report.output-channel=stdout",
			"security.enable=true", "security.thread-nb=" + threads, "security.output-channel=stdout",
		})
		if err != nil {
			t.Fatal(err)
		}
		w := &watchedRun{T: t}
		w.run = &Run{Config: c, Log: slog.New(slog.DiscardHandler), Stdout: w}
		res, err := w.run.Do(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		w.run.monitor.Snapshot(&w.last)
		if w.looks < 10 {
			t.Errorf("looked %d times", w.looks)
		}
		w.compare(res, threads)
	}
}

// compare holds the last figures against the result.
func (w *watchedRun) compare(res *Result, threads string) {
	s := &w.last
	for _, c := range []struct {
		name      string
		got, want uint64
	}{
		{"received", s.Packets.Received, res.Received + res.Filtered + res.Dropped},
		{"analysed", s.Packets.Analyzed, res.Totals.Packets},
		{"bytes", s.Packets.AnalyzedBytes, res.Totals.Bytes},
		{"dropped", s.Dropped(), res.Filtered},
		{"sessions", s.Sessions.Created, res.Totals.Session.Created},
		{"active sessions", s.Sessions.Active, 0},
		{"reports", s.Reports, res.Totals.Reports},
		{"written", s.Channels[0].Written, res.Written},
		{"lines", uint64(bytes.Count(w.out.Bytes(), []byte("\n"))), res.Written},
		{"rules", s.Security.Rules, uint64(res.Security.Rules)},
		{"verdicts", sumVerdicts(s), res.Security.Stats.Verdicts},
		{"protocols", uint64(len(s.Protocols)), uint64(len(res.Protocols))},
		{"workers", uint64(len(s.Workers)), 1},
		{"dumped packets", s.Dump.Packets, res.Saved.Dump.Packets},
		{"dump files", s.Dump.Files, res.Saved.Dump.Files},
		{"alert files", s.Evidence.Files, res.Saved.Evidence.Files},
		{"packets around alerts", s.Evidence.Packets, res.Saved.Evidence.Packets},
		{"reconstructed files", s.Reconstruction.Files, res.Saved.Files.Files},
		{"reconstructed bytes", s.Reconstruction.Bytes, res.Saved.Files.Bytes},
	} {
		if c.got != c.want || c.want == 0 && c.name != "active sessions" {
			w.Errorf("%s security threads, %s: %d, the run says %d", threads, c.name, c.got, c.want)
		}
	}
	if ring := fmt.Sprint(s.Rings); threads == "2" && ring != "[{security-0 0 1024}]" || threads == "0" && ring != "[]" {
		w.Errorf("%s security threads, rings %s", threads, ring)
	}
	byName := map[string]metrics.Protocol{}
	for _, p := range s.Protocols {
		byName[p.Name] = p
	}
	for _, p := range res.Protocols {
		if got := byName[p.Name]; got.Packets != p.Packets || got.Bytes != p.Bytes {
			w.Errorf("%+v, the run says %+v", got, p)
		}
	}
}

func sumVerdicts(s *metrics.Snapshot) (n uint64) {
	for _, v := range s.Verdicts {
		n += v.Count
	}
	return n
}

// TestSystemdIsTold: a service of Type=notify says that it is ready, that it
// lives while it waits for the rest of a trace, and that it stops.
func TestSystemdIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "100000")
	told := make(chan []string, 1)
	trace := traceOf(t, "dns")
	go func() { told <- listenAndFeed(t, systemd, fifo, trace) }()
	analyse(t, fifo)
	all := <-told
	if len(all) < 4 || !strings.HasPrefix(all[0], "READY=1\nSTATUS="+fifo) || !strings.HasPrefix(all[len(all)-1], "STOPPING=1\n") {
		t.Errorf("told %q", all)
	}
}

// listenAndFeed gives a trace to a FIFO whose end comes after two signs of life,
// and returns what systemd was told.
func listenAndFeed(t *testing.T, systemd *net.UnixConn, fifo, trace string) (told []string) {
	in, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer in.Close()
	packets, err := os.ReadFile(trace)
	if err == nil {
		_, err = in.Write(packets)
	}
	buf := make([]byte, 4096)
	for err == nil && (told == nil || !strings.HasPrefix(told[len(told)-1], "STOPPING")) {
		if err = systemd.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			break
		}
		var n int
		if n, err = systemd.Read(buf); err == nil {
			told = append(told, string(buf[:n]))
		}
		if len(told) == 3 && told[1] == "WATCHDOG=1" && told[2] == "WATCHDOG=1" {
			in.Close()
		}
	}
	if err != nil {
		t.Errorf("told %q, then %v", told, err)
	}
	return told
}

// TestBeating: a worker that is stuck is found out.
func TestBeating(t *testing.T) {
	m := &monitor{vitals: []*vitals{newVitals("0", nil), newVitals("1", nil)}}
	before := make([]uint64, 2)
	var got bool
	for i, c := range []struct {
		beats []uint64
		want  bool
	}{
		{[]uint64{1, 1}, true}, {[]uint64{0, 1}, false}, {[]uint64{1, 0}, false}, {[]uint64{0, 0}, false}, {[]uint64{5, 1}, true},
	} {
		for w, n := range c.beats {
			m.vitals[w].beats.Add(n)
		}
		if got, before = m.beating(before); got != c.want {
			t.Errorf("step %d: %v, want %v", i, got, c.want)
		}
	}
}

func TestNobodyLooks(t *testing.T) {
	var m *monitor
	vital := m.vitalsOf(make([]*analyzer.Worker, 1))[0]
	m.attach(&crew{}, nil)
	vital.Begin()
	vital.Took(1)
	vital.End()
	m.ready()
	m.stopping()
	m.close()
	if vital != nil {
		t.Error("figures are taken for nobody")
	}
}

// TestTakeAllocatesNothing holds the promise to the hot path.
func TestTakeAllocatesNothing(t *testing.T) {
	c, err := config.Load("", []string{"input.mode=OFFLINE", "input.source=" + traceOf(t, "web", "dns", "ssh", "scans"), "security.enable=true",
		"security.output-channel=stdout", "prometheus.enable=true", "prometheus.address=127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	run := &Run{Config: c, Log: slog.New(slog.DiscardHandler), Stdout: &bytes.Buffer{}}
	if _, err := run.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	v := run.monitor.vitals[0]
	for range 3 {
		v.Took(0)
	}
	if n := testing.AllocsPerRun(100, func() { v.Took(0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	seen := map[dpi.ProtocolID]bool{}
	for _, id := range v.worker.Handler().Seen() {
		if seen[id] || v.worker.Handler().Stats(id).Packets == 0 {
			t.Errorf("protocol %d is seen twice or never", id)
		}
		seen[id] = true
	}
	fmt.Fprintf(t.Output(), "%d protocols, %d kinds of verdicts, %s\n", len(seen), len(v.worker.VerdictCounts()),
		testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				v.Took(0)
			}
		}))
}
