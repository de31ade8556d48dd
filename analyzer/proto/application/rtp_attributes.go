package application

import (
	"mmt/analyzer/dpi"
)

// rtpAttributes are the attributes of RTP and SRTP. Those of the header are of
// the packet at hand. Times are in microseconds. Loss, burst_loss, unorder,
// duplicate and order_err are there only on the packet that shows them.
func rtpAttributes() []dpi.Attribute {
	header := func(n dpi.AttributeID, name string, t dpi.DataType, pos int, get func(d []byte, h *rtpHeader) uint64) dpi.Attribute {
		return dpi.Attribute{ID: n, Name: name, Type: t, Pos: pos, Extract: rtpField(t, get)}
	}
	stream := func(n dpi.AttributeID, name string, t dpi.DataType, get func(s *rtpStream) (uint64, bool)) dpi.Attribute {
		return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown, Extract: rtpGathered(t, get)}
	}
	return []dpi.Attribute{
		header(1, "version", dpi.U8, 0, func(d []byte, _ *rtpHeader) uint64 { return uint64(d[0] >> 6) }),
		header(2, "pad", dpi.U8, 0, func(d []byte, _ *rtpHeader) uint64 { return uint64(d[0] >> 5 & 1) }),
		header(3, "ext", dpi.U8, 0, func(d []byte, _ *rtpHeader) uint64 { return uint64(d[0] >> 4 & 1) }),
		header(4, "cc", dpi.U8, 0, func(d []byte, _ *rtpHeader) uint64 { return uint64(d[0] & 0x0f) }),
		header(5, "mark", dpi.U8, 1, func(d []byte, _ *rtpHeader) uint64 { return uint64(d[1] >> 7) }),
		header(6, "type", dpi.U8, 1, func(_ []byte, h *rtpHeader) uint64 { return uint64(h.kind) }),
		header(7, "seqnb", dpi.U16, 2, func(_ []byte, h *rtpHeader) uint64 { return uint64(h.seq) }),
		header(8, "timestamp", dpi.U32, 4, func(_ []byte, h *rtpHeader) uint64 { return uint64(h.stamp) }),
		header(9, "ssrc", dpi.U32, 8, func(_ []byte, h *rtpHeader) uint64 { return uint64(h.ssrc) }),
		{ID: 10, Name: "csrc", Type: dpi.Binary, Len: 68, Pos: 12, Extract: rtpSources},
		stream(11, "quality", dpi.U64, func(s *rtpStream) (uint64, bool) { return uint64(s.now.quality), s.now.quality > 0 }),
		stream(12, "jitter", dpi.U32, func(s *rtpStream) (uint64, bool) { return uint64(s.jitter), s.clock > 0 }),
		stream(13, "inter_jitter", dpi.U32, func(s *rtpStream) (uint64, bool) { return uint64(s.interJitter), s.packets > 1 }),
		stream(14, "inter_delay", dpi.U32, func(s *rtpStream) (uint64, bool) { return uint64(s.delay), s.packets > 1 }),
		stream(15, "loss", dpi.U16, rtpEvent(func(e *rtpEvents) uint16 { return e.lost })),
		stream(16, "burst_loss", dpi.U16, rtpEvent(func(e *rtpEvents) uint16 { return e.burst })),
		stream(17, "unorder", dpi.U16, rtpEvent(func(e *rtpEvents) uint16 { return e.unordered })),
		stream(18, "duplicate", dpi.U16, rtpEvent(func(e *rtpEvents) uint16 { return e.duplicate })),
		stream(19, "order_err", dpi.U16, rtpEvent(func(e *rtpEvents) uint16 { return e.orderError })),
	}
}

// rtpEvent reads what happened with the packet at hand, if it did.
func rtpEvent(get func(e *rtpEvents) uint16) func(s *rtpStream) (uint64, bool) {
	return func(s *rtpStream) (uint64, bool) {
		n := get(&s.now)
		return uint64(n), n > 0
	}
}

// rtpView returns the RTP packet that the layer is or relays. Over TCP packets
// do not start where segments do, so there is none to show.
func rtpView(p *dpi.Packet, layer int) (d []byte, h rtpHeader, ok bool) {
	d = p.LayerBytes(layer)
	if p.Flow == nil || p.Flow.L4 == protoTCP {
		return nil, h, false
	}
	if inner, relayed := stunRelayed(d); relayed {
		d = inner
	}
	h, ok = parseRTP(d)
	return d, h, ok
}

func rtpField(t dpi.DataType, get func(d []byte, h *rtpHeader) uint64) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		d, h, ok := rtpView(p, layer)
		return ok && v.SetU(t, get(d, &h))
	}
}

// rtpSources reads the contributing sources, 4 bytes each.
func rtpSources(p *dpi.Packet, layer int, v *dpi.Value) bool {
	d, _, ok := rtpView(p, layer)
	if !ok || d[0]&0x0f == 0 {
		return false
	}
	n := rtpFixed + 4*int(d[0]&0x0f)
	return n <= len(d) && v.SetBytes(dpi.Binary, d[rtpFixed:n])
}

// rtpGathered reads what was gathered over the stream that the packet belongs
// to.
func rtpGathered(t dpi.DataType, get func(s *rtpStream) (uint64, bool)) dpi.ExtractFunc {
	return func(p *dpi.Packet, _ int, v *dpi.Value) bool {
		x := rtpStateOf(p)
		if x == nil || x.packet != p.Index {
			return false
		}
		n, ok := get(&x.streams[p.Dir][x.latest])
		return ok && v.SetU(t, n)
	}
}
