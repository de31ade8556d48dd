package probe

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"mmt/analyzer"
	"mmt/config"
	"mmt/output"
)

// threadOutput gives a worker its writer, and lets another one take its place.
type threadOutput struct {
	w    *output.Writer // of the thread that writes
	next atomic.Pointer[handover]
}

// handover puts a writer in place of another one.
type handover struct {
	to   *output.Writer
	done chan error // what the end of the one before gave
}

// Report implements analyzer.Output.
func (t *threadOutput) Report(to analyzer.Channels, line []byte) { t.w.Write(output.Set(to), line) }

// Tick implements analyzer.Output. Cache-periods are wall-clock time: a trace
// that is read faster than it was taken need not make a file for each five
// seconds of packets.
func (t *threadOutput) Tick(int64) {
	now := time.Now().UnixNano()
	if t.next.Load() != nil {
		t.turn(now)
	}
	t.w.Tick(now)
}

// turn goes on with the writer that is to be used, if there is one.
func (t *threadOutput) turn(now int64) {
	h := t.next.Swap(nil)
	if h == nil {
		return
	}
	before, err := t.w, errTurn
	defer func() { h.done <- err }() // who waits for it does so also if this crashes
	t.w = h.to
	err = before.Close(now)
}

// errTurn stands for the end of a writer that nobody knows, as it crashed.
var errTurn = errors.New("the last reports of a thread may be lost: their writer crashed")

// renew goes on with the channels of another configuration. What is the same stays as
// it is, what waits for a far end whose address has changed goes to the new one, and
// channels that are no longer enabled send what they have. The threads write on
// meanwhile; once idle is closed they do not. There may be another number of them
// only then. After an error all is as it was.
func (o *outputs) renew(c *config.Config, threads int, idle <-chan struct{}, log *slog.Logger) error {
	next, err := o.openChannels(c, threads, log)
	if err != nil {
		return err
	}
	told := o.hand(next, idle)
	o.mu.Lock()
	before := o.outlets
	o.outlets, o.leaving = *next, &before
	o.mu.Unlock()
	told = errors.Join(told, before.close(next, o.patience))
	o.mu.Lock()
	o.past, o.leaving = before.addStats(o.past, next), nil
	for i := range o.past {
		o.past[i].Pending, o.past[i].Spilled, o.past[i].SpilledBytes, o.past[i].Failing = 0, 0, 0, false
	}
	o.mu.Unlock()
	o.patience = c.Output.FlushTimeout
	for _, r := range next.remotes {
		if r.replaces {
			r.queue.Replace(r.far)
		}
	}
	if told != nil {
		log.Error(fmt.Sprintf("output channels of before the update: %v", told))
	}
	return nil
}

// hand gives the threads their new writers, and returns what the ends of the ones
// before gave.
func (o *outputs) hand(next *outlets, idle <-chan struct{}) error {
	now := time.Now().UnixNano()
	var errs []error
	if len(next.writers) != len(o.writers) {
		<-idle
		for _, w := range o.writers {
			errs = append(errs, w.Close(now))
		}
		o.setThreads(next)
		return errors.Join(errs...)
	}
	errs = append(errs, o.writers[0].Close(now))
	for i, t := range o.threads {
		h := &handover{to: next.writers[i+1], done: make(chan error, 1)}
		t.next.Store(h)
		select {
		case err := <-h.done:
			errs = append(errs, err)
		case <-idle:
			t.turn(now)
			errs = append(errs, <-h.done)
		}
	}
	return errors.Join(errs...)
}

// ending tells the queues that the last reports come. Any goroutine may call it.
func (o *outputs) ending() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.outlets.ending()
}

// flush hands over what the writers have, while nobody writes.
func (o *outputs) flush() {
	now := time.Now().UnixNano()
	o.writers[0].Flush(now)
	for _, t := range o.threads {
		t.w.Flush(now)
	}
}

// setThreads gives each thread that analyses its writer.
func (o *outputs) setThreads(c *outlets) {
	o.threads = nil
	for _, w := range c.writers[1:] {
		o.threads = append(o.threads, &threadOutput{w: w})
	}
}

// close ends what is not part of other channels, after the writers; nil: all.
func (c *outlets) close(but *outlets, patience time.Duration) error {
	rest := *c
	if but != nil {
		rest.remotes = slices.DeleteFunc(slices.Clone(c.remotes), func(r remote) bool { return but.queues(r.queue) })
	}
	var next outlets
	if but != nil {
		next = *but
	}
	return errors.Join(rest.closeQueues(patience), rest.closeFiles(c.files, next.files, patience), rest.closeFiles(c.behave, next.behave, patience))
}

// queues tells whether a queue is one of the channels'.
func (c *outlets) queues(q *output.Queue) bool {
	return slices.ContainsFunc(c.remotes, func(r remote) bool { return r.queue == q })
}

// remote returns the channel of a name, nil if there is none.
func (c *outlets) remote(name string) *remote {
	i := slices.IndexFunc(c.remotes, func(r remote) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return &c.remotes[i]
}

// addStats adds the figures of each channel, of all threads together, but for those
// of queues that are part of other channels, too.
func (c *outlets) addStats(list []output.Stats, but *outlets) []output.Stats {
	for _, w := range c.writers {
		for _, s := range w.Stats() {
			list = addStat(list, s)
		}
	}
	for _, r := range c.remotes {
		if but == nil || !but.queues(r.queue) {
			list = addStat(list, r.queue.Stats())
		}
	}
	for _, d := range c.locals {
		list = addStat(list, d.Stats())
	}
	return list
}

// addStat adds figures to those of the channel of the same name.
func addStat(list []output.Stats, s output.Stats) []output.Stats {
	i := slices.IndexFunc(list, func(c output.Stats) bool { return c.Channel == s.Channel })
	if i < 0 {
		return append(list, s)
	}
	list[i].Add(&s)
	return list
}
