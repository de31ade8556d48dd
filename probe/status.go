package probe

import (
	"time"

	"mmt/output"
	"mmt/report"
)

// status writes report 200 each stats-period, in a goroutine of its own which
// is the only one that uses the writer of thread 0 meanwhile.
type status struct {
	crew    *crew
	done    chan struct{}
	stopped chan struct{}
}

// startStatus begins with the reports; nothing if the packets are those of a
// trace.
func startStatus(c *crew, period time.Duration) *status {
	if _, live := c.counters(); !live {
		return nil
	}
	s := &status{crew: c, done: make(chan struct{}), stopped: make(chan struct{})}
	go s.run(period)
	return s
}

func (s *status) run(period time.Duration) {
	defer close(s.stopped)
	report := time.NewTicker(period)
	defer report.Stop()
	tick := time.NewTicker(time.Second) // cache-periods are whole seconds
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return
		case now := <-report.C:
			s.write(now)
		case now := <-tick.C:
			s.crew.out.writers[0].Tick(now.UnixNano())
		}
	}
}

// stop ends the reports with one of the figures at the end: call it when the
// source is closed.
func (s *status) stop() {
	if s == nil {
		return
	}
	close(s.done)
	<-s.stopped
	s.write(time.Now())
}

// write writes a report. The NIC has also had what the prefilter kept away.
func (s *status) write(now time.Time) {
	n := s.crew.stats()
	c, _ := s.crew.counters()
	packets, bytes := s.crew.lost()
	line := (&report.Status{
		Time: now.UnixNano(), NICPackets: c.Seen + c.Missed + c.Prefiltered, NICLost: n.Dropped + c.Missed,
		Packets: n.Received - packets, LostPackets: packets, Bytes: n.ReceivedBytes - bytes, LostBytes: bytes,
	}).Append(nil, s.crew.out.encoder)
	s.crew.out.writers[0].Write(output.ToFile, line)
}
