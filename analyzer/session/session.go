package session

import "mmt/analyzer/dpi"

// Counters count packets, bytes on the wire and payload bytes by direction.
type Counters struct {
	Packets [2]uint32
	Bytes   [2]uint64
	Data    [2]uint64
}

// Session is the record of a flow. It holds no pointers. Its size is a multiple
// of cache lines, of which a packet touches as few as possible.
type Session struct {
	dpi.Flow
	next, prev uint32 // neighbours in the timer wheel, by slot

	seen   int64    // time of the latest packet by the table's clock, ns
	Period Counters // since the last report
	tick   uint32   // period in which it was last active
	marks  marks    // what else is true of it
	live   bool
	bucket uint16 // wheel bucket, plus one; 0: not in the wheel
	TCP    TCP

	hash uint32 // for the index
	Mark uint32 // a note of whoever reports the session, zero at first but for ICMP: see Message
}

// Message returns type and code of the first message of a session of ICMP, zeros
// of any other.
func (s *Session) Message() (m [2]uint8) {
	if isICMP(s.L4) {
		m[0], m[1] = uint8(s.Mark>>8), uint8(s.Mark)
	}
	return m
}

func isICMP(proto uint8) bool { return proto == protoICMP || proto == protoICMPv6 }

// noteMessage keeps what Message returns. Nothing lies above ICMP in a path.
func (s *Session) noteMessage(p *dpi.Packet) {
	if b := p.LayerBytes(len(p.Layers()) - 1); len(b) >= 2 {
		s.Mark = uint32(b[0])<<8 | uint32(b[1])
	}
}

// marks are facts about a session.
type marks uint8

const (
	carried marks = 1 << iota // this period goes on
	away                      // its packets are counted elsewhere
)

// Carry makes the period of the session, which Table.Period has handed out, go
// on: nothing was reported, and the next report tells of both periods.
func (s *Session) Carry() { s.marks |= carried }

// EndPeriod begins a new period, unless the last one goes on: what is counted
// and measured by period starts again.
func (s *Session) EndPeriod() {
	if s.marks&carried != 0 {
		s.marks &^= carried
		return
	}
	s.Period = Counters{}
	if s.L4 == protoTCP {
		s.TCP.endPeriod(s.LastTime)
	}
}

// Timeout is one of the four session timeouts of the configuration.
type Timeout uint8

// The kinds of timeout (manual section 3.1, session-timeout).
const (
	DefaultTimeout Timeout = iota // what has no other
	ShortTimeout                  // closed TCP connections
	LongTimeout                   // web and TLS, which keep connections waiting
	LiveTimeout                   // persistent connections such as messaging
)

// RTTBase says whose clock round-trip times are measured by (manual section
// 3.1, session-report, rtt-base).
type RTTBase uint8

// The choices of rtt-base.
const (
	Captor       RTTBase = iota // capture times, always there
	Sender                      // TCP timestamps only; none where they are not sent
	PreferSender                // TCP timestamps, capture times where they are not sent
)

// Config of a Table.
type Config struct {
	Max      int      // sessions kept, then the one nearest to its end goes; 0: DefaultMax
	Timeouts [4]int64 // seconds, by Timeout; 0: the manual's defaults
	// Kind chooses the timeout of a session by what it was classified as; nil:
	// DefaultTimeout.
	Kind func(f *dpi.Flow) Timeout
	// Ended is called with each session just before it is removed.
	Ended func(s *Session)
	// Elsewhere is where packets of sessions are counted that have left (Leave);
	// nil: none leave.
	Elsewhere Elsewhere
	// Reassembly delivers TCP payload in order for the whole life of a session,
	// not only until it is classified.
	Reassembly bool
	RTT        RTTBase
	// Shared says that the table holds a part of the sessions, and others the
	// rest: a session's number is then that of its first packet, else how many
	// there were.
	Shared bool
	// Opened is called with each session that begins; nil: nobody asks.
	Opened func(s *Session)

	// Limits of the memory for TCP segments and IP fragments that wait for
	// others, bytes; 0: the defaults below.
	StreamMemory   int // segments of all sessions
	StreamWindow   int // segments of one direction of a session
	FragmentMemory int // fragments of all datagrams
}

// Defaults of Config.
const (
	DefaultMax            = 1 << 20
	DefaultStreamMemory   = 64 << 20
	DefaultStreamWindow   = 256 << 10
	DefaultFragmentMemory = 16 << 20
)

// defaultTimeouts are those of the manual's sample configuration, in seconds.
var defaultTimeouts = [4]int64{60, 15, 600, 1500}

// fill puts defaults in place of what is not set.
func (c *Config) fill() {
	for i, d := range defaultTimeouts {
		if c.Timeouts[i] <= 0 {
			c.Timeouts[i] = d
		}
	}
	for _, limit := range []struct {
		value *int
		or    int
	}{
		{&c.Max, DefaultMax}, {&c.StreamMemory, DefaultStreamMemory},
		{&c.StreamWindow, DefaultStreamWindow}, {&c.FragmentMemory, DefaultFragmentMemory},
	} {
		if *limit.value <= 0 {
			*limit.value = limit.or
		}
	}
}
