package session

// farBack is the difference, ns, from which on time that goes back is taken for
// a new beginning, such as the next of several traces, rather than for packets
// out of order.
const farBack = int64(3600e9)

// clock makes of packet times, which go back and forth where traces were
// merged, a time that never goes back. Timers run by it.
type clock struct {
	now    int64 // ns
	offset int64 // now minus packet time
	odd    int64 // where a packet far back was, 0: none
}

// advance takes the time of the next packet, perhaps several times, and returns
// the time of timers. A single packet that is far back is taken for damaged; two
// in a row move the clock's origin, and it goes on from where it was.
func (c *clock) advance(t int64) int64 {
	v := t + c.offset
	switch d := v - c.now; {
	case d >= 0:
		c.now, c.odd = v, 0
	case d > -farBack:
		c.odd = 0
	case c.odd != 0 && v != c.odd && v-c.odd < farBack && c.odd-v < farBack:
		c.offset -= d
		c.odd = 0
	default:
		c.odd = v
	}
	return c.now
}
