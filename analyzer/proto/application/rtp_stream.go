package application

import "math"

// Bounds of what is taken for the same stream, RFC 3550 appendix A.1.
const (
	rtpWindow  = 8    // packets that a late one may come after
	rtpDropout = 3000 // a larger gap is a new beginning
)

// rtpStream measures one source in one direction.
type rtpStream struct {
	ssrc uint32
	kind byte

	high  uint16 // highest sequence number so far
	seen  uint8  // bit i: packet high-i came
	burst uint16 // packets lost one after the other up to the window's edge
	now   rtpEvents

	stamp       uint32  // timestamp of the latest packet
	time        int64   // its arrival, ns
	clock       uint32  // rate of the timestamps, Hz, 0 while not known
	delay       uint32  // between the last two packets, us
	jitter      float64 // RFC 3550 section 6.4.1, us
	interJitter float64 // of the distance of packets, smoothed alike, us
	packets     uint32

	firstStamp uint32 // to find out the clock
	firstTime  int64
	quality    rtpQuality
}

// rtpEvents is what one packet showed.
type rtpEvents struct {
	lost       uint16 // packets that can no longer come in order
	burst      uint16 // size of the run of losses that ended
	unordered  uint16 // 1: after one that was sent later
	duplicate  uint16 // 1: seen before
	orderError uint16 // 1: counted as lost before
	quality    uint16
}

// arrived takes a packet into account that came at the given time, ns.
func (s *rtpStream) arrived(h *rtpHeader, time int64) {
	s.now = rtpEvents{}
	ahead := int16(h.seq - s.high)
	if s.packets == 0 || s.ssrc != h.ssrc || ahead > rtpDropout || ahead < -rtpDropout {
		s.begin(h, time)
		return
	}
	s.packets++
	if ahead > 0 {
		s.advance(int(ahead))
	} else {
		s.late(int(-ahead))
	}
	if s.now.duplicate == 0 {
		s.timed(h, time)
	}
	s.quality.add(s, time)
}

// begin starts a stream.
func (s *rtpStream) begin(h *rtpHeader, time int64) {
	*s = rtpStream{
		ssrc: h.ssrc, kind: h.kind, high: h.seq, seen: 0xff, packets: 1, stamp: h.stamp, time: time,
		clock: rtpClock(h.kind), firstStamp: h.stamp, firstTime: time, quality: rtpQuality{since: time},
	}
}

// advance moves the window to a packet n further on. What leaves it without
// having come is lost; a run of losses ends with the next packet that came.
func (s *rtpStream) advance(n int) {
	s.high += uint16(n)
	for ; n > 0 && s.seen != 0; n-- {
		if s.seen&(1<<(rtpWindow-1)) == 0 {
			s.now.lost++
			s.burst++
		} else if s.burst > 0 {
			s.now.burst, s.burst = s.burst, 0
		}
		s.seen <<= 1
	}
	s.now.lost += uint16(n) // the window is empty: all that leaves it is lost
	s.burst += uint16(n)
	s.seen |= 1
}

// late judges a packet n before the highest.
func (s *rtpStream) late(n int) {
	switch {
	case n >= rtpWindow:
		s.now.orderError = 1
	case s.seen&(1<<n) != 0:
		s.now.duplicate = 1
	default:
		s.seen |= 1 << n
		s.now.unordered = 1
	}
}

// timed measures jitter and delay.
func (s *rtpStream) timed(h *rtpHeader, time int64) {
	delay := float64(time-s.time) / 1000
	s.findClock(h, time)
	if s.clock > 0 && h.kind == s.kind {
		sent := float64(int32(h.stamp-s.stamp)) * 1e6 / float64(s.clock)
		s.jitter += (math.Abs(delay-sent) - s.jitter) / 16
	}
	if s.packets > 2 {
		s.interJitter += (math.Abs(delay-float64(s.delay)) - s.interJitter) / 16
	}
	s.delay = uint32(min(max(delay, 0), math.MaxUint32))
	s.stamp, s.time, s.kind = h.stamp, time, h.kind
}

// When the clock of a payload type that is agreed on elsewhere is found out.
const (
	clockAfter   = 500_000_000 // ns of a stream
	clockPackets = 10
)

// findClock tells the clock by how far the timestamps went since the first.
func (s *rtpStream) findClock(h *rtpHeader, time int64) {
	past := time - s.firstTime
	if s.clock != 0 || past < clockAfter || s.packets < clockPackets {
		return
	}
	rate := float64(h.stamp-s.firstStamp) * 1e9 / float64(past)
	best := 0.15 // share that the rate may be off
	for _, clock := range [...]uint32{8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 90000} {
		if off := math.Abs(rate/float64(clock) - 1); off < best {
			s.clock, best = clock, off
		}
	}
}

// rtpQuality gathers what the quality of a call is estimated from.
type rtpQuality struct {
	since         int64 // ns
	packets, lost uint32
}

// How often the quality is estimated, and from how many packets at least.
const (
	qualityPeriod  = 5_000_000_000 // ns
	qualityPackets = 32
)

// add takes the latest packet of s into account; at the end of a period the
// quality is estimated.
func (q *rtpQuality) add(s *rtpStream, time int64) {
	q.packets++
	q.lost += uint32(s.now.lost)
	if time-q.since < qualityPeriod {
		return
	}
	if q.packets >= qualityPackets {
		s.now.quality = meanOpinion(float64(q.lost)/float64(q.lost+q.packets), s.jitter/1000)
	}
	*q = rtpQuality{since: time}
}

// meanOpinion estimates the opinion that listeners have of a call, in hundredths
// (100 bad to 450 excellent), from the share of packets lost and the jitter, ms:
// the E-model with its default values (ITU-T G.107), loss that a common codec
// conceals (G.113), and a buffer that delays by twice the jitter.
func meanOpinion(loss, jitter float64) uint16 {
	delay := 2*jitter + 20
	r := 93.2 - 0.024*delay - 95*loss/(loss+0.043)
	if delay > 177.3 {
		r -= 0.11 * (delay - 177.3)
	}
	r = min(max(r, 0), 100)
	mos := 1 + 0.035*r + r*(r-60)*(100-r)*7e-6
	return uint16(math.Round(100 * max(mos, 1)))
}
