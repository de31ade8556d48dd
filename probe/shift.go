package probe

import (
	"context"
	"errors"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/dataplane"
	"mmt/progress"
)

// shift is one stretch of the processing: of packets from sources to reports, by one
// configuration but for what changes meanwhile.
type shift struct {
	book   *ruleBook
	verify *analyzer.Security // nil: no properties are verified
	crew   *crew
	state  *status
	ended  chan struct{} // closed when all is analysed
	err    error         // of the analysis, then
}

// undo is what to do in reverse order when something cannot be done.
type undo []func() error

func (u *undo) add(f func() error) { *u = append(*u, f) }

func (u *undo) run() error {
	var errs []error
	for i := len(*u) - 1; i >= 0; i-- {
		errs = append(errs, (*u)[i]())
	}
	return errors.Join(errs...)
}

// openShift makes a shift by the configuration of the run. It goes on with the given
// sources, which stay open after an error; nil: it opens them.
func (s *supervisor) openShift(sources []dataplane.Source) (_ *shift, err error) {
	var back undo
	defer func() {
		if err != nil {
			err = errors.Join(err, back.run())
		}
	}()
	stack, err := newRestack(s.Config)
	if err != nil {
		return nil, err
	}
	if s.attributes, err = newAttributeReports(s.Config, s.reg); err != nil {
		return nil, err
	}
	sh := &shift{book: newRuleBook(s.reg, s.Log), ended: make(chan struct{})}
	back.add(func() error { sh.book.close(); return nil })
	if sh.verify, err = s.openSecurity(sh.book); err != nil {
		return nil, err
	}
	s.pushed, s.bypass = nil, nil
	if err := s.pushRules(s.reg, sh.book); err != nil {
		return nil, err
	}
	if s.monitor == nil {
		if s.monitor, err = s.startMonitor(); err != nil {
			return nil, err
		}
	}
	var counted sourceFigures
	if sources != nil {
		counted = s.counted
	} else {
		if sources, err = s.takeSources(); err != nil {
			return nil, err
		}
		back.add(func() error { defer s.closeSieve(); return closeAll(sources) })
	}
	if s.out == nil {
		if s.out, err = openOutputs(s.Config, workerCount(s.Config), s.Stdout, s.Log); err != nil {
			return nil, err
		}
	}
	s.openBypass(s.reg, sh.book)
	back.add(func() error { s.closeBypass(); return nil })
	if sh.crew, err = s.newCrew(s.reg, s.services, sources, s.out, sh.verify); err != nil {
		return nil, err
	}
	sh.crew.begun = counted
	return sh, s.equip(sh, stack)
}

// takeSources opens the sources.
func (s *supervisor) takeSources() ([]dataplane.Source, error) {
	s.sieve = nil
	if s.newSources != nil {
		return s.newSources()
	}
	return s.openSources()
}

// equip gives a crew what is around it.
func (s *supervisor) equip(sh *shift, stack restack) error {
	c := sh.crew
	c.before = s.done
	c.vitals = s.monitor.vitalsOf(c.workers)
	c.show = progress.Start(s.Progress, c.sources...)
	c.stop = func() {}
	if err := s.connect(c, stack, sh.book, c.show); err != nil {
		c.show.Stop()
		return errors.Join(err, c.run(context.Background()))
	}
	s.monitor.attach(c, s.sieve)
	return nil
}

// start lets a shift begin.
func (s *supervisor) start(ctx context.Context, sh *shift) {
	c := sh.crew
	s.open(sh.book, c.verifier, len(c.workers))
	sh.state = startStatus(c, s.Config.StatsPeriod)
	ctx, c.stop = context.WithCancel(ctx)
	s.shift = sh
	s.monitor.ready()
	go func() {
		defer close(sh.ended)
		defer sh.book.stop() // who waits for a change of rules may be the one that finishes the shift
		defer func() { sh.err = errors.Join(sh.err, c.crashError()) }()
		defer c.survive("the end of the analysis")
		sh.err = c.run(ctx)
	}()
}

// finish ends the shift at hand, whose analysis is over or about to be, and closes
// its sources unless they are to be kept. Its figures are then part of the result.
func (s *supervisor) finish(keep bool) error {
	sh := s.shift
	c := sh.crew
	<-sh.ended
	s.shift = nil
	s.monitor.rest(true)
	c.stop()
	c.show.Stop()
	err := sh.err
	if !keep || err != nil {
		err = errors.Join(err, closeAll(c.sources))
	}
	s.counted = c.leave()
	sh.state.stop()
	s.closeBypass()
	if !keep || err != nil {
		s.closeSieve()
	}
	s.done = c.tally()
	res := s.result(s.begun, c)
	res.Security = sh.book.result(c.verifier, sh.verify)
	res.add(s.total)
	s.total = res
	s.book.CompareAndSwap(sh.book, nil)
	sh.book.close()
	return err
}

// registry is what all shifts have in common.
type registry struct {
	reg      *dpi.Registry
	services dpi.Services
}
