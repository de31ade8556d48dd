package pipeline

import (
	"fmt"
	"runtime/debug"

	"mmt/analyzer"
)

// Crash is the error of a run of which a part has panicked. What came before was
// analysed, and so was what other parts still had; the workers are closed.
type Crash struct {
	Part  string // as in "worker 1"
	Value any    // of the panic
	Stack []byte
}

// Error gives one line, without the stack.
func (c *Crash) Error() string { return fmt.Sprintf("%s crashed: %v", c.Part, c.Value) }

// part is one kind of thread.
type part string

const (
	partPoller part = "poller"
	partWorker part = "worker"
)

// survive ends the analysis of a burst that cannot be analysed, and the run. Either
// its memory is gone, as that of a trace that is mapped and was cut since; or there
// is a mistake in the program, which is kept for the error of the run.
func (p *Pipeline) survive(kind part, number int) {
	e := recover()
	if e == nil {
		return
	}
	if _, isFault := e.(interface{ Addr() uintptr }); isFault {
		p.faults.Store(true)
	} else {
		p.crash.CompareAndSwap(nil, &Crash{fmt.Sprintf("%s %d", kind, number), e, debug.Stack()})
	}
	p.stop()
}

// crashed is the error of a crash, nil if there was none.
func (p *Pipeline) crashed() error {
	if c := p.crash.Load(); c != nil {
		return c
	}
	return nil
}

// end closes a worker. A crash in a part of that leaves out the part.
func (p *Pipeline) end(number int) {
	for !p.closes(number) {
	}
	defer p.survive(partWorker, number)
	p.options.Watchers[number].Took(0)
}

// closes tells whether the worker is closed.
func (p *Pipeline) closes(number int) (done bool) {
	defer p.survive(partWorker, number)
	p.options.Workers[number].Close()
	return true
}

// missed counts the packets of a batch that a worker has not analysed, of those that
// it should, after it has analysed some, and returns how many it should.
func (p *Pipeline) missed(number int, b *batch, w *analyzer.Worker, before uint64) (mine uint64) {
	for i := range b.N {
		if int(b.To[i]) == number {
			mine++
		}
	}
	defer p.survive(partWorker, number) // whose figures may be what is wrong
	done := min(w.Packets()-before, mine)
	p.lost.Add(mine - done)
	p.options.Watchers[number].Took(int(done))
	return mine
}

// Missed returns how many packets were not analysed because a worker crashed. Any
// goroutine may ask.
func (p *Pipeline) Missed() uint64 { return p.lost.Load() }

// Pause makes Run end as if all sources were at their end, after the bursts at hand.
// The sources are not stopped: another Pipeline can go on with them, with no packet
// lost that they have room for. Any goroutine may call it.
func (p *Pipeline) Pause() { p.paused.Store(true) }
