package output

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// sender takes lines from a Queue to its Remote, in a goroutine of its own.
type sender struct {
	q        *Queue
	batch    Batch // being sent
	fromDisk bool  // where batch is from
	open     bool
	pause    time.Duration // after the next error
	failed   time.Time     // when the failure began that lasts
	lostThen uint64        // lines lost when it began
}

// run sends until the queue is closed and empty, or its context ends.
func (s *sender) run() {
	defer close(s.q.sent)
	for s.fetch() {
		if err := s.attempt(); err != nil {
			s.fail(err)
			s.wait()
		}
	}
	s.disconnect()
	s.keep()
}

// fetch waits for lines to send; it returns false at the end.
func (s *sender) fetch() bool {
	q := s.q
	for q.ctx.Err() == nil {
		s.turn()
		if s.batch.Len() > 0 || s.next() {
			return true
		}
		s.flush()
		select {
		case <-q.some:
		case <-q.ctx.Done():
		case <-q.closing:
			return s.next() // nothing comes any more
		}
	}
	return false
}

// flush tells the Remote that a cache-period has ended.
func (s *sender) flush() {
	q := s.q
	now := q.flushAt.Swap(0)
	if now == 0 {
		return
	}
	q.since.Store(time.Now().UnixNano())
	defer q.since.Store(0)
	if err := q.flusher.flush(now); err != nil {
		s.fail(err)
		return
	}
	s.recover()
}

// next takes the oldest lines from disk, else from memory.
func (s *sender) next() bool {
	q := s.q
	q.order.Lock()
	defer q.order.Unlock()
	if q.over {
		return false
	}
	if q.spill != nil && !q.spill.empty() {
		lost, err := q.spill.read(&s.batch)
		if lost > 0 {
			q.lose(LostDamaged, lost)
		}
		if err != nil {
			q.opt.Log.Error(fmt.Sprintf("output channel %s: %d reports cannot be read: %v", q.opt.Name, lost, err))
		}
		if s.fromDisk = s.batch.Len() > 0; s.fromDisk {
			return true
		}
	}
	s.fromDisk = false
	return q.memory.take(&s.batch)
}

// attempt connects if need be, and sends the batch once.
func (s *sender) attempt() error {
	q := s.q
	ctx, cancel := context.WithTimeout(q.ctx, q.opt.SendTimeout)
	defer cancel()
	q.since.Store(time.Now().UnixNano())
	defer q.since.Store(0)
	if !s.open {
		if err := q.remote.Open(ctx); err != nil {
			return err
		}
		s.open = true
	}
	sent, err := q.remote.Send(ctx, &s.batch)
	return s.settle(sent, err)
}

// settle counts what has become of the batch. What is left of it is to be sent
// again, after a pause if there is an error.
func (s *sender) settle(sent int, err error) error {
	size := s.batch.Len()
	sent = min(max(sent, 0), size)
	if err == nil && sent < size {
		err = fmt.Errorf("only %d of %d reports were taken", sent, size)
	}
	s.done(sent)
	s.q.figures.sent.Add(uint64(sent))
	if sent > 0 {
		s.pause = s.q.opt.FirstRetry
	}
	var g *givenUp
	if errors.As(err, &g) && g.lines > 0 {
		lost := min(g.lines, s.batch.Len())
		s.done(lost)
		s.q.lose(g.reason, lost)
		if g.reason == LostRefused {
			s.q.figures.refusal.Store(&g.err)
			return nil
		}
	}
	if err == nil {
		s.recover()
	}
	return err
}

// done removes lines from the start of the batch.
func (s *sender) done(lines int) {
	if lines == 0 {
		return
	}
	s.batch.drop(lines)
	if !s.fromDisk {
		return
	}
	s.q.order.Lock()
	defer s.q.order.Unlock()
	if s.q.over {
		return
	}
	if err := s.q.spill.ack(lines); err != nil {
		s.q.opt.Log.Error(fmt.Sprintf("output channel %s: reports may be sent twice after a restart: %v", s.q.opt.Name, err))
	}
}

// fail notes an error, and puts the batch on disk.
func (s *sender) fail(err error) {
	q := s.q
	s.disconnect()
	if q.ctx.Err() != nil {
		return // the end of the run, not of the far end
	}
	if !q.failing.Swap(true) {
		lost := q.figures.losses()
		s.failed, s.lostThen = time.Now(), lost.Sum()
		q.opt.Log.Error(fmt.Sprintf("output channel %s does not take reports, they wait: %v", q.opt.Name, err))
	}
	s.keep()
	q.memory.wake()
	nudge(q.crowded)
}

// recover notes that the far end takes lines.
func (s *sender) recover() {
	q := s.q
	if q.failing.Swap(false) {
		lost := q.figures.losses()
		q.opt.Log.Info(fmt.Sprintf("output channel %s takes reports again, after %s; %d were lost", q.opt.Name,
			time.Since(s.failed).Round(time.Millisecond), lost.Sum()-s.lostThen))
	}
}

// keep puts a batch that came from memory before what is on disk.
func (s *sender) keep() {
	q := s.q
	q.order.Lock()
	defer q.order.Unlock()
	if q.spill == nil || s.fromDisk || s.batch.Len() == 0 || q.over {
		return
	}
	if err := q.spill.prepend(&s.batch); err != nil {
		q.opt.Log.Error(fmt.Sprintf("output channel %s: %v", q.opt.Name, err))
		return
	}
	s.batch.reset()
}

// wait pauses before the next attempt. The end of the run shortens it.
func (s *sender) wait() {
	q := s.q
	pause := time.Duration(float64(s.pause) * (0.75 + rand.Float64()/2))
	s.pause = min(2*s.pause, q.opt.LongestRetry)
	closing := q.closing
	select {
	case <-closing: // each attempt may be the last: do not wait long
		closing, pause = nil, min(pause, q.opt.FirstRetry)
	default:
	}
	select {
	case <-time.After(pause):
	case <-q.hurry:
	case <-closing:
	case <-q.ctx.Done():
	}
}

func (s *sender) disconnect() {
	if s.open {
		s.open = false
		if err := s.q.remote.Close(); err != nil {
			s.q.opt.Log.Debug(fmt.Sprintf("output channel %s: %v", s.q.opt.Name, err))
		}
	}
}
