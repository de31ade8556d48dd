package session

import "mmt/analyzer/dpi"

// Counters count packets, bytes on the wire and payload bytes by direction.
type Counters struct {
	Packets [2]uint32
	Bytes   [2]uint64
	Data    [2]uint64
}

// Session is the record of a flow. It holds no pointers.
type Session struct {
	dpi.Flow
	TCP    TCP
	Period Counters // since the last report

	next, prev uint32 // neighbours in the timer wheel, by slot
	bucket     uint32 // wheel bucket, plus one; 0: not in the wheel
	hash       uint32 // for the index
	tick       uint32 // period in which it was last active
	live       bool
}

// Timeout is one of the four session timeouts of the configuration.
type Timeout uint8

// The kinds of timeout (manual section 3.1, session-timeout).
const (
	DefaultTimeout Timeout = iota // what has no other
	ShortTimeout                  // attempts that got no answer
	LongTimeout                   // web and TLS, which keep connections waiting
	LiveTimeout                   // persistent connections such as messaging
)

// Config of a Table.
type Config struct {
	Max      int      // sessions kept, then the oldest goes; 0: DefaultMax
	Timeouts [4]int64 // seconds, by Timeout; 0: the manual's defaults
	// Kind chooses the timeout of a session by what it was classified as; nil:
	// DefaultTimeout.
	Kind func(f *dpi.Flow) Timeout
	// Ended is called with each session just before it is removed.
	Ended func(s *Session)
	// Reassembly delivers TCP payload in order for the whole life of a session,
	// not only until it is classified.
	Reassembly bool
}

// DefaultMax is how many sessions a table keeps unless told otherwise.
const DefaultMax = 1 << 20

// defaultTimeouts are those of the manual's sample configuration, in seconds.
var defaultTimeouts = [4]int64{60, 15, 600, 1500}

// closedLinger is how long, in seconds, a closed TCP session waits for
// segments that are late.
const closedLinger = 2
