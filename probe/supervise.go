package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"mmt/analyzer/proto"
	"mmt/config"
	"mmt/control"
	"mmt/dataplane"
	"mmt/output"
	"mmt/pipeline"
	"mmt/report"
	"mmt/version"
)

// Pauses before the processing begins again after a crash: doubled each time, until
// it has worked for a while.
const (
	firstPause   = time.Second
	longestPause = time.Minute
	quietTime    = time.Minute
)

// Why the processing began again, in metrics.
const (
	afterCrash  = "crash"
	afterUpdate = "update"
	afterStop   = "stop"
)

// supervisor keeps the processing of a run going: it begins it, ends it, begins it
// again by another configuration or after a crash. Outputs and what shows the run to
// others live as long as the run. All is done by the goroutine of Run.Do, which takes
// requests of others between two parts of it.
type supervisor struct {
	*Run
	registry
	begun    time.Time
	out      *outputs // nil before the first shift
	shift    *shift   // nil: no packets are analysed
	licence  []duty
	lines    *statsLines
	total    *Result       // of the shifts that have ended; nil: none has
	done     tally         // likewise
	counted  sourceFigures // of the sources of the last shift, at its end
	requests chan request
	closed   chan struct{} // no more requests are taken
	commands *commands     // nil: none are taken

	retry   <-chan time.Time // when the processing begins again after a crash; nil: it need not
	pause   time.Duration    // before that
	working time.Time        // since when it works
	state   atomic.Pointer[control.Status]
	shown   atomic.Pointer[config.Config]
}

// request is what somebody wants of the supervisor.
type request struct {
	do     func(context.Context) control.Answer
	answer chan control.Answer
}

// newSupervisor checks what can be known before anything is opened.
func (r *Run) newSupervisor() (*supervisor, error) {
	if errs := r.Config.Unsupported(Features); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for _, notice := range notices(r.Config) {
		r.Log.Warn(notice)
	}
	s := &supervisor{Run: r, begun: time.Now(), requests: make(chan request), closed: make(chan struct{})}
	s.state.Store(&control.Status{Version: version.String(), Source: r.Config.Input.Source})
	s.shown.Store(r.Config)
	if _, err := newRestack(r.Config); err != nil {
		return nil, err // before the registry, which takes a while
	}
	var err error
	s.reg, s.services, err = proto.Load()
	return s, err
}

// Do runs the probe to the end of its source or until ctx is done. The Result
// holds also when it returns an error: a *pcapfile.DamageError when the trace
// is cut or damaged, a *pipeline.Crash after a mistake in the program, after
// everything before that has been reported.
func (r *Run) Do(ctx context.Context) (*Result, error) {
	s, err := r.newSupervisor()
	if err != nil {
		return nil, err
	}
	defer func() { r.monitor.close() }()
	first, err := s.openShift(nil)
	if err == nil {
		s.commands, err = s.takeCommands()
		if err != nil {
			err = errors.Join(err, s.abandon(first))
		}
	}
	if err != nil {
		if s.out != nil {
			err = errors.Join(err, s.out.close())
		}
		return nil, err
	}
	if r.Config.EnableReportVersionInfo {
		s.out.write(output.ToAll, &report.Startup{Time: s.begun.UnixNano(), Probe: version.String(), DPI: version.String(), Security: version.String()})
	}
	s.licence = r.licenceDuty(s.out, s.begun)
	s.launch(ctx, first)
	s.lines = r.monitor.startStatsLines(r.Stats, r.Config.StatsPeriod)
	err = s.serve(ctx)
	close(s.closed)
	r.monitor.stopping()
	s.commands.close(r.Log)
	s.lines.stop()
	return s.end(err)
}

// end closes the outputs and tells how it was.
func (s *supervisor) end(err error) (*Result, error) {
	err = errors.Join(err, s.out.close())
	s.out.addTo(s.total)
	s.total.Elapsed = time.Since(s.begun)
	if line := refusedLine(s.total.Totals.QueryRefused); line != "" {
		s.Log.Warn(line)
	}
	return s.total, err
}

// abandon ends a shift that has not begun.
func (s *supervisor) abandon(sh *shift) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.start(ctx, sh)
	return s.finish(false)
}

// launch lets a shift begin, which from now on is what runs.
func (s *supervisor) launch(ctx context.Context, sh *shift) {
	sh.crew.duties = append(sh.crew.duties, s.licence...)
	s.start(ctx, sh)
	s.working, s.retry = time.Now(), nil
	s.tell(func(t *control.Status) { t.Running, t.Since = true, s.working.Unix() })
}

// tell changes what the status says.
func (s *supervisor) tell(change func(*control.Status)) {
	next := *s.state.Load()
	next.Source = s.Config.Input.Source
	change(&next)
	s.state.Store(&next)
}

// serve takes requests and supervises the processing until the end.
func (s *supervisor) serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, s.out.ending)()
	for {
		var ended <-chan struct{}
		done := ctx.Done()
		if s.shift != nil {
			ended, done = s.shift.ended, nil // which ends by ctx, too
		}
		select {
		case <-ended:
			if err, over := s.over(ctx); over {
				return err
			}
		case <-done:
			return nil
		case <-s.retry:
			s.again(ctx)
		case q := <-s.requests:
			q.answer <- q.do(ctx)
		}
	}
}

// over tells what follows the end of a shift that nobody has asked for: the end of the
// run, or after a crash another shift, if there may be more packets.
func (s *supervisor) over(ctx context.Context) (err error, end bool) {
	err = s.finish(false)
	crash := s.tellCrash(err)
	switch {
	case crash == nil:
		return err, true
	case s.Config.Input.Mode == config.ModeOffline:
		return fmt.Errorf("%w (what was analysed before is reported; the stack stands in the log: please report this)", err), true
	case ctx.Err() != nil:
		return err, true
	}
	s.retryLater(crash.Error())
	return nil, false
}

// tellCrash logs a crash with its stack, and returns it, nil if err has none.
func (s *supervisor) tellCrash(err error) *pipeline.Crash {
	var crash *pipeline.Crash
	if !errors.As(err, &crash) {
		return nil
	}
	s.Log.Error("processing: "+crash.Error(), "stack", string(crash.Stack))
	s.tell(func(t *control.Status) {
		t.Crashes++
		t.LastCrash = strings.Join(strings.Fields(crash.Error()), " ")
	})
	return crash
}

// retryLater begins again after a pause.
func (s *supervisor) retryLater(why string) {
	if time.Since(s.working) >= quietTime || s.pause == 0 {
		s.pause = s.firstPause()
	}
	s.Log.Error(fmt.Sprintf("processing: %s: it begins again in %v", why, s.pause))
	s.retry = time.After(s.pause)
	s.pause = min(2*s.pause, longestPause)
	s.tell(func(t *control.Status) { t.Running, t.Since = false, nowSeconds() })
}

// nowSeconds is the time as a status has it.
func nowSeconds() int64 { return time.Now().Unix() }

func (s *supervisor) firstPause() time.Duration {
	if s.restartPause > 0 {
		return s.restartPause
	}
	return firstPause
}

// again begins again after a crash, or tries later.
func (s *supervisor) again(ctx context.Context) {
	if err := s.resume(ctx, nil, afterCrash); err != nil {
		s.retryLater(err.Error())
	}
}

// resume begins again, with the sources of before or, nil, with new ones.
func (s *supervisor) resume(ctx context.Context, sources []dataplane.Source, reason string) error {
	sh, err := s.openShift(sources)
	if err != nil {
		return err
	}
	s.monitor.restarted(reason)
	s.tell(func(t *control.Status) { t.Restarts++ })
	s.Log.Info(fmt.Sprintf("processing: begins again after: %s", reason))
	s.launch(ctx, sh)
	return nil
}
