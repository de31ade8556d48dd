package output

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Values of QueueOptions that are zero.
const (
	DefaultQueueLines   = 100_000
	DefaultQueueBytes   = 64 << 20
	DefaultFirstRetry   = 100 * time.Millisecond
	DefaultLongestRetry = 10 * time.Second
	DefaultSendTimeout  = 10 * time.Second
	DefaultStallAfter   = time.Second
)

const (
	// watchPeriod is how often a queue looks whether its far end stands still.
	watchPeriod = 200 * time.Millisecond
	// closeGrace is how long a Send may go on after its context has ended.
	closeGrace = 2 * time.Second
	// lossPeriod is the time between two lines in the log of what is lost.
	lossPeriod = time.Minute
)

// QueueOptions say how much of a channel may wait, and where.
type QueueOptions struct {
	Name       string // of the channel
	BatchLines int    // most lines of one Send; 0: DefaultCacheMax

	Lines int // most lines in memory
	Bytes int // most bytes in memory

	SpillDir  string // folder of lines that memory has no room for; "": none
	SpillSize int64  // most bytes there

	// Wait makes a Writer wait for room while the far end takes lines: for a
	// trace, which can be read more slowly, and anew after a crash. A far end that
	// fails or stands still is not waited for. Without Wait, what comes faster
	// than the far end takes it goes to disk, not only what has no room in memory.
	Wait bool

	FirstRetry, LongestRetry time.Duration // pauses after an error: doubled each time
	SendTimeout              time.Duration // of one Open or Send
	// StallAfter is how long a Send takes until the lines behind it go to disk,
	// and nobody waits for room any more.
	StallAfter time.Duration
	Log        *slog.Logger // nil: nothing is logged
}

func (o *QueueOptions) setDefaults() {
	setDefault(&o.BatchLines, DefaultCacheMax)
	setDefault(&o.Lines, DefaultQueueLines)
	setDefault(&o.Bytes, DefaultQueueBytes)
	setDefault(&o.FirstRetry, DefaultFirstRetry)
	setDefault(&o.LongestRetry, DefaultLongestRetry)
	setDefault(&o.SendTimeout, DefaultSendTimeout)
	setDefault(&o.StallAfter, DefaultStallAfter)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T int | time.Duration](value *T, def T) {
	if *value <= 0 {
		*value = def
	}
}

// Queue is what all threads' Writers share of a channel with a Remote. Lines
// move in one order:
//
//	threads -> memory -> disk -> Remote
//
// and past the disk while it is empty. They go to disk, at once, when the Remote
// fails or stands still, and when more than a batch waits behind the one that is
// being sent (with QueueOptions.Wait: when half of the memory is taken); so the
// death of the program loses what the Writers have not handed over, what is being
// sent, and the batch behind it. A line that neither memory nor disk has room for
// is lost, the older ones stay.
type Queue struct {
	opt    QueueOptions
	remote Remote // the sender's
	memory *memory

	instead atomic.Pointer[Remote] // what is to be used in place of remote
	hurry   chan struct{}          // there is such

	order sync.Mutex // who holds it moves lines out of memory, or to and from disk
	spill *spill     // nil: none
	over  bool       // the end: the sender may move nothing any more

	some    chan struct{} // there may be something to send
	crowded chan struct{} // there may be something to spill
	closing chan struct{} // closed when no more lines will come
	ctx     context.Context
	cancel  context.CancelFunc
	sent    chan struct{} // closed when the sender has ended
	leaving chan struct{} // closed when the watch is to end
	watched chan struct{} // closed when it has ended
	sender  sender
	moving  Batch        // from memory to disk
	told    toldLosses   // of the watch
	ending  atomic.Bool  // Writers wait for room
	noSpace atomic.Bool  // the disk takes no more
	failing atomic.Bool  // the last Open or Send failed
	since   atomic.Int64 // when the Send began that goes on, ns since 1970; 0: none
	figures queueFigures

	flusher flusher      // the Remote, if it is one
	flushAt atomic.Int64 // the end of a cache-period that it is to be told; 0: none
}

// flusher is a Remote to which the end of a cache-period means something.
type flusher interface {
	// flush is told the end after the lines before it were sent. It is called by
	// the goroutine that sends.
	flush(now int64) error
}

// NewQueue starts a queue, with the lines that an earlier run has left in
// o.SpillDir. It does not wait for the far end.
func NewQueue(r Remote, o QueueOptions) (*Queue, error) {
	q := newQueue(r, o)
	if o.SpillDir != "" && o.SpillSize > 0 {
		var err error
		if q.spill, err = openSpill(o.SpillDir, o.SpillSize); err != nil {
			return nil, err
		}
		if n := q.spill.lines.Load(); n > 0 {
			q.figures.recovered.Store(uint64(n))
			q.opt.Log.Info(fmt.Sprintf("output channel %s: %d reports of an earlier run wait in %s", o.Name, n, o.SpillDir))
		}
	}
	q.start()
	return q, nil
}

// newQueue makes a queue that keeps nothing on disk and is not started.
func newQueue(r Remote, o QueueOptions) *Queue {
	o.setDefaults()
	q := &Queue{
		opt: o, remote: r, memory: newMemory(o.Lines, o.Bytes, o.BatchLines),
		some: make(chan struct{}, 1), hurry: make(chan struct{}, 1), crowded: make(chan struct{}, 1), closing: make(chan struct{}),
		sent: make(chan struct{}), leaving: make(chan struct{}), watched: make(chan struct{}),
	}
	q.flusher, _ = r.(flusher)
	return q
}

func (q *Queue) start() {
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.sender = sender{q: q, pause: q.opt.FirstRetry}
	go q.sender.run()
	go q.watch()
}

// Channel returns the queue as the channel of one Writer.
func (q *Queue) Channel() Channel { return queueChannel{q} }

// queueChannel is a Channel that takes everything: what the queue has no room
// for is counted by the queue.
type queueChannel struct{ q *Queue }

// Name implements Channel.
func (c queueChannel) Name() string { return c.q.opt.Name }

// Write implements Channel.
func (c queueChannel) Write(b *Batch, _ int64) (int, error) {
	c.q.put(b)
	return b.Len(), nil
}

// Flush implements Channel: lines wait for nothing but the far end.
func (c queueChannel) Flush(now int64) error {
	if c.q.flusher != nil {
		c.q.flushAt.Store(now)
		nudge(c.q.some)
	}
	return nil
}

// Close implements Channel: the queue is closed after all its channels.
func (queueChannel) Close() error { return nil }

// Lost implements Channel: the queue counts.
func (queueChannel) Lost() uint64 { return 0 }

// OwnChannel returns the queue as the channel of its only Writer, which closes it
// with this patience and counts what it loses.
func (q *Queue) OwnChannel(patience time.Duration) Channel {
	return ownChannel{queueChannel{q}, patience}
}

// ownChannel is the channel of a queue's only Writer.
type ownChannel struct {
	queueChannel
	patience time.Duration
}

// Close implements Channel.
func (c ownChannel) Close() error { return c.q.Close(c.patience) }

// Lost implements Channel.
func (c ownChannel) Lost() uint64 {
	lost := c.q.figures.losses()
	return lost.Sum()
}

// put takes the lines of b, or loses them.
func (q *Queue) put(b *Batch) {
	q.figures.received.Add(uint64(b.Len()))
	var wait func() bool
	if q.opt.Wait || q.ending.Load() {
		wait = q.flows
	}
	taken := q.memory.put(b, wait)
	if lost := b.Len() - taken; lost > 0 {
		q.lose(q.fullReason(), lost)
	}
	nudge(q.some)
	if q.spill != nil && q.mustSpill() {
		nudge(q.crowded)
	}
}

// Ending tells that the last lines come, which are many at once: from now on a
// Writer waits for room as with QueueOptions.Wait.
func (q *Queue) Ending() { q.ending.Store(true) }

// flows tells whether it is worth while to wait for room.
func (q *Queue) flows() bool {
	nudge(q.some)
	nudge(q.crowded)
	return !q.failing.Load() && !q.stalled()
}

// stalled tells whether a Send takes very long.
func (q *Queue) stalled() bool {
	since := q.since.Load()
	return since != 0 && time.Now().UnixNano()-since > int64(q.opt.StallAfter)
}

func (q *Queue) fullReason() Reason {
	if q.noSpace.Load() {
		return LostSpillFull
	}
	return LostQueueFull
}

// nudge wakes the goroutine that listens to c, now or when it listens again.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// watch moves lines to disk, and tells of losses.
func (q *Queue) watch() {
	defer close(q.watched)
	tick := time.NewTicker(watchPeriod)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			q.memory.wake() // a far end that stands still is not waited for
			q.tellLosses()
		case <-q.crowded:
		case <-q.leaving:
			return
		}
		if q.spill != nil {
			q.spillAll()
		}
	}
}

// mustSpill tells whether what is in memory is to go to disk.
func (q *Queue) mustSpill() bool {
	batches, half := q.memory.fill()
	return batches > 0 && (half || batches > 1 && !q.opt.Wait || q.failing.Load() || q.stalled())
}

// spillAll moves to disk what must go there, as far as there is room.
func (q *Queue) spillAll() {
	for q.mustSpill() && q.spillOne() {
	}
}

// spillOne moves one batch. It returns false if there is none, or no room.
func (q *Queue) spillOne() bool {
	q.order.Lock()
	defer q.order.Unlock()
	if q.over || !q.memory.take(&q.moving) {
		return false
	}
	ok, err := q.spill.append(&q.moving)
	if !ok {
		q.memory.putBack(&q.moving)
	}
	if !q.noSpace.Swap(!ok) && !ok {
		q.tellNoSpace(err)
	}
	return ok
}

func (q *Queue) tellNoSpace(err error) {
	if err == nil {
		err = fmt.Errorf("it has its %d bytes (raise output.spill-size)", q.opt.SpillSize)
	}
	q.opt.Log.Error(fmt.Sprintf("output channel %s: no room in %s for reports that wait: %v", q.opt.Name, q.opt.SpillDir, err))
}

// toldLosses is what the log says of losses.
type toldLosses struct {
	lines uint64
	at    time.Time
}

// tellLosses logs that lines get lost, when it begins and once a lossPeriod
// while it goes on.
func (q *Queue) tellLosses() {
	lost := q.figures.losses()
	sum := lost.Sum()
	if sum == q.told.lines || time.Since(q.told.at) < lossPeriod {
		return
	}
	q.told = toldLosses{sum, time.Now()}
	text := fmt.Sprintf("output channel %s: reports are being lost, so far: %s", q.opt.Name, &lost)
	if err := q.figures.refusal.Load(); err != nil {
		text += fmt.Sprintf(" (the last was refused: %v)", *err)
	}
	q.opt.Log.Error(text)
}

func (q *Queue) lose(r Reason, lines int) { q.figures.lost[r].Add(uint64(lines)) }

// Close sends what waits, for no longer than patience. What is left then goes to
// disk for the next run, or is lost. All Writers must be closed.
func (q *Queue) Close(patience time.Duration) error {
	close(q.closing)
	timer := time.AfterFunc(patience, q.cancel)
	select {
	case <-q.sent:
	case <-q.ctx.Done():
		q.awaitSender()
	}
	timer.Stop()
	q.cancel()
	close(q.leaving)
	<-q.watched
	return q.leave()
}

// awaitSender waits until the sender has noticed that it must end.
func (q *Queue) awaitSender() {
	select {
	case <-q.sent:
	case <-time.After(closeGrace):
	}
}

// leave puts what was not sent where the next run finds it, and returns an
// error if there is no such place.
func (q *Queue) leave() error {
	q.order.Lock()
	defer q.order.Unlock()
	q.over = true
	left := uint64(0)
	if q.spill != nil {
		for q.memory.take(&q.moving) {
			if ok, _ := q.spill.append(&q.moving); !ok {
				break
			}
		}
		left = uint64(q.spill.lines.Load())
		q.spill.close()
	}
	pending := q.Stats().Pending
	held := pending - min(left, pending)
	q.lose(LostAtEnd, int(held))
	q.tellLosses()
	if left > 0 {
		q.opt.Log.Warn(fmt.Sprintf("output channel %s: %d reports wait in %s for the next run", q.opt.Name, left, q.opt.SpillDir))
	}
	if held > 0 {
		return fmt.Errorf("output channel %s: %d reports not sent are lost", q.opt.Name, held)
	}
	return nil
}
