package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// protoTCP is the number of TCP as a payload of IP.
const protoTCP = 6

// RTPInfo is what was counted over a session's packets of RTP or SRTP, both
// directions, since the last Reset.
type RTPInfo struct {
	Packets     uint64
	Lost        uint64 // packets that did not come within the next 8 of their stream
	Bursts      uint64 // runs of packets lost one after the other
	OrderErrors uint64 // packets that came after they had been counted as lost
	MaxJitter   uint32 // largest interarrival jitter, microseconds
}

// LossRate returns the share of packets lost, 0 to 1.
func (i *RTPInfo) LossRate() float64 { return ratio(i.Lost, i.Lost+i.Packets) }

// Burstiness returns the packets lost per burst of loss, 0 if none was lost.
func (i *RTPInfo) Burstiness() float64 { return ratio(i.Lost, i.Bursts) }

// OrderErrorRate returns the share of packets that came too late to be put in
// order, 0 to 1.
func (i *RTPInfo) OrderErrorRate() float64 { return ratio(i.OrderErrors, i.Packets) }

// Reset begins a new period.
func (i *RTPInfo) Reset() { *i = RTPInfo{} }

func ratio(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// RTPOf returns what was counted of the RTP or SRTP of flow f, nil if f has
// none or if nobody asked h to track (dpi.Handler.TrackProtocol of id.Rtp and
// id.Srtp). It is the session's own: who reports a period resets it.
func RTPOf(h *dpi.Handler, f *dpi.Flow) *RTPInfo {
	if s := dpi.FlowState[rtpState](h, f, id.Rtp, false); s != nil {
		return &s.info
	}
	return nil
}

// rtpSourceCount is how many sources of one direction are told apart: sound,
// images, and what repeats them.
const rtpSourceCount = 4

// rtpState is the memory of a flow: its streams each way, and what a report
// needs.
type rtpState struct {
	streams [2][rtpSourceCount]rtpStream
	frames  [2]rtpFramer
	info    RTPInfo
	packet  uint64 // number of the packet that came last
	latest  uint8  // its stream
}

// stream returns the stream of a source, a new one in place of the one that was
// silent for longest if there is none.
func (s *rtpState) stream(dir dpi.Direction, ssrc uint32) *rtpStream {
	streams := &s.streams[dir]
	oldest := 0
	for i := range streams {
		if streams[i].packets > 0 && streams[i].ssrc == ssrc {
			s.latest = uint8(i)
			return &streams[i]
		}
		if streams[i].time < streams[oldest].time {
			oldest = i
		}
	}
	s.latest = uint8(oldest)
	return &streams[oldest]
}

func rtpStateOf(p *dpi.Packet) *rtpState { return dpi.HasState[rtpState](p, id.Rtp) }

// trackRTP takes new payload into account: a datagram, or a piece of a stream
// of packets with their lengths.
func trackRTP(p *dpi.Packet, d []byte) {
	s := dpi.State[rtpState](p, id.Rtp)
	if s == nil {
		return
	}
	if p.Flow.L4 == protoTCP {
		s.frames[p.Dir].feed(p, s, d)
		return
	}
	if inner, relayed := stunRelayed(d); relayed {
		d = inner
	}
	s.packetSeen(p, d)
}

// packetSeen takes one RTP packet, or the beginning of one, into account.
func (s *rtpState) packetSeen(p *dpi.Packet, d []byte) {
	h, ok := parseRTP(d)
	if !ok {
		return
	}
	s.packet = p.Index
	stream := s.stream(p.Dir, h.ssrc)
	stream.arrived(&h, p.Time)
	s.info.Packets++
	s.info.Lost += uint64(stream.now.lost)
	s.info.OrderErrors += uint64(stream.now.orderError)
	if stream.now.burst > 0 {
		s.info.Bursts++
	}
	s.info.MaxJitter = max(s.info.MaxJitter, uint32(stream.jitter))
}

// rtpFramer finds the packets in a stream where each is preceded by its length
// in two bytes (RFC 4571).
type rtpFramer struct {
	head [2 + rtpFixed]byte
	have uint8  // bytes of head that are there
	skip uint16 // bytes until the next length
}

// feed takes the next bytes of the stream.
func (f *rtpFramer) feed(p *dpi.Packet, s *rtpState, d []byte) {
	if p.Gap {
		*f = rtpFramer{}
	}
	for len(d) > 0 {
		n := min(int(f.skip), len(d))
		f.skip -= uint16(n)
		d = d[n:]
		n = copy(f.head[f.have:], d)
		f.have += uint8(n)
		d = d[n:]
		if int(f.have) < len(f.head) {
			return
		}
		f.packet(p, s)
	}
}

// packet hands the header that is complete on; the packet is skipped.
func (f *rtpFramer) packet(p *dpi.Packet, s *rtpState) {
	f.have = 0
	f.skip = uint16(max(be16(f.head[:])-rtpFixed, 0))
	f.head[2] &= 0xc0 // sources, extension and padding are not looked at
	s.packetSeen(p, f.head[2:])
}
