package probe

import (
	"runtime/debug"
	"sync/atomic"

	"mmt/analyzer"
	"mmt/pipeline"
)

// workerOrder is something that all workers do between the same two bursts.
type workerOrder struct {
	do   func(*analyzer.Worker)
	left atomic.Int32
	done chan struct{} // closed when all have done it
}

// perform does it on the thread of a worker.
func (o *workerOrder) perform(w *analyzer.Worker) {
	defer func() {
		if o.left.Add(-1) == 0 {
			close(o.done)
		}
	}()
	o.do(w)
}

// next returns what the workers have to do before the next burst, nil for nothing.
func (c *crew) next() *pipeline.Order {
	select {
	case o := <-c.orders:
		return &pipeline.Order{Do: o.perform, Tells: true}
	default:
		return nil
	}
}

// order makes all workers do something between two bursts, and waits until they have.
// It tells whether they have done it: not if their run has ended meanwhile.
func (c *crew) order(do func(*analyzer.Worker), ended <-chan struct{}) bool {
	o := &workerOrder{do: do, done: make(chan struct{})}
	o.left.Store(int32(len(c.workers)))
	select {
	case c.orders <- o:
	case <-ended:
		return false
	}
	select {
	case <-o.done:
		return true
	case <-ended:
		return false
	}
}

// crashed notes that a part of the crew has crashed, and ends its run.
func (c *crew) crashed(part string, value any, stack []byte) {
	c.crash.CompareAndSwap(nil, &pipeline.Crash{Part: part, Value: value, Stack: stack})
	c.stop()
}

// crashError is the error of a crash, nil if there was none.
func (c *crew) crashError() error {
	if crash := c.crash.Load(); crash != nil {
		return crash
	}
	return nil
}

// survive notes a crash of the goroutine that calls it when it ends.
func (c *crew) survive(part string) {
	if e := recover(); e != nil {
		c.crashed(part, e, debug.Stack())
	}
}
