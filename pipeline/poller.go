package pipeline

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync/atomic"
	"time"

	"mmt/analyzer"
	"mmt/dataplane"
	"mmt/dataplane/ring"
	"mmt/dataplane/steer"
)

// batch is a burst on its way to the workers.
type batch struct {
	dataplane.Burst
	analyzer.Share
	order *Order // what to do before it, nil: nothing
}

// Bounds of the number of bursts in a ring: it need not be large for a trace,
// and a slot takes some 6 kB.
const (
	traceBursts = 256
	leastBursts = 64
	mostBursts  = 4096
)

// poller receives from a source.
type poller struct {
	p      *Pipeline
	number int
	src    dataplane.Source
	steer  *steer.Steer
	places steer.Places
	ring   *ring.Broadcast[batch]
	queues []queue
	live   bool
	limit  int // of packets in a queue, 0: there is none
	next   uint64
	latest int64 // time of packets, ns
}

// queue counts the packets on their way from a poller to a worker.
type queue struct {
	sent            atomic.Uint64
	lost, lostBytes atomic.Uint64
	ready           uint64 // done, as the poller has last seen it
	_               [64]byte
	done            atomic.Uint64 // analysed
	_               [64]byte
}

func newPoller(p *Pipeline, number int, src dataplane.Source, s *steer.Steer) *poller {
	workers := len(p.options.Workers)
	o := &poller{p: p, number: number, src: src, steer: s, queues: make([]queue, workers), next: 1}
	bursts := traceBursts
	if _, o.live = src.(dataplane.Live); o.live {
		o.limit = max(p.options.Queue, dataplane.BurstSize)
		bursts = min(max(2*workers*o.limit/dataplane.BurstSize, leastBursts), mostBursts)
	}
	if !p.options.Inline {
		o.ring = ring.NewBroadcast[batch](bursts, workers, ring.Wait)
		o.ring.OnPassed(func(b *batch) { src.Release(&b.Burst) })
	}
	return o
}

// run receives until the source is at its end.
func (o *poller) run(ctx context.Context) error {
	var b *batch
	defer o.close()
	defer func() {
		if b != nil {
			b.N, b.Idle = 0, 0 // what a crash has left in it
		}
	}()
	defer o.p.survive(partPoller, o.number)
	free, err := o.p.bind(o.number)
	if err != nil {
		o.p.stop()
		return err
	}
	defer free()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for (o.live || ctx.Err() == nil) && !o.p.paused.Load() {
		b = o.slot()
		if o.number == 0 {
			b = o.order(b)
		}
		if err := o.receive(b); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			o.p.stop()
			return err
		}
		o.publish()
		b = nil
	}
	return nil
}

// publish hands the batch over.
func (o *poller) publish() {
	o.ring.Publish()
	o.p.wake()
}

// giveBack gives the last packets back to the source.
func (o *poller) giveBack() {
	defer o.p.survive(partPoller, o.number)
	o.ring.Pass()
}

func (o *poller) close() {
	o.ring.Close()
	o.p.wake()
}

// order hands over what is to be done before the next burst, in a batch of its
// own: the burst may be long in coming. It returns the slot to go on with.
func (o *poller) order(b *batch) *batch {
	b.order = o.p.options.Between()
	if b.order == nil {
		return b
	}
	if b.order.Tells {
		b.First = o.take(1)
	}
	o.publish()
	return o.slot()
}

// fullSleep is how long a poller sleeps that found the ring full: the workers have
// enough to do for longer.
const fullSleep = 500 * time.Microsecond

// slot waits for a free slot, and empties it. Once the ring was full, it waits
// until a quarter is free: on few cores it would else take time from the workers
// for each single slot.
func (o *poller) slot() *batch {
	o.ring.Pass()
	b, ok := o.ring.Next()
	for !ok {
		time.Sleep(fullSleep)
		if o.ring.Pass(); o.ring.Free() >= o.ring.Cap()/4 {
			b, ok = o.ring.Next()
		}
	}
	b.N, b.Idle, b.order, b.Heralds = 0, 0, nil, 0
	return b
}

// receive fills a batch.
func (o *poller) receive(b *batch) error {
	if err := o.src.Receive(&b.Burst); err != nil {
		return err
	}
	b.First = o.take(max(b.N, 1))
	if b.N == 0 {
		b.Idle = time.Now().UnixNano()
		return nil
	}
	o.p.options.Received(b.N)
	o.p.options.Prepare(b.Packets[:b.N])
	if b.To = [dataplane.BurstSize]uint8{}; len(o.queues) > 1 {
		o.share(b)
	}
	o.admit(b)
	o.latest = b.Deal(&b.Burst, len(o.queues), o.latest)
	return nil
}

// share says which worker gets each packet of a batch, and which ones all must
// hear of.
func (o *poller) share(b *batch) {
	defer o.p.survive(partPoller, o.number)
	o.steer.BurstAt(&b.Burst, &b.To, &o.places)
	b.Heralds = o.p.options.Heralds.Mark(&b.Burst, &o.places)
}

// take returns the first of n numbers.
func (o *poller) take(n int) uint64 {
	if len(o.p.pollers) > 1 {
		return o.p.numbers.Add(uint64(n)) - uint64(n) + 1
	}
	first := o.next
	o.next += uint64(n)
	return first
}

// admit counts the packets of a batch into the queues of their workers. Those
// that find no room are lost.
func (o *poller) admit(b *batch) {
	if len(o.queues) == 1 && o.limit == 0 {
		o.queues[0].sent.Add(uint64(b.N))
		return
	}
	var counts [analyzer.MaxWorkers + 1]uint16
	for i := range b.N {
		to := b.To[i]
		if counts[to]++; o.limit > 0 && !o.room(to, counts[to]) {
			counts[to]--
			o.queues[to].lost.Add(1)
			o.queues[to].lostBytes.Add(uint64(b.Packets[i].Len))
			b.To[i] = analyzer.Nobody
		}
	}
	for i := range o.queues {
		if counts[i] > 0 {
			o.queues[i].sent.Add(uint64(counts[i]))
		}
	}
}

// room tells whether n packets more may wait for a worker.
func (o *poller) room(worker uint8, n uint16) bool {
	q := &o.queues[worker]
	after := q.sent.Load() + uint64(n)
	if after-q.ready <= uint64(o.limit) {
		return true
	}
	q.ready = q.done.Load()
	return after-q.ready <= uint64(o.limit)
}
