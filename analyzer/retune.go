package analyzer

import (
	"errors"
	"reflect"

	"mmt/report"
)

// Retune makes the worker go on with other options, from the next packet on: which
// reports there are, where they go, their periods, and when sessions end. All else
// stays as it is. What the worker has counted so far is reported first, as a
// stats-period ends. All workers of a Merger must do so between the same two bursts,
// with the same options, which nobody may change any more.
//
// An error tells that something is not reported that should be.
func (w *Worker) Retune(next *Options) error {
	number := w.last + 1
	before := w.options
	again := !reflect.DeepEqual(before.Events, next.Events) || !reflect.DeepEqual(before.Queries, next.Queries)
	if w.next != 0 {
		w.period(w.totals.Last, number)
	}
	if again && w.next != 0 {
		w.queries.close(w.totals.Last, number)
	}
	w.reporter.at(number, momentRetune)
	if before.MicroFlows.Output != 0 && next.MicroFlows.Output == 0 {
		w.reporter.micro.leave(w.reporter.writeMicro)
	}
	w.options.retune(next)
	if w.next != 0 {
		w.next += next.StatsPeriod - before.StatsPeriod
	}
	w.table.SetTimeouts(next.Table.Timeouts)
	w.reporter.apps.attach()
	if t := w.reporter.teller; t != nil {
		t.retune(&w.options)
	}
	err := w.listenAgain(again)
	w.reporter.at(number, momentPacket)
	return err
}

// retune takes over what can change.
func (o *Options) retune(next *Options) {
	o.StatsPeriod = next.StatsPeriod
	o.Sessions, o.NoSession, o.Fragmentation = next.Sessions, next.NoSession, next.Fragmentation
	o.Behaviour, o.Export, o.LTE = next.Behaviour, next.Export, next.LTE
	o.UserAgents, o.MicroFlows, o.RADIUS = next.UserAgents, next.MicroFlows, next.RADIUS
	o.FTP, o.HTTP, o.RTP, o.TLS, o.GTP = next.FTP, next.HTTP, next.RTP, next.TLS, next.GTP
	o.Streams, o.DNS = next.Streams, next.DNS
	o.Events, o.Queries = next.Events, next.Queries
}

// listenAgain registers what the options want and was not wanted before, and takes
// back what costs time.
func (w *Worker) listenAgain(watches bool) error {
	h, o := w.handler, &w.options
	var errs []error
	paths := o.NoSession != 0 || o.Fragmentation != 0
	switch {
	case paths && !h.HasPacketHandler(pathHandler):
		errs = append(errs, h.AddPacketHandler(pathHandler, w.countPaths))
	case !paths:
		h.RemovePacketHandler(pathHandler)
	}
	if o.RADIUS.Output != 0 && !w.reportsRADIUS {
		errs = append(errs, w.reportRADIUS())
	}
	if o.LTE != 0 && !w.reportsLTE {
		errs = append(errs, w.reportLTE())
	}
	if w.dns == nil {
		errs = append(errs, w.tellDNS())
	}
	if watches {
		w.unwatch()
		errs = append(errs, w.watch())
	}
	return errors.Join(errs...)
}

// unwatch stops looking at what events and queries need.
func (w *Worker) unwatch() {
	w.handler.RemovePacketHandler(watchHandler)
	w.watches.unregister()
	w.watches, w.queries = nil, nil
}

// unregister takes all attributes back. The nil watches have none.
func (w *watches) unregister() {
	if w == nil {
		return
	}
	for _, n := range w.all {
		w.h.Unregister(n.slot)
	}
}

// leave writes what is left, and begins anew.
func (m *microFlows) leave(write func(r *report.MicroFlows)) {
	m.close(write)
	clear(m.sums)
}

// retune tells that the worker goes on with other options.
func (t *teller) retune(o *Options) {
	t.story.tunings = append(t.story.tunings, *o)
	t.event(eventRetune).end = uint32(len(t.story.tunings))
}

// retune goes on with other options once all workers do: the first of them that
// tells is at the same place as the others.
func (m *Merger) retune(next *Options) {
	o := &m.options
	if m.micro.options.Output != 0 && next.MicroFlows.Output == 0 {
		m.micro.leave(m.writeMicro)
	}
	again := !reflect.DeepEqual(o.Events, next.Events) || !reflect.DeepEqual(o.Queries, next.Queries)
	o.NoSession, o.Fragmentation, o.LTE, o.MicroFlows = next.NoSession, next.Fragmentation, next.LTE, next.MicroFlows
	if again {
		o.Events, o.Queries = next.Events, next.Queries
		m.watched.restart()
	}
}
