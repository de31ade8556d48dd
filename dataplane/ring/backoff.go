package ring

import (
	"runtime"
	"time"
)

// Backoff is how a goroutine waits for the other side of a ring: it spins for a
// while, then yields to other goroutines, then sleeps, longer each time. A busy
// ring is answered within nanoseconds, an idle one costs next to nothing.
//
// The four thresholds may be set freely before the first Wait. A stage of zero
// rounds is left out; with MaxSleep 0 it never sleeps but stays with yielding,
// or with spinning if there is no yielding either. The zero value only spins.
// A Backoff belongs to one goroutine.
//
// A goroutine that is locked to its thread yields at the price of two thread
// switches, as the runtime must wake another thread to schedule: keep Yields low
// there.
type Backoff struct {
	Spins    int           // rounds of spinning
	Yields   int           // rounds of runtime.Gosched
	MinSleep time.Duration // the first sleep; each further one is twice as long
	MaxSleep time.Duration // the longest sleep

	round int           // rounds of spinning and yielding since Reset
	sleep time.Duration // the last sleep since Reset
	slept time.Duration // all sleeps since Reset
}

// spinTurns is the length of one round of spinning, some 50 ns: about the time
// that a cache line takes from one core to another.
const spinTurns = 64

// NewBackoff returns a Backoff for a core that has other things to do as well:
// it spins for a few microseconds, then yields, then sleeps for five
// milliseconds at most, where an idle goroutine costs about one percent of a
// core. Sleeps of less than a millisecond are as short as they say only while
// the process is busy: an idle one is woken to the millisecond.
func NewBackoff() Backoff {
	return Backoff{Spins: 64, Yields: 16, MinSleep: 20 * time.Microsecond, MaxSleep: 5 * time.Millisecond}
}

// Reset is called when there was something to do: the next Wait is a short one.
func (b *Backoff) Reset() { b.round, b.sleep, b.slept = 0, 0, 0 }

// tired is how long a reader must have slept before it makes others wake it, which
// costs them more than a look costs it.
const tired = 10 * time.Millisecond

// Tired tells whether there has been nothing to do for a while.
func (b *Backoff) Tired() bool { return b.slept >= tired }

// Wait is called when there was nothing to do.
func (b *Backoff) Wait() {
	switch stage, d := b.next(); stage {
	case spin:
		for range spinTurns {
		}
	case yield:
		runtime.Gosched()
	case sleep:
		time.Sleep(d)
	}
}

// stage is a way of waiting.
type stage uint8

const (
	spin stage = iota
	yield
	sleep
)

// next decides how to wait this time, and for how long if by sleeping.
func (b *Backoff) next() (stage, time.Duration) {
	switch {
	case b.round < b.Spins:
		b.round++
		return spin, 0
	case b.round < b.Spins+b.Yields:
		b.round++
		return yield, 0
	case b.MaxSleep > 0:
		b.sleep = b.longer()
		b.slept += b.sleep
		return sleep, b.sleep
	case b.Yields > 0:
		return yield, 0
	}
	return spin, 0
}

// longer returns the length of the next sleep.
func (b *Backoff) longer() time.Duration {
	switch {
	case b.MinSleep <= 0:
		return b.MaxSleep
	case b.sleep == 0:
		return min(b.MinSleep, b.MaxSleep)
	}
	return min(2*b.sleep, b.MaxSleep)
}
