package afxdp

import "time"

// clock is that of the computer, at about half the cost of time.Now, which reads
// two: the time since a moment is added to what that moment was.
type clock struct {
	last time.Time
	at   int64 // of last, nanoseconds since 1970
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
