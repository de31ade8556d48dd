package output

import (
	"errors"
	"fmt"
	"sync"
)

// Stats are the figures of one channel of one Writer, or of a Queue, in lines.
// Received = Written + Pending + Lost. What a Writer has handed to a Queue is
// counted by the Queue only, so that the sum of all is that of the channel.
type Stats struct {
	Channel   string
	Received  uint64
	Recovered uint64 // of these, left by an earlier run
	Written   uint64 // taken by the channel and not lost by it
	Pending   uint64 // kept for the next try
	Lost      uint64
	Losses    Losses // Lost by reason

	Spilled, SpilledBytes uint64 // of Pending, on disk
	Damaged               uint64 // files of an earlier run or of this one that could not be read to their end

	Failing bool
	Err     error // why the channel of a Writer fails
}

// slot is one channel of a Writer with the lines that wait for it.
type slot struct {
	bit     Set
	channel Channel
	opt     *Options
	batch   Batch
	blocked bool // the channel did not take all: wait for the end of the period
	taken   uint64
	losses  Losses // lines lost here: no room, or never taken
	err     error

	mu     sync.Mutex // guards public, for Stats; taken once a batch
	public Stats
}

// add keeps a line, and hands the batch over when it is full.
func (s *slot) add(line []byte, now int64) {
	if len(s.batch.buf)+len(line) >= s.opt.MaxPending {
		s.losses[LostQueueFull]++
		return
	}
	s.batch.Add(line)
	if s.batch.Len() >= s.opt.CacheMax && !s.blocked {
		if err := s.deliver(now); err != nil {
			s.setErr(err) // only a whole period without error clears it
		}
		s.publish()
	}
}

// deliver hands the batch over.
func (s *slot) deliver(now int64) error {
	if s.batch.Len() == 0 {
		return nil
	}
	n, err := s.channel.Write(&s.batch, now)
	s.batch.drop(n)
	s.taken += uint64(n)
	s.blocked = s.batch.Len() > 0
	return err
}

// flush ends a cache-period.
func (s *slot) flush(now int64) {
	err := s.deliver(now)
	s.setErr(errors.Join(err, s.channel.Flush(now)))
	s.publish()
}

// close hands over what is left; what the channel leaves is lost.
func (s *slot) close(now int64) error {
	errs := []error{s.deliver(now), s.channel.Flush(now), s.channel.Close()}
	if n := s.batch.Len(); n > 0 {
		errs = append(errs, fmt.Errorf("%d lines not written are lost", n))
		s.losses[LostAtEnd] += uint64(n)
		s.batch.reset()
	}
	s.err = errors.Join(errs...)
	s.publish()
	return s.err
}

// setErr tells the owner when the channel's state changes.
func (s *slot) setErr(err error) {
	if (err == nil) != (s.err == nil) && s.opt.OnError != nil {
		s.opt.OnError(s.channel.Name(), err)
	}
	s.err = err
}

// publish makes the figures visible to Stats.
func (s *slot) publish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending, lost := uint64(s.batch.Len()), s.losses.Sum()
	s.public = Stats{
		Received: s.taken + pending + lost, Written: s.taken, Pending: pending,
		Lost: lost, Losses: s.losses, Failing: s.err != nil, Err: s.err,
	}
}

func (s *slot) stats() Stats {
	s.mu.Lock()
	st := s.public
	s.mu.Unlock()
	st.Channel = s.channel.Name()
	if _, ok := s.channel.(queueChannel); ok {
		st.Received -= st.Written
		st.Written = 0
	}
	lost := min(s.channel.Lost(), st.Written) // a batch may be ahead of publish
	st.Written -= lost
	st.Lost += lost
	st.Losses[LostDamaged] += lost
	return st
}
