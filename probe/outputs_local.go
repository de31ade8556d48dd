package probe

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"mmt/config"
	"mmt/output"
)

// enableLocal connects the channels of this machine to the writer of a thread, of
// so many. What packets of a live source are analysed by must wait neither for a
// disk nor for who reads the standard output: there a queue takes the reports. Who
// reads a trace can wait, as any program in a pipe, and loses nothing.
func (o *outputs) enableLocal(c *config.Config, w *output.Writer, thread, threads int, log *slog.Logger) {
	enable := func(bit output.Set, ch output.Channel) {
		if c.Input.Mode == config.ModeOnline {
			d := output.Detach(ch, localQueue(c, threads+1, log))
			o.locals = append(o.locals, d)
			ch = d.Channel()
		}
		w.Enable(bit, ch)
	}
	if o.files != nil {
		enable(output.ToFile, o.files.Channel(thread))
	}
	if o.behave != nil && thread > 0 {
		enable(toBehaviour, behaviourChannel{o.behave.Channel(thread)})
	}
	enable(output.ToStdout, o.stdout.Channel())
}

// localQueue returns the options of one of so many queues that a channel of this
// machine has.
func localQueue(c *config.Config, queues int, log *slog.Logger) output.QueueOptions {
	return output.QueueOptions{
		BatchLines: c.Output.CacheMax, Lines: max(c.Output.QueueSize/queues, 1),
		Bytes: max(int(c.Output.QueueMemory*megabyte)/queues, 1), Log: log,
	}
}

// closeQueues ends all queues at the same time.
func (o *outputs) closeQueues() error {
	errs := make([]error, len(o.remotes)+len(o.locals))
	var all sync.WaitGroup
	for i, r := range o.remotes {
		all.Go(func() { errs[i] = r.queue.Close(o.patience) })
	}
	for i, d := range o.locals {
		all.Go(func() { errs[len(o.remotes)+i] = d.Close(o.patience) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// closeFiles ends what completes files. That of a live source does not wait longer
// for a disk that stands still.
func (o *outputs) closeFiles(f *output.Files) error {
	if f == nil {
		return nil
	}
	if len(o.locals) == 0 {
		f.Close()
		return nil
	}
	done := make(chan struct{})
	go func() { f.Close(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(o.patience + time.Second):
		return errors.New("output-dir: the disk stands still: files are completed by the next run")
	}
}
