package session

import (
	"encoding/binary"
	"math"

	"mmt/analyzer/dpi"
)

// tcpTimes are the durations of a connection that reports tell, microseconds.
type tcpTimes struct {
	mark                int64 // where the duration that is measured now began, ns
	handshake, response uint32
}

// span returns the duration from one time to another, both in ns, in
// microseconds, of which each time counts the whole ones.
func span(from, to int64) uint32 {
	return uint32(min(max(to/1000-from/1000, 0), math.MaxUint32))
}

func (x *tcpTimes) established(now int64) { x.handshake, x.mark = span(x.mark, now), now }

func (x *tcpTimes) data(now int64) { x.response, x.mark = span(x.mark, now), now }

// endPeriod begins a new period after a packet at time last.
func (c *TCP) endPeriod(last int64) {
	c.times.handshake, c.times.response = 0, 0
	if c.state&hasData != 0 {
		c.times.mark = last
	}
	c.stats = [2]rttStats{}
	c.told = c.again
}

// HandshakeTime returns the time from the first SYN to the acknowledgement that
// completes the handshake, in microseconds; 0 unless the handshake was completed
// in this period.
func (s *Session) HandshakeTime() uint32 { return s.TCP.times.handshake }

// ResponseTime returns the time from the end of the handshake to the first
// segment, of either side, that has payload or ends the stream, in microseconds;
// 0 unless that segment came in this period.
func (s *Session) ResponseTime() uint32 { return s.TCP.times.response }

// TransferTime returns the time from the first data after the handshake, or from
// the last packet that the period before has reported, to the latest packet, in
// microseconds; 0 if there was none.
func (s *Session) TransferTime() uint32 {
	if s.TCP.state&hasData == 0 {
		return 0
	}
	return span(s.TCP.times.mark, s.LastTime)
}

// Retransmissions returns how many segments with payload of direction d came in
// this period that begin before the end of what was seen of that direction.
// Keep-alives do not count.
func (s *Session) Retransmissions(d dpi.Direction) uint32 {
	return s.TCP.again[d&1] - s.TCP.told[d&1]
}

// RTT is the time from segments to their acknowledgement, microseconds.
type RTT struct{ Min, Max, Avg uint32 }

// RTT returns the round-trip times of the segments that direction d sent and the
// other side acknowledged in this period; all zero if there were none. Segments
// without payload count too; SYNs do not. An acknowledgement counts once for
// each segment that it covers, always with the time since the last of them.
func (s *Session) RTT(d dpi.Direction) RTT {
	r := &s.TCP.stats[d&1]
	if r.n == 0 {
		return RTT{}
	}
	return RTT{r.min, r.max, uint32(r.sum / uint64(r.n))}
}

// ReportRTT returns the round-trip times in the order of report 100, fields 31
// to 36. The reports that this program replaces name the end with the higher
// address the client there, whoever opened the session; addresses compare as
// little-endian numbers, IPv4 as one of 32 bits, IPv6 as two of 64 bits.
func (s *Session) ReportRTT() (client, server RTT) {
	if s.isClientLower() {
		return s.RTT(dpi.Down), s.RTT(dpi.Up)
	}
	return s.RTT(dpi.Up), s.RTT(dpi.Down)
}

// isClientLower compares the addresses of the session as ReportRTT says.
func (s *Session) isClientLower() bool {
	client, server := &s.Addr[0], &s.Addr[1]
	if !s.V6 {
		return binary.LittleEndian.Uint32(client[12:]) < binary.LittleEndian.Uint32(server[12:])
	}
	a, b := binary.LittleEndian.Uint64(client[:]), binary.LittleEndian.Uint64(server[:])
	if a != b {
		return a < b
	}
	return binary.LittleEndian.Uint64(client[8:]) < binary.LittleEndian.Uint64(server[8:])
}
