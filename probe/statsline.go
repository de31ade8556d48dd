package probe

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mmt/metrics"
)

// statsLines prints a line of figures each stats-period, in a goroutine of its own: a
// terminal that takes nothing must hold up nobody else.
type statsLines struct {
	period  chan time.Duration // another one, of which there is one at most
	monitor *monitor
	out     io.Writer
	done    chan struct{}
	stopped chan struct{}
	before  metrics.Snapshot
	at      time.Time // of before
}

// startStatsLines begins to print on out; nothing if that is nil.
func (m *monitor) startStatsLines(out io.Writer, period time.Duration) *statsLines {
	if out == nil {
		return nil
	}
	s := &statsLines{monitor: m, out: out, period: make(chan time.Duration, 1), done: make(chan struct{}), stopped: make(chan struct{}), at: time.Now()}
	go s.run(period)
	return s
}

func (s *statsLines) run(period time.Duration) {
	defer close(s.stopped)
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return
		case period := <-s.period:
			tick.Reset(period)
		case now := <-tick.C:
			s.print(now)
		}
	}
}

// every has it print by another period from now on. One goroutine may ask.
func (s *statsLines) every(period time.Duration) {
	if s == nil {
		return
	}
	select {
	case <-s.period: // nobody has seen that one yet
	default:
	}
	s.period <- period
}

// stop prints a last line.
func (s *statsLines) stop() {
	if s == nil {
		return
	}
	close(s.done)
	<-s.stopped
	s.print(time.Now())
}

// print prints a line. Rates are those since the line before, counts those since
// the start.
func (s *statsLines) print(now time.Time) {
	var f metrics.Snapshot
	s.monitor.Snapshot(&f)
	seconds := max(now.Sub(s.at).Seconds(), 1e-3)
	packets := float64(f.Packets.Analyzed-s.before.Packets.Analyzed) / seconds
	bits := 8 * float64(f.Packets.AnalyzedBytes-s.before.Packets.AnalyzedBytes) / seconds
	fmt.Fprintf(s.out, "%s  %.3f Mpps  %.3f Gbit/s  received %d  analysed %d  dropped %s  sessions %d  reports %d%s\n",
		now.Format(time.TimeOnly), packets/1e6, bits/1e9, f.Packets.Received, f.Packets.Analyzed, drops(&f),
		f.Sessions.Active, f.Reports, queues(&f))
	s.before, s.at = f, now
}

// drops tells how many packets were dropped, and where if there were any.
func drops(f *metrics.Snapshot) string {
	var where []string
	for i := range f.Drops {
		if d := &f.Drops[i]; d.Packets > 0 {
			where = append(where, fmt.Sprintf("%s/%s %d", d.Stage, d.Reason, d.Packets))
		}
	}
	if len(where) == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", f.Dropped(), strings.Join(where, ", "))
}

// queues tells what waits, if anything does.
func queues(f *metrics.Snapshot) string {
	var text strings.Builder
	for i := range f.Rings {
		if r := &f.Rings[i]; r.Depth > 0 {
			fmt.Fprintf(&text, "  %s %d", r.Name, r.Depth)
		}
	}
	if text.Len() == 0 {
		return ""
	}
	return "  waiting" + text.String()
}
