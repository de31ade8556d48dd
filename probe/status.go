package probe

import (
	"time"

	"mmt/dataplane"
	"mmt/output"
	"mmt/report"
)

// status writes report 200 each stats-period, in a goroutine of its own which
// is the only one that uses the writer of thread 0 meanwhile.
type status struct {
	live    dataplane.Live
	out     *outputs
	done    chan struct{}
	stopped chan struct{}
}

// startStatus begins with the reports; nothing if src is a trace.
func startStatus(src dataplane.Source, out *outputs, period time.Duration) *status {
	live, ok := src.(dataplane.Live)
	if !ok {
		return nil
	}
	s := &status{live: live, out: out, done: make(chan struct{}), stopped: make(chan struct{})}
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
			s.out.writers[0].Tick(now.UnixNano())
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

// write writes a report. The thread that receives also analyses: what it has
// received, it does not lose.
func (s *status) write(now time.Time) {
	n, c := s.live.Stats(), s.live.Counters()
	line := (&report.Status{
		Time: now.UnixNano(), NICPackets: c.Seen + c.Missed, NICLost: n.Dropped + c.Missed, Packets: n.Received, Bytes: n.ReceivedBytes,
	}).Append(nil, s.out.encoder)
	s.out.writers[0].Write(output.ToFile, line)
}
