package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mmt/analyzer"
	"mmt/analyzer/security"
	"mmt/config"
	"mmt/control"
	"mmt/dataplane"
)

// update applies settings: all, or none if one of them is not valid or cannot come
// true.
func (s *supervisor) update(ctx context.Context, settings []string) control.Answer {
	next, changes, err := s.Config.Update(settings)
	if err == nil {
		err = s.check(next)
	}
	if err != nil {
		s.refused(err)
		return control.Answer{Code: control.Syntax, Why: err.Error()}
	}
	code := control.Done
	switch {
	case len(changes) == 0:
	case s.shift == nil:
		err = s.store(next)
	case s.isLive(changes):
		err = s.adjust(ctx, next)
	default:
		code, err = control.Applied, s.replace(ctx, next, changes)
	}
	if err != nil {
		s.refused(err)
		return control.Answer{Code: control.Failure, Why: err.Error()}
	}
	for _, c := range changes {
		s.Log.Info("update: " + c.String())
	}
	s.shown.Store(s.Config)
	s.lines.every(s.Config.StatsPeriod)
	s.tell(func(*control.Status) {})
	return control.Answer{Code: code}
}

func (s *supervisor) refused(err error) {
	for line := range strings.Lines(err.Error()) {
		s.Log.Error("update: nothing has changed: " + strings.TrimSpace(line))
	}
}

// check looks for what is wrong in a configuration before anything is done by it.
func (s *supervisor) check(next *config.Config) error {
	if errs := next.Unsupported(Features); len(errs) > 0 {
		return errors.Join(errs...)
	}
	if next.Input.Mode != config.ModeOnline {
		return errors.New("input.mode cannot become OFFLINE while the program runs (start it anew to read a trace)")
	}
	if _, err := newRestack(next); err != nil {
		return err
	}
	_, err := newAttributeReports(next, s.reg)
	return err
}

// isLive tells whether changes can be made between two bursts. What asks for packets
// cannot be changed while the kernel keeps some away that nothing has asked for.
func (s *supervisor) isLive(changes []config.Change) bool {
	for _, c := range changes {
		report := strings.HasPrefix(c.Name, "session-report.")
		switch {
		case !c.Live:
			return false
		case report && s.shift.crew.saved.files != nil: // reports 301 go with those of sessions
			return false
		case s.bypass != nil || s.pushed != nil:
			return false
		}
	}
	return true
}

// store keeps a configuration for the next start.
func (s *supervisor) store(next *config.Config) error {
	if err := s.renewIdle(next); err != nil {
		return err
	}
	s.Config = next
	return nil
}

// renewIdle gives the outputs another configuration while nobody writes.
func (s *supervisor) renewIdle(next *config.Config) error {
	idle := make(chan struct{})
	close(idle)
	if err := s.out.renew(next, workerCount(next), idle, s.Log); err != nil {
		return err
	}
	s.out.forms = forms(next)
	return nil
}

// adjust goes on by a configuration of which all that is different is live.
func (s *supervisor) adjust(ctx context.Context, next *config.Config) error {
	sh, before, attributes := s.shift, s.Config, s.attributes
	var err error
	if s.attributes, err = newAttributeReports(next, s.reg); err != nil {
		return err
	}
	s.Config = next
	back := undo{func() error { s.Config, s.attributes = before, attributes; return nil }}
	duties, err := s.systemDuty(s.out)
	if err != nil {
		return errors.Join(err, back.run())
	}
	sh.state.pause()
	defer func() {
		sh.crew.duties = append(duties, s.licence...)
		sh.state = startStatus(sh.crew, s.Config.StatsPeriod)
	}()
	if err = s.out.renew(next, workerCount(next), sh.ended, s.Log); err == nil {
		back.add(func() error { return s.out.renew(before, workerCount(before), sh.ended, s.Log) })
		err = s.adjustRules(ctx, sh, before, next)
	}
	if err != nil {
		return errors.Join(err, back.run())
	}
	return s.adjustWorkers(sh)
}

// adjustRules leaves out the rules that are to be left out from now on.
func (s *supervisor) adjustRules(ctx context.Context, sh *shift, before, next *config.Config) error {
	if sh.verify == nil || slices.Equal(before.Security.ExcludeRules, next.Security.ExcludeRules) {
		return nil
	}
	_, err := s.changeRules(func(b *ruleBook) (*security.Change, error) {
		return b.leaveOut(ctx, ranges(next.Security.ExcludeRules))
	})
	return err
}

// adjustWorkers makes the workers report as the configuration says now. If the
// processing ends meanwhile, it does so when it begins again.
func (s *supervisor) adjustWorkers(sh *shift) error {
	o := s.workerOptions(s.out, s.services)
	errs := make([]error, len(sh.crew.workers))
	done := sh.crew.order(func(w *analyzer.Worker) { errs[w.Number()] = w.Retune(&o) }, sh.ended)
	if !done {
		return nil
	}
	return errors.Join(errs...)
}

// replace ends the processing, whose sessions are reported, and begins it again by
// another configuration; if that is not possible, by the one before.
func (s *supervisor) replace(ctx context.Context, next *config.Config, changes []config.Change) error {
	before, keep := s.Config, s.keepsSources(changes)
	sources := s.shift.crew.sources
	if keep {
		s.shift.crew.pipe.Pause()
	} else {
		s.shift.crew.stop()
	}
	if err := s.finish(keep); err != nil {
		keep = false
		s.tellCrash(err)
		s.Log.Error(fmt.Sprintf("processing: %v", err))
	}
	if !keep {
		sources = nil
	}
	err := s.turn(ctx, next, sources)
	if err == nil {
		return nil
	}
	if e := s.turn(ctx, before, sources); e != nil {
		s.Config = before
		if keep {
			e = errors.Join(e, closeAll(sources))
		}
		s.retryLater(e.Error())
	}
	return err
}

// turn begins again by a configuration.
func (s *supervisor) turn(ctx context.Context, c *config.Config, sources []dataplane.Source) error {
	if err := s.renewIdle(c); err != nil {
		return err
	}
	s.Config = c
	return s.resume(ctx, sources, afterUpdate)
}

// takesSources are what the sources of packets depend on, beside the blocks input
// and prefilter.
var takesSources = []string{"thread-nb", "thread-queue", "stack-type", "stack-offset"}

// keepsSources tells whether the sources can go on: then no packet is lost while the
// processing begins again.
func (s *supervisor) keepsSources(changes []config.Change) bool {
	if s.sieve != nil {
		return false // it has to do with rules and workers
	}
	return !slices.ContainsFunc(changes, func(c config.Change) bool {
		return strings.HasPrefix(c.Name, "input.") || strings.HasPrefix(c.Name, "prefilter.") || slices.Contains(takesSources, c.Name)
	})
}
