package output

import (
	"errors"
	"fmt"
	"time"
)

// Values of Options that are zero.
const (
	DefaultCacheMax    = 1000
	DefaultCachePeriod = 5 * time.Second
	DefaultMaxPending  = 64 << 20
)

// Options are the manual's block output, and what goes with it.
type Options struct {
	CacheMax    int           // lines of a batch
	CachePeriod time.Duration // in the time passed to Tick
	MaxPending  int           // bytes kept for a channel that does not take them

	// OnError, if set, is told when a channel begins to fail (once, with the
	// first error), and with nil when it works again. It is called by the
	// Writer's goroutine and must not take long.
	OnError func(channel string, err error)
}

func (o *Options) setDefaults() {
	if o.CacheMax <= 0 {
		o.CacheMax = DefaultCacheMax
	}
	if o.CachePeriod <= 0 {
		o.CachePeriod = DefaultCachePeriod
	}
	if o.MaxPending <= 0 {
		o.MaxPending = DefaultMaxPending
	}
}

// Writer is one worker's way to the channels. It is not for several goroutines
// at once, except Stats.
type Writer struct {
	opt   Options
	to    Set
	slots []*slot
	now   int64 // the last Tick
	next  int64 // end of the cache-period; 0 before the first Tick
}

// NewWriter makes a Writer without channels.
func NewWriter(o Options) *Writer {
	o.setDefaults()
	return &Writer{opt: o}
}

// Enable connects the channel of one bit. Lines for channels that are not
// enabled go nowhere, as the manual wants it. Call it before the first Write.
func (w *Writer) Enable(bit Set, ch Channel) {
	w.to |= bit
	w.slots = append(w.slots, &slot{bit: bit, channel: ch, opt: &w.opt})
}

// Wants tells whether a line for these channels would go anywhere. A worker
// asks once a kind of report, and spares itself the work of writing it.
func (w *Writer) Wants(to Set) bool { return w.to&to != 0 }

// Write copies line, which has no line end, for each enabled channel in to.
func (w *Writer) Write(to Set, line []byte) {
	for _, s := range w.slots {
		if s.bit&to != 0 {
			s.add(line, w.now)
		}
	}
}

// Tick tells the time, in nanoseconds since 1970. Call it once a burst, and
// also while no packets come: it is cheap until a cache-period has passed.
func (w *Writer) Tick(now int64) {
	w.now = now
	period := int64(w.opt.CachePeriod)
	ahead := w.next - now
	if ahead > 0 && ahead <= 2*period {
		return
	}
	first := w.next == 0
	if !first {
		w.flush()
	}
	// Periods keep their grid, unless time jumped: over a gap, or back (another
	// trace, a clock set anew).
	w.next += period
	if first || w.next <= now || ahead > 2*period {
		w.next = now + period
	}
}

// Flush ends the cache-period early.
func (w *Writer) Flush(now int64) {
	w.now = now
	w.flush()
	w.next = now + int64(w.opt.CachePeriod)
}

func (w *Writer) flush() {
	for _, s := range w.slots {
		s.flush(w.now)
	}
}

// Close hands over what is left and closes the channels. Lines that a channel
// does not take now are lost, counted, and part of the error.
func (w *Writer) Close(now int64) error {
	w.now = now
	var errs []error
	for _, s := range w.slots {
		if err := s.close(now); err != nil {
			errs = append(errs, fmt.Errorf("output channel %s: %w", s.channel.Name(), err))
		}
	}
	return errors.Join(errs...)
}

// Stats returns the state of each channel, in the order of Enable. Any
// goroutine may ask; figures are as of the last batch or cache-period.
func (w *Writer) Stats() []Stats {
	out := make([]Stats, len(w.slots))
	for i, s := range w.slots {
		out[i] = s.stats()
	}
	return out
}
