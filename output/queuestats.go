package output

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// queueFigures count the lines of a Queue.
type queueFigures struct {
	received  atomic.Uint64 // from Writers
	recovered atomic.Uint64 // of an earlier run
	sent      atomic.Uint64
	lost      [reasons]atomic.Uint64
	refusal   atomic.Pointer[error] // why a line was refused last
}

func (f *queueFigures) losses() (l Losses) {
	for i := range l {
		l[i] = f.lost[i].Load()
	}
	return l
}

// Stats returns the figures of the queue; after Close, Pending is what waits on
// disk for the next run. Anyone may ask.
func (q *Queue) Stats() Stats {
	f := &q.figures
	s := Stats{Channel: q.opt.Name, Written: f.sent.Load(), Losses: f.losses(), Failing: q.failing.Load() || q.stalled()}
	s.Lost = s.Losses.Sum()
	// Read last, as lines are counted here first.
	s.Recovered = f.recovered.Load()
	s.Received = f.received.Load() + s.Recovered
	s.Pending = s.Received - min(s.Received, s.Written+s.Lost)
	if q.spill != nil {
		s.Spilled, s.SpilledBytes = uint64(max(q.spill.lines.Load(), 0)), uint64(max(q.spill.used.Load(), 0))
		s.Damaged = q.spill.damaged.Load()
	}
	return s
}

// String lists the reasons that there were, as in "3 refused, 5 queue full".
func (l *Losses) String() string {
	var list []string
	for i, lines := range l {
		if lines > 0 {
			list = append(list, fmt.Sprintf("%d %s", lines, Reason(i)))
		}
	}
	return strings.Join(list, ", ")
}

// Add adds the figures of another part of the same channel.
func (s *Stats) Add(other *Stats) {
	s.Received += other.Received
	s.Recovered += other.Recovered
	s.Written += other.Written
	s.Pending += other.Pending
	s.Lost += other.Lost
	s.Losses.add(&other.Losses)
	s.Spilled += other.Spilled
	s.SpilledBytes += other.SpilledBytes
	s.Damaged += other.Damaged
	s.Failing = s.Failing || other.Failing
}
