package afxdp

import "time"

// clock is that of the computer, at about half the cost of time.Now, which reads
// two: the time since a moment is added to what that moment was.
type clock struct {
	last time.Time
	at   int64 // of last, nanoseconds since 1970
}

// apart is the time between packets that came since the last look at the ring: nobody
// knows when they came, but what tells before from after, such as a property that
// wants an answer later than its question, by more than 0 microseconds, must be able
// to.
const apart = int64(time.Microsecond)

// spread returns the time of the first of n packets, the last of which is given the
// time now, and what is between two of them: less than usual where there is no room
// since the last packet before them.
func spread(last, now int64, n int) (first, step int64) {
	step = max(min(apart, (now-last)/int64(n)), 0)
	return now - int64(n-1)*step, step
}

// syncEvery is how long it takes until a clock that somebody has set is followed.
const syncEvery = time.Second

// now returns nanoseconds since 1970.
func (c *clock) now() int64 {
	since := time.Since(c.last)
	if since < syncEvery {
		return c.at + int64(since)
	}
	c.last = time.Now()
	c.at = c.last.UnixNano()
	return c.at
}
