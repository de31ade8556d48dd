package pipeline

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"time"

	"mmt/dataplane"
	"mmt/dataplane/ring"
)

// turn is how many bursts a worker takes of one poller before it looks at the
// next one.
const turn = 16

// work analyses the packets of one worker until all pollers have ended.
func (p *Pipeline) work(number int) error {
	free, err := p.bind(len(p.pollers) + number)
	defer free()
	if err != nil {
		p.stop() // what has come already is analysed all the same
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	watcher := p.options.Watchers[number]
	watcher.Begin()
	defer watcher.End()
	wait := ring.NewBackoff()
	wait.Yields, wait.MaxSleep = 0, longestSleep // a yield of a bound thread costs more than a sleep
	for {
		news := p.wakers[number].News()
		busy, open := p.round(number)
		switch {
		case busy:
			wait.Reset()
		case !open:
			p.end(number)
			return errors.Join(err, p.fault(number))
		case wait.Tired():
			p.wakers[number].Sleep(news)
			wait.Reset()
		default:
			wait.Wait()
		}
	}
}

// longestSleep is how long a worker sleeps without being woken: a burst that comes
// then waits no longer.
const longestSleep = 100 * time.Microsecond

// round takes a turn at each poller. It tells whether there was anything to do,
// and whether there may be more.
func (p *Pipeline) round(number int) (busy, open bool) {
	for _, o := range p.pollers {
		in := o.ring.Reader(number)
		busy = p.serve(number, o, in) || busy
		open = open || !in.Drained()
	}
	return busy, open
}

// serve analyses some bursts of a poller and tells whether there were any.
func (p *Pipeline) serve(number int, o *poller, in *ring.Reader[batch]) bool {
	list := in.Peek()
	list = list[:min(len(list), turn)]
	for i := range list {
		p.take(number, o, &list[i])
		in.Release(1)
	}
	return len(list) > 0
}

// fault is the error of worker 0, if packets could not be read.
func (p *Pipeline) fault(number int) error {
	if number == 0 && p.faults.Load() {
		return errors.New("the memory of packets is gone: was the trace cut while it was read? (what was before is reported)")
	}
	return nil
}

// take analyses a worker's share of a batch.
func (p *Pipeline) take(number int, o *poller, b *batch) {
	w := p.options.Workers[number]
	before, done := w.Packets(), false
	defer func() {
		if !done {
			o.queues[number].done.Add(p.missed(number, b, w, before))
		}
	}()
	defer p.survive(partWorker, number)
	if b.order != nil {
		b.order.Do(w)
	}
	if b.N == 0 && b.Idle == 0 {
		done = true
		return // what was to be received at the end
	}
	n := w.ProcessShare(&b.Burst, &b.Share)
	done = true
	o.queues[number].done.Add(uint64(n))
	p.options.Watchers[number].Took(n)
}

// inline receives and analyses in one thread.
func (p *Pipeline) inline(ctx context.Context) error {
	free, err := p.bind(0)
	if err != nil {
		p.end(0)
		return err
	}
	defer free()
	watcher, src := p.options.Watchers[0], p.options.Sources[0]
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	watcher.Begin()
	defer watcher.End()
	err = p.pump(ctx, src)
	p.end(0)
	return errors.Join(err, p.fault(0))
}

func (p *Pipeline) pump(ctx context.Context, src dataplane.Source) error {
	defer p.survive(partPoller, 0)
	w, watcher := p.options.Workers[0], p.options.Watchers[0]
	_, live := src.(dataplane.Live)
	var b dataplane.Burst
	for (live || ctx.Err() == nil) && !p.paused.Load() {
		if order := p.options.Between(); order != nil {
			order.Do(w)
		}
		if err := src.Receive(&b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if b.N == 0 {
			w.Idle(time.Now().UnixNano())
			watcher.Took(0)
			continue
		}
		p.options.Received(b.N)
		p.options.Prepare(b.Packets[:b.N])
		watcher.Took(p.process(&b))
		src.Release(&b)
	}
	return nil
}

// process analyses a burst and returns how many packets of it were analysed.
func (p *Pipeline) process(b *dataplane.Burst) (n int) {
	w := p.options.Workers[0]
	before := w.Packets()
	defer func() {
		n = int(w.Packets() - before)
		p.lost.Add(uint64(b.N - n))
	}()
	defer p.survive(partWorker, 0)
	w.Process(b)
	return b.N
}
