package probe

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/config"
	"mmt/dataplane"
	"mmt/pipeline"
	"mmt/progress"
)

// crew is what moves and analyses the packets of a run.
type crew struct {
	sources  []dataplane.Source
	workers  []*analyzer.Worker
	verifier *analyzer.Verifier // nil: no properties are verified
	merger   *analyzer.Merger   // nil: there is one worker
	out      *outputs
	pipe     *pipeline.Pipeline
	vitals   []*vitals // of the workers
	duties   []duty    // of thread 0
	saved    *saved
	show     *progress.Display

	begun  sourceFigures                 // of the sources, when the crew took them over
	final  atomic.Pointer[sourceFigures] // when it left them; nil: not yet
	before tally                         // of earlier crews of the run

	orders chan *workerOrder // for the workers
	crash  atomic.Pointer[pipeline.Crash]
	stop   context.CancelFunc // ends the crew's run
}

// workerCount is how many threads analyse.
func workerCount(c *config.Config) int { return max(c.ThreadNb, 1) }

// defaultQueue is how many packets may wait for a thread where thread-queue does
// not say it: those of a burst of some milliseconds.
const defaultQueue = 1 << 14

// threadQueue is how many packets of a live source may wait for a thread.
func threadQueue(c *config.Config) int {
	if c.ThreadQueue == 0 {
		return defaultQueue
	}
	return c.ThreadQueue
}

// newCrew makes the workers.
func (r *Run) newCrew(reg *dpi.Registry, services dpi.Services, sources []dataplane.Source, out *outputs, verify *analyzer.Security) (_ *crew, err error) {
	n := workerCount(r.Config)
	out.setNames(func(id uint32) string { return reg.Name(dpi.ProtocolID(id)) })
	c := &crew{sources: sources, out: out, orders: make(chan *workerOrder)}
	o := r.workerOptions(out, services)
	if c.duties, err = r.systemDuty(out); err != nil {
		return nil, err
	}
	if c.saved, err = r.openSaved(reg, out); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.saved.close(out))
		}
	}()
	c.saved.give(&o)
	if verify != nil {
		verify.Forms, verify.Evidence = out.forms, o.Evidence
		verify.Engine.Unordered = len(sources) > 1
		if c.verifier, err = analyzer.NewVerifier(*verify, n); err != nil {
			return nil, err
		}
		o.Verifier = c.verifier
	}
	if n > 1 {
		c.merger = analyzer.NewMerger(analyzer.MergerOptions{
			Outputs: out.ofThreads(), Forms: out.forms,
			Events: o.Events, Queries: o.Queries,
			NoSession: o.NoSession, Fragmentation: o.Fragmentation, MicroFlows: o.MicroFlows, LTE: o.LTE, Files: o.Files,
			Unordered: len(sources) > 1,
			Crashed:   func(value any, stack []byte) { c.crashed("merger", value, stack) },
		})
		o.Merger = c.merger
	}
	for thread := range n {
		o.Thread, o.Output = uint32(thread), out.ofThreads()[thread]
		w, err := analyzer.NewWorker(reg, o)
		if err != nil {
			return nil, err
		}
		c.workers = append(c.workers, w)
	}
	return c, nil
}

// connect makes the way from the sources to the workers.
func (r *Run) connect(c *crew, stack restack, book *ruleBook, show *progress.Display) error {
	cores, err := r.chooseCores(len(c.sources))
	if err != nil {
		return err
	}
	o := pipeline.Options{
		Sources: c.sources, Workers: c.workers, Inline: r.Config.ThreadNb == 0, Queue: threadQueue(r.Config),
		Layer: int(encapsulation(r.Config.Security.IPEncapsulationIndex)), Defragment: defragments(r.Config),
		Heralds: analyzer.NewHeralds(c.workers[0].Handler().Registry(), defragments(r.Config)), Cores: cores,
		Prepare: stack.apply, Received: show.Add,
		Between: func() *pipeline.Order {
			if o := book.next(); o != nil {
				return &pipeline.Order{Do: o.apply}
			}
			return c.next()
		},
	}
	for _, v := range c.vitals {
		o.Watchers = append(o.Watchers, v)
	}
	c.pipe, err = pipeline.New(o)
	return err
}

// run analyses everything, or nothing if there is no way from the sources to the
// workers. The workers are closed after it, and all reports are with the outputs.
func (c *crew) run(ctx context.Context) (err error) {
	if c.pipe != nil {
		err = c.pipe.Run(ctx)
	} else {
		for _, w := range c.workers {
			w.Close()
		}
	}
	if c.merger != nil {
		c.merger.Close()
	}
	if c.verifier != nil {
		c.verifier.Close(c.out.ofThreads()[0])
		c.vitals[0].Took(0) // the last verdicts are the first worker's
	}
	return errors.Join(err, c.saved.close(c.out))
}

// closeAll closes sources; their figures stay.
func closeAll(sources []dataplane.Source) error {
	var errs []error
	for _, src := range sources {
		errs = append(errs, src.Close())
	}
	return errors.Join(errs...)
}

// lost returns how many packets, of how many bytes, found no room in the queue of
// a thread.
func (c *crew) lost() (packets, bytes uint64) {
	for i := range c.workers {
		n, size := c.pipe.Lost(i)
		packets += n
		bytes += size
	}
	return packets, bytes
}

// totals returns those of all workers.
func (c *crew) totals() analyzer.Totals {
	sum := c.workers[0].Totals()
	for _, w := range c.workers[1:] {
		t := w.Totals()
		sum.Add(&t)
	}
	if c.merger != nil {
		sum.Reports += c.merger.Reports()
		sum.QueryRefused += c.merger.QueryRefused()
	}
	sum.Reports += c.saved.lines
	return sum
}

// result gathers the figures of a run that is over.
func (c *crew) result(begin time.Time) *Result {
	stats := c.stats()
	res := &Result{
		Received: stats.Received, Filtered: stats.Filtered, Dropped: stats.Dropped, TooLong: stats.TooLong, Crashed: c.pipe.Missed(),
		Totals: c.totals(), Elapsed: time.Since(begin), Protocols: countProtocols(c.workers),
	}
	res.Queued, _ = c.lost()
	res.Saved = c.saved.result()
	return res
}
