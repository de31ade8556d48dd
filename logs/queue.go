package logs

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	room      = 512         // messages that wait at most
	look      = time.Second // between two looks for periods that are over
	closeTime = time.Second // that what waits at the end has to be written
)

// sink is where messages end. One goroutine calls it.
type sink interface {
	write(e *entry) error
	reopen() error // after a file was moved away
	close() error
}

// queue is between those who log and the sink.
type queue struct {
	least severity // messages less urgent than this are not written
	sink  sink
	now   func() time.Time

	mu     sync.Mutex // of limit, and of entries against closed
	limit  *limiter
	closed bool

	entries chan entry
	hangup  chan struct{}
	done    chan struct{}

	written, held, lost atomic.Uint64
	told                uint64 // of lost
	why                 error  // the last failure that is not told
}

func newQueue(s sink, least severity, now func() time.Time) *queue {
	return &queue{
		least: least, sink: s, now: now, limit: newLimiter(),
		entries: make(chan entry, room), hangup: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// admit asks the limiter.
func (q *queue) admit(level slog.Level, place uintptr, text string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	ok := q.limit.admit(q.now(), level, place, text)
	if !ok {
		q.held.Add(1)
	}
	return ok
}

// put lets a message wait, or counts it as lost where there is no room.
func (q *queue) put(e entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		q.lost.Add(1)
		return
	}
	select {
	case q.entries <- e:
	default:
		q.lost.Add(1)
	}
}

// run writes what comes until the queue is closed.
func (q *queue) run() {
	defer close(q.done)
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case e, open := <-q.entries:
			if !open {
				q.tellHeld(true)
				q.tellLost()
				return
			}
			q.write(&e)
			q.tellLost()
		case <-tick.C:
			q.tellHeld(false)
			q.tellLost()
		case <-q.hangup:
			if err := q.sink.reopen(); err != nil {
				q.say(failure, "the log goes on where it was: "+err.Error())
			}
		}
	}
}

func (q *queue) write(e *entry) {
	if err := q.sink.write(e); err != nil {
		q.lost.Add(1)
		q.why = err
		return
	}
	q.written.Add(1)
}

// say writes a message of the log itself, which is not counted.
func (q *queue) say(sev severity, text string) bool {
	err := q.sink.write(&entry{time: q.now(), sev: sev, text: text})
	if err != nil {
		q.why = err
	}
	return err == nil
}

// tellHeld writes how often the messages came that were held back.
func (q *queue) tellHeld(all bool) {
	q.mu.Lock()
	now := q.now()
	over := q.limit.due(now, all)
	q.mu.Unlock()
	for _, r := range over {
		q.say(r.sev, fmt.Sprintf("%s: repeated %d times in %s", r.text, r.held, now.Sub(r.begin).Round(time.Second)))
	}
}

// tellLost writes how many messages were lost, if now it can.
func (q *queue) tellLost() {
	lost := q.lost.Load()
	if lost == q.told {
		return
	}
	text := fmt.Sprintf("%d messages of this log were lost: too many came at once", lost-q.told)
	if q.why != nil {
		text = fmt.Sprintf("%d messages of this log were lost: %v", lost-q.told, q.why)
	}
	if q.say(warning, text) {
		q.told, q.why = lost, nil
	}
}

// close writes what waits, for as long as closeTime, and closes the sink. A sink
// that does not come back is left behind.
func (q *queue) close() error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil
	}
	q.closed = true
	close(q.entries)
	q.mu.Unlock()
	select {
	case <-q.done:
		return q.sink.close()
	case <-time.After(closeTime):
		return fmt.Errorf("the log takes nothing: %d messages are not written", len(q.entries)+1)
	}
}
