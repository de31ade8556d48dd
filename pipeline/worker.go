package pipeline

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"

	"mmt/dataplane"
	"mmt/dataplane/ring"
)

// turn is how many bursts a worker takes of one poller before it looks at the
// next one.
const turn = 16

// work analyses the packets of one worker until all pollers have ended.
func (p *Pipeline) work(number int) error {
	err := p.bind(len(p.pollers) + number)
	if err == nil {
		defer runtime.UnlockOSThread()
	} else {
		p.stop() // what has come already is analysed all the same
	}
	watcher := p.options.Watchers[number]
	watcher.Begin()
	defer watcher.End()
	wait := ring.NewBackoff()
	for {
		busy, open := false, false
		for _, o := range p.pollers {
			in := o.ring.Reader(number)
			busy = p.serve(number, o, in) || busy
			open = open || !in.Drained()
		}
		switch {
		case busy:
			wait.Reset()
		case !open:
			p.options.Workers[number].Close()
			watcher.Took(0)
			return err
		default:
			wait.Wait()
		}
	}
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

// take analyses a worker's share of a batch.
func (p *Pipeline) take(number int, o *poller, b *batch) {
	w := p.options.Workers[number]
	if b.order != nil {
		b.order(w)
	}
	if b.N == 0 && b.Idle == 0 {
		return // what was to be received at the end
	}
	n := w.ProcessShare(&b.Burst, &b.Share)
	o.queues[number].done.Add(uint64(n))
	p.options.Watchers[number].Took(n)
}

// inline receives and analyses in one thread.
func (p *Pipeline) inline(ctx context.Context) error {
	if err := p.bind(0); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	w, watcher, src := p.options.Workers[0], p.options.Watchers[0], p.options.Sources[0]
	watcher.Begin()
	defer watcher.End()
	err := p.pump(ctx, src)
	w.Close()
	watcher.Took(0)
	return err
}

func (p *Pipeline) pump(ctx context.Context, src dataplane.Source) error {
	w, watcher := p.options.Workers[0], p.options.Watchers[0]
	_, live := src.(dataplane.Live)
	var b dataplane.Burst
	for live || ctx.Err() == nil {
		if order := p.options.Between(); order != nil {
			order(w)
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
		n := b.N
		p.options.Received(n)
		p.options.Prepare(b.Packets[:n])
		w.Process(&b)
		watcher.Took(n)
		src.Release(&b)
	}
	return nil
}
