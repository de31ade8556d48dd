package probe

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"mmt/config"
	"mmt/output"
)

// diskStalls is how long a batch takes to a file until the disk counts as one that
// stands still: what a working one takes is far less.
const diskStalls = 100 * time.Millisecond

// enableLocal connects the channels of this machine to the writer of a thread, of
// so many. Who analyses packets of a live source must wait neither for a disk that
// stands still nor for who reads the standard output: there a queue takes the
// reports. Who reads a trace can wait, as any program in a pipe, and loses nothing.
func (o *outlets) enableLocal(c *config.Config, w *output.Writer, thread, threads int, stdout *output.Stdout, log *slog.Logger) {
	enable := func(bit output.Set, ch output.Channel, q output.QueueOptions) {
		if c.Input.Mode == config.ModeOnline {
			q.BatchLines, q.Lines, q.Log = c.Output.CacheMax, c.Output.QueueSize, log
			q.Bytes = max(int(c.Output.QueueMemory*megabyte)/(threads+1), 1)
			d := output.Detach(ch, q)
			o.locals = append(o.locals, d)
			ch = d.Channel()
		}
		w.Enable(bit, ch)
	}
	toDisk := output.QueueOptions{Wait: true, StallAfter: diskStalls}
	if o.files != nil {
		enable(output.ToFile, o.files.Channel(thread), toDisk)
	}
	if o.behave != nil && thread > 0 {
		enable(toBehaviour, behaviourChannel{o.behave.Channel(thread)}, toDisk)
	}
	enable(output.ToStdout, stdout.Channel(), output.QueueOptions{})
}

// ending tells the queues that the last reports come.
func (o *outlets) ending() {
	for _, r := range o.remotes {
		r.queue.Ending()
	}
	for _, d := range o.locals {
		d.Ending()
	}
}

// closeQueues ends all queues at the same time.
func (o *outlets) closeQueues(patience time.Duration) error {
	errs := make([]error, len(o.remotes)+len(o.locals))
	var all sync.WaitGroup
	for i, r := range o.remotes {
		all.Go(func() { errs[i] = r.queue.Close(patience) })
	}
	for i, d := range o.locals {
		all.Go(func() { errs[len(o.remotes)+i] = d.Close(patience) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// closeFiles ends what completes files, unless it is also what goes on with them.
// That of a live source does not wait longer for a disk that stands still.
func (o *outlets) closeFiles(f, next *output.Files, patience time.Duration) error {
	if f == nil || f == next {
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Close()
		if next != nil {
			next.Follow(f)
		}
	}()
	if len(o.locals) == 0 {
		<-done
		return nil
	}
	select {
	case <-done:
		return nil
	case <-time.After(patience + time.Second):
		return errors.New("output-dir: the disk stands still: files are completed by the next run")
	}
}
