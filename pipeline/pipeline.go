package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"mmt/analyzer"
	"mmt/dataplane"
	"mmt/dataplane/pin"
	"mmt/dataplane/ring"
	"mmt/dataplane/steer"
)

// Options of a Pipeline.
type Options struct {
	Sources []dataplane.Source // one for each poller
	Workers []*analyzer.Worker // by their Options.Thread
	// Inline makes the thread that receives analyse, too: of one source and one
	// worker.
	Inline bool
	// Queue is how many packets of a live source may wait for one worker.
	Queue int
	// Layer and Defragment are those of steer.Options.
	Layer      int
	Defragment bool
	// Heralds are marked for the workers, if there are several.
	Heralds *analyzer.Heralds
	// Cores are those of the pollers, then of the workers; nil: threads are not
	// bound to cores.
	Cores []int
	// Prepare is called with each burst that was received; nil: nothing is to be
	// done with it.
	Prepare func(packets []dataplane.Packet)
	// Between returns what all workers have to do before the next burst, nil for
	// nothing. One poller calls it before each burst. Nil: there never is anything.
	Between func() *Order
	// Watchers see the workers at work; nil: nobody does.
	Watchers []Watcher
	// Received is told how many packets have been received, of each burst; nil:
	// nobody asks. Each poller calls it.
	Received func(n int)
}

// Order is something that all workers do between the same two bursts.
type Order struct {
	Do func(*analyzer.Worker)
	// Tells says that workers tell their Merger of it, for which it needs a number
	// among those of the packets.
	Tells bool
}

// Watcher sees one worker at work. Its methods are called on the worker's thread.
type Watcher interface {
	Begin()     // before the first burst
	Took(n int) // after a burst of which the worker got n packets, and after Close
	End()       // after all
}

// Pipeline is sources, pollers and workers. Make it with New.
type Pipeline struct {
	options Options
	pollers []*poller
	wakers  []*ring.Waker // of the workers
	numbers atomic.Uint64 // packets numbered so far, of several pollers
	faults  atomic.Bool   // packets could not be read
	crash   atomic.Pointer[Crash]
	lost    atomic.Uint64 // packets that were not analysed because of it
	paused  atomic.Bool
	stop    context.CancelFunc
}

// New makes a pipeline, or an error if the options do not go together.
func New(o Options) (*Pipeline, error) {
	if len(o.Sources) == 0 || len(o.Workers) == 0 || o.Inline && len(o.Sources)+len(o.Workers) > 2 {
		return nil, errors.New("pipeline: one thread can receive and analyse for one source and one worker; more need threads")
	}
	for len(o.Watchers) < len(o.Workers) {
		o.Watchers = append(o.Watchers, nobody{})
	}
	if o.Prepare == nil {
		o.Prepare = func([]dataplane.Packet) {}
	}
	if o.Received == nil {
		o.Received = func(int) {}
	}
	if o.Between == nil {
		o.Between = func() *Order { return nil }
	}
	p := &Pipeline{options: o}
	for range o.Workers {
		p.wakers = append(p.wakers, ring.NewWaker())
	}
	s := steer.Options{Analyzers: len(o.Workers), Layer: o.Layer, Defragment: o.Defragment, Seed: rand.Uint64()}
	for i, src := range o.Sources {
		chooser, err := steer.New(s)
		if err != nil {
			return nil, err
		}
		p.pollers = append(p.pollers, newPoller(p, i, src, chooser))
	}
	return p, nil
}

// nobody watches.
type nobody struct{}

func (nobody) Begin()   {}
func (nobody) Took(int) {}
func (nobody) End()     {}

// Run moves packets until all sources are at their end, or ctx is done: a trace
// ends where it is then, a live source when it has handed out what has come so
// far. All workers are closed when it returns. The error is that of the source
// that failed first, or a *Crash; what came before has been analysed.
func (p *Pipeline) Run(ctx context.Context) error {
	ctx, p.stop = context.WithCancel(ctx)
	defer p.stop()
	for _, src := range p.options.Sources {
		if s, ok := src.(interface{ Stop() }); ok { // live, or a trace that comes through a pipe
			defer context.AfterFunc(ctx, s.Stop)()
		}
	}
	if p.options.Inline {
		return errors.Join(p.inline(ctx), p.crashed())
	}
	defer processors(len(p.pollers) + len(p.options.Workers))()
	var pollers, workers sync.WaitGroup
	errs := make([]error, len(p.pollers)+len(p.options.Workers))
	for i, poller := range p.pollers {
		pollers.Go(func() { errs[i] = poller.run(ctx) })
	}
	for i := range p.options.Workers {
		workers.Go(func() { errs[len(p.pollers)+i] = p.work(i) })
	}
	pollers.Wait()
	workers.Wait()
	for _, poller := range p.pollers {
		poller.giveBack()
	}
	return errors.Join(append(errs, p.crashed())...)
}

// processors gives Go's scheduler as many processors as there are threads of a
// pipeline, and some for the rest of the program, and returns what takes them
// back. With fewer, a thread that the kernel lets run would wait for another one to
// be interrupted.
func processors(threads int) (restore func()) {
	const rest = 2
	before := runtime.GOMAXPROCS(0)
	if before >= threads+rest {
		return func() {}
	}
	runtime.GOMAXPROCS(threads + rest)
	return func() { runtime.GOMAXPROCS(before) }
}

// Lost returns how many packets, of how many bytes on the wire, a worker's queue
// had no room for. Any goroutine may ask.
func (p *Pipeline) Lost(worker int) (packets, bytes uint64) {
	for _, poller := range p.pollers {
		q := &poller.queues[worker]
		packets += q.lost.Load()
		bytes += q.lostBytes.Load()
	}
	return packets, bytes
}

// Waiting returns how many packets wait for a worker, and how many may; for
// traces, as many as needed may, which is told as 0, as with Inline, where none ever
// waits. Any goroutine may ask.
func (p *Pipeline) Waiting(worker int) (n, limit uint64) {
	if p.options.Inline {
		return 0, 0
	}
	for _, poller := range p.pollers {
		q := &poller.queues[worker]
		done := q.done.Load() // first: what is sent after it is not behind it
		n += q.sent.Load() - done
		limit += uint64(poller.limit)
	}
	return n, limit
}

// wake ends the sleep of workers that have had nothing to do for long.
func (p *Pipeline) wake() {
	for _, w := range p.wakers {
		w.Wake()
	}
}

// bind locks the calling goroutine to its thread, and the thread to its core, if
// it has one, and returns what ends this. A thread that is bound to a core ends with
// its goroutine: no other one should get it.
func (p *Pipeline) bind(thread int) (free func(), err error) {
	if thread >= len(p.options.Cores) {
		runtime.LockOSThread()
		return runtime.UnlockOSThread, nil
	}
	if _, err := pin.Lock(p.options.Cores[thread]); err != nil {
		return func() {}, fmt.Errorf("thread-cores: %w", err)
	}
	return func() {}, nil
}
