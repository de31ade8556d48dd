package probe

import (
	"slices"
	"time"

	"mmt/output"
	"mmt/report"
)

// duty is a report of thread 0 that is written again and again.
type duty struct {
	every time.Duration
	next  time.Time
	write func(now time.Time)
}

// status writes the reports of thread 0, in a goroutine of its own which is the
// only one that uses the writer of that thread meanwhile.
type status struct {
	crew    *crew
	live    bool // the packets are not those of a trace
	duties  []duty
	done    chan struct{}
	stopped chan struct{}
}

// startStatus begins with the reports: the crew's duties and, of a live capture,
// each period that on what was received.
func startStatus(c *crew, period time.Duration) *status {
	s := &status{crew: c, duties: c.duties, done: make(chan struct{}), stopped: make(chan struct{})}
	if _, s.live = c.counters(); s.live {
		s.duties = append(s.duties, duty{every: period, write: s.write})
	}
	if len(s.duties) == 0 {
		return nil
	}
	now := time.Now()
	for i := range s.duties {
		s.duties[i].next = now.Add(s.duties[i].every)
	}
	go s.run()
	return s
}

func (s *status) run() {
	defer close(s.stopped)
	tick := time.NewTicker(time.Second) // cache-periods are whole seconds
	defer tick.Stop()
	for {
		due := slices.MinFunc(s.duties, func(a, b duty) int { return a.next.Compare(b.next) }).next
		select {
		case <-s.done:
			return
		case <-time.After(time.Until(due)):
			s.perform(due)
		case now := <-tick.C:
			s.crew.out.writers[0].Tick(now.UnixNano())
		}
	}
}

// perform writes what is due. What was missed, as the machine slept, is not made
// up for.
func (s *status) perform(due time.Time) {
	now := time.Now()
	for i := range s.duties {
		d := &s.duties[i]
		if d.next.After(due) {
			continue
		}
		d.write(now)
		for !d.next.After(now) {
			d.next = d.next.Add(d.every * max(1, now.Sub(d.next)/d.every))
		}
	}
}

// pause ends the reports.
func (s *status) pause() {
	if s != nil {
		close(s.done)
		<-s.stopped
	}
}

// stop ends the reports with one of the figures at the end: call it when the
// source is closed.
func (s *status) stop() {
	s.pause()
	if s != nil && s.live {
		s.write(time.Now())
	}
}

// write writes a report. The NIC has also had what the prefilter kept away.
func (s *status) write(now time.Time) {
	t := s.crew.tally()
	n, c, packets, bytes := &t.stats, &t.counters, t.lost, t.lostBytes
	s.crew.out.write(output.ToAll, &report.Status{
		Time: now.UnixNano(), NICPackets: c.Seen + c.Missed + c.Prefiltered, NICLost: n.Dropped + c.Missed,
		Packets: n.Received - packets, LostPackets: packets, Bytes: n.ReceivedBytes - bytes, LostBytes: bytes,
	})
}
