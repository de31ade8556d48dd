package probe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mmt/analyzer/dump"
	"mmt/analyzer/reconstruct"
	"mmt/analyzer/security"
	"mmt/bench/traffic"
	"mmt/config"
	"mmt/control"
	"mmt/dataplane"
	"mmt/metrics"
	"mmt/output"
	"mmt/pipeline"
)

// faulty is a source that crashes after some packets; live, it then waits for its end.
type faulty struct {
	*feed
	crash int // packets left until it crashes, which it does if there are more
	end   chan struct{}
	once  sync.Once
}

// feed is packets that several sources hand out, one after the other.
type feed struct {
	rest   []dataplane.Packet
	handed int
	done   chan struct{} // closed when all are handed out
}

func newFeed(packets []traffic.Packet) *feed {
	f := &feed{done: make(chan struct{})}
	for _, p := range packets {
		f.rest = append(f.rest, dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet})
	}
	return f
}

func (s *faulty) Receive(b *dataplane.Burst) error {
	if s.crash <= 0 {
		panic("a source with a mistake")
	}
	select {
	case <-s.end:
		return io.EOF
	default:
	}
	if b.N = copy(b.Packets[:], s.rest); b.N == 0 {
		s.once.Do(func() { close(s.done) })
		time.Sleep(time.Millisecond)
		return nil
	}
	s.rest, s.handed, s.crash = s.rest[b.N:], s.handed+b.N, s.crash-b.N
	return nil
}

func (s *faulty) Release(*dataplane.Burst)     {}
func (s *faulty) Stats() dataplane.Stats       { return dataplane.Stats{} }
func (s *faulty) Close() error                 { return nil }
func (s *faulty) Stop()                        { close(s.end) }
func (s *faulty) Counters() dataplane.Counters { return dataplane.Counters{} }
func (s *faulty) Describe() string             { return "packets of a test" }

// supervised returns a run over packets whose first two sources crash, and its
// reports and log.
func supervised(t *testing.T, mode string, threads int, f *feed) (run *Run, out, log *bytes.Buffer) {
	t.Helper()
	c, err := config.Load("", []string{"input.mode=" + mode, "input.source=lo", "session-report.enable=true", "session-report.output-channel=stdout",
		"prometheus.enable=true", "prometheus.address=127.0.0.1:0", "thread-nb=" + strconv.Itoa(threads)})
	if err != nil {
		t.Fatal(err)
	}
	out, log = &bytes.Buffer{}, &bytes.Buffer{}
	run = &Run{Config: c, Log: slog.New(slog.NewTextHandler(log, nil)), Stdout: out, restartPause: time.Millisecond}
	opened := 0
	run.newSources = func() ([]dataplane.Source, error) {
		if opened++; opened == 2 {
			return nil, errors.New("no source for once")
		}
		src := &faulty{feed: f, crash: 200, end: make(chan struct{})}
		if opened > 3 {
			src.crash = len(f.rest) + dataplane.BurstSize
		}
		return []dataplane.Source{src}, nil
	}
	return run, out, log
}

// TestCrashesAreSurvived: all packets of a live source are reported although what
// hands them out crashes, and the log has the stacks.
func TestCrashesAreSurvived(t *testing.T) {
	for _, threads := range []int{0, 1, 2} {
		f := newFeed(traffic.Generate(2, []string{"dns", "web"}, 2))
		run, out, log := supervised(t, "ONLINE", threads, f)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-f.done; cancel() }()
		res, err := run.Do(ctx)
		if err != nil {
			t.Fatalf("%d threads: %v", threads, err)
		}
		if n := packetsOf(out.String()); n != f.handed || res.Totals.Packets != uint64(n) {
			t.Errorf("%d threads: %d packets are reported and %d counted, want %d", threads, n, res.Totals.Packets, f.handed)
		}
		var s metrics.Snapshot
		run.monitor.Snapshot(&s)
		if s.Packets.Analyzed != uint64(f.handed) || len(s.Restarts) == 0 || s.Restarts[0] != (metrics.Restart{Reason: afterCrash, Count: 2}) {
			t.Errorf("%d threads: metrics %+v, %+v", threads, s.Packets, s.Restarts)
		}
		if n := strings.Count(log.String(), "faulty).Receive"); n < 2 || !strings.Contains(log.String(), "no source for once: it begins again in ") {
			t.Errorf("%d threads: log %s", threads, log)
		}
	}
}

// TestCrashOffline: a run over a trace ends by a crash, with what was before it.
func TestCrashOffline(t *testing.T) {
	f := newFeed(traffic.Generate(2, []string{"dns", "web"}, 2))
	run, out, _ := supervised(t, "OFFLINE", 2, f)
	_, err := run.Do(t.Context())
	var crash *pipeline.Crash
	if !errors.As(err, &crash) || !strings.Contains(err.Error(), "poller 0 crashed: a source with a mistake (what was analysed before is reported") {
		t.Errorf("error %v", err)
	}
	if n := packetsOf(out.String()); n == 0 || n != f.handed {
		t.Errorf("%d packets are reported, want %d", n, f.handed)
	}
}

// TestResultOfParts: what was counted before the processing began again is part of the
// result, also of what is not wanted any more.
func TestResultOfParts(t *testing.T) {
	part := func() *Result {
		return &Result{
			Security:  &SecurityResult{Stats: security.Stats{Verdicts: 2}, Verdicts: []RuleVerdicts{{Rule: 7, Verdicts: 2}}},
			Prefilter: &PrefilterResult{Drops: []PrefilterDrop{{"rules", 3}}},
			Saved:     SavedResult{Files: &reconstruct.Stats{Files: 1}, Dump: &dump.Stats{Files: 1}, Evidence: &dump.EvidenceStats{Files: 1}},
		}
	}
	for n, later := range []*Result{{}, part()} {
		later.add(part())
		sec, want := later.Security, uint64(n+1)
		if sec.Stats.Verdicts != 2*want || len(sec.Verdicts) != 1 || sec.Verdicts[0].Verdicts != 2*want || later.Prefilter.Drops[0].Packets != 3*want {
			t.Errorf("%d parts: %+v, %+v", want, sec, later.Prefilter)
		}
		if s := later.Saved; s.Files.Files != want || s.Dump.Files != want || s.Evidence.Files != want {
			t.Errorf("%d parts: %+v %+v %+v", want, s.Files, s.Dump, s.Evidence)
		}
	}
}

// breaking is an output that crashes once.
type breaking struct{ bytes.Buffer }

func (b *breaking) Write(p []byte) (int, error) {
	if b.Len() == 0 {
		b.WriteByte('\n')
		panic("an output with a mistake")
	}
	return b.Buffer.Write(p)
}

// TestCrashOfMerger: what comes after the lines at which the merger has crashed is
// reported, and nobody waits for it.
func TestCrashOfMerger(t *testing.T) {
	f := newFeed(traffic.Generate(2, []string{"dns", "web"}, 2))
	run, _, _ := supervised(t, "OFFLINE", 2, f)
	out := &breaking{}
	run.Stdout, run.Config.Output.CacheMax = out, 1
	run.newSources = func() ([]dataplane.Source, error) {
		return []dataplane.Source{&faulty{feed: f, crash: len(f.rest) + 1, end: make(chan struct{})}}, nil
	}
	_, err := run.Do(t.Context())
	if err == nil || !strings.Contains(err.Error(), "merger crashed: an output with a mistake") {
		t.Errorf("error %v", err)
	}
	if packetsOf(out.String()) == 0 {
		t.Error("nothing is reported after the crash")
	}
}

// TestCrashAtHandover: who waits for a thread to go on with other channels does not
// wait for ever if the ones before crash at their end.
func TestCrashAtHandover(t *testing.T) {
	w := output.NewWriter(output.Options{})
	w.Enable(output.ToStdout, output.NewStdout(&breaking{}).Channel())
	w.Write(output.ToStdout, []byte("line"))
	thread, h := &threadOutput{w: w}, &handover{done: make(chan error, 1)}
	thread.next.Store(h)
	func() {
		defer func() { recover() }()
		thread.Tick(0)
	}()
	if err := <-h.done; err != errTurn {
		t.Errorf("error %v", err)
	}
}

// TestUpdateThatFails: the processing goes on as before when another configuration
// cannot come true, and who looks at it meanwhile sees it whole.
func TestUpdateThatFails(t *testing.T) {
	f := newFeed(traffic.Generate(2, []string{"dns", "web"}, 1))
	run, _, _ := supervised(t, "ONLINE", 2, f)
	run.newSources = func() ([]dataplane.Source, error) {
		return []dataplane.Source{&faulty{feed: f, crash: len(f.rest) + dataplane.BurstSize, end: make(chan struct{})}}, nil
	}
	s, err := run.newSupervisor()
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.openShift(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.launch(ctx, first)
	<-f.done
	for range 2 {
		var shown metrics.Snapshot
		if a := s.update(ctx, []string{"thread-cores=1000"}); a.Code != control.Failure || !strings.Contains(a.Why, "thread-cores: ") {
			t.Errorf("answer %+v", a)
		}
		if s.monitor.Snapshot(&shown); s.shift == nil || len(shown.Workers) != 2 || s.Config.ThreadCores != "" {
			t.Errorf("the processing does not go on: %d workers", len(shown.Workers))
		}
	}
	cancel()
	err = s.finish(false)
	if res, e := s.end(err); e != nil || res.Totals.Packets != uint64(f.handed) {
		t.Errorf("%v, %d packets, want %d", e, res.Totals.Packets, f.handed)
	}
	s.monitor.close()
}

// packetsOf is how many packets the session reports in a text tell of.
func packetsOf(text string) (packets int) {
	for line := range strings.Lines(text) {
		if f := strings.Split(line, ","); f[0] == "100" {
			n, _ := strconv.Atoi(f[11])
			packets += n
		}
	}
	return packets
}
