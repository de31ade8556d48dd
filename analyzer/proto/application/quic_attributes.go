package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// quicRTTAttribute is the number of quic_ietf.rtt.
const quicRTTAttribute = 14

// quicAttributes returns the attributes of quic_ietf: the fields of the first
// header in a datagram, as they are on the wire. The packet number and its
// length are those of the protected header.
func quicAttributes() []dpi.Attribute {
	long := func(n dpi.AttributeID, name string, t dpi.DataType, get func(*quicHeader) uint64) dpi.Attribute {
		return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown, Extract: quicNumber(t, get)}
	}
	view := func(n dpi.AttributeID, name string, f dpi.ExtractFunc) dpi.Attribute {
		return dpi.Attribute{ID: n, Name: name, Type: dpi.StringPointer, Len: 1508, Pos: dpi.PositionNotKnown, Extract: f}
	}
	return []dpi.Attribute{
		{ID: 1, Name: "header_form", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: quicForm},
		long(2, "long_packet_type", dpi.U8, func(h *quicHeader) uint64 { return uint64(h.first >> 4 & 3) }),
		{ID: 3, Name: "spin_bit", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: quicSpinBit},
		long(4, "version", dpi.U32, func(h *quicHeader) uint64 { return uint64(h.version) }),
		{ID: 5, Name: "dst_conn_id_len", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: quicDestinationLen},
		view(6, "dst_conn_id", quicDestination),
		long(7, "src_conn_id_len", dpi.U16, func(h *quicHeader) uint64 { return uint64(len(h.scid)) }),
		view(8, "src_conn_id", quicView(func(h *quicHeader) []byte { return h.scid })),
		long(9, "length", dpi.U32, func(h *quicHeader) uint64 { return uint64(h.length) }),
		{ID: 10, Name: "packet_number_len", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: quicNumberLen},
		{ID: 11, Name: "packet_number", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: quicPacketNumber},
		long(12, "token_len", dpi.U16, func(h *quicHeader) uint64 { return uint64(len(h.token)) }),
		view(13, "token", quicView(func(h *quicHeader) []byte { return h.token })),
		{ID: quicRTTAttribute, Name: "rtt", Type: dpi.U64, Pos: dpi.PositionNotKnown, Extract: quicRTTOf},
	}
}

// quicNumber reads a number from a long header.
func quicNumber(t dpi.DataType, get func(*quicHeader) uint64) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		var h quicHeader
		return h.parse(p.LayerBytes(layer)) && v.SetU(t, get(&h))
	}
}

// quicView reads bytes from a long header.
func quicView(get func(*quicHeader) []byte) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		var h quicHeader
		if !h.parse(p.LayerBytes(layer)) {
			return false
		}
		b := get(&h)
		return len(b) > 0 && v.SetBytes(dpi.StringPointer, b)
	}
}

// quicShort returns a packet with a short header, RFC 9000 section 17.3, nil if
// it has another.
func quicShort(p *dpi.Packet, layer int) []byte {
	if d := p.LayerBytes(layer); len(d) > 1 && d[0]&0xc0 == 0x40 {
		return d
	}
	return nil
}

func quicForm(p *dpi.Packet, layer int, v *dpi.Value) bool {
	d := p.LayerBytes(layer)
	return len(d) > 0 && v.SetU(dpi.U8, uint64(d[0]>>7))
}

func quicSpinBit(p *dpi.Packet, layer int, v *dpi.Value) bool {
	d := quicShort(p, layer)
	return d != nil && v.SetU(dpi.U8, uint64(d[0]>>5&1))
}

// quicDestinationID returns the destination's connection ID. How long it is in
// a short header is known from the long headers before.
func quicDestinationID(p *dpi.Packet, layer int) ([]byte, bool) {
	var h quicHeader
	if h.parse(p.LayerBytes(layer)) {
		return h.dcid, true
	}
	d := quicShort(p, layer)
	s := dpi.HasState[quicState](p, id.QuicIetf)
	if d == nil || s == nil || s.cidLen[p.Dir] == 0 || len(d) < int(s.cidLen[p.Dir]) {
		return nil, false
	}
	return d[1:s.cidLen[p.Dir]], true
}

func quicDestinationLen(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b, ok := quicDestinationID(p, layer)
	return ok && v.SetU(dpi.U16, uint64(len(b)))
}

func quicDestination(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b, ok := quicDestinationID(p, layer)
	return ok && len(b) > 0 && v.SetBytes(dpi.StringPointer, b)
}

// quicNumberAt returns the packet number's bytes, nil where it is not known
// where they are.
func quicNumberAt(p *dpi.Packet, layer int) []byte {
	d := p.LayerBytes(layer)
	var h quicHeader
	if h.parse(d) {
		if h.number == 0 {
			return nil // Retry and version negotiation have none
		}
		return quicBytes(d, h.number, int(h.first&3)+1)
	}
	b, ok := quicDestinationID(p, layer)
	if !ok {
		return nil
	}
	return quicBytes(d, 1+len(b), int(d[0]&3)+1)
}

// quicBytes returns n bytes of d at off, nil if d is shorter.
func quicBytes(d []byte, off, n int) []byte {
	if off+n > len(d) {
		return nil
	}
	return d[off : off+n]
}

func quicNumberLen(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := quicNumberAt(p, layer)
	return b != nil && v.SetU(dpi.U8, uint64(len(b)))
}

func quicPacketNumber(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := quicNumberAt(p, layer)
	r := wireReader{b: b}
	return b != nil && v.SetU(dpi.U32, r.uint(len(b)))
}

// quicRTT is a round-trip time that a packet tells.
type quicRTT struct {
	packet uint64
	micros uint64
}

// observeQUIC notes the length of connection IDs, and, where the round-trip
// time is wanted, follows the spin bit (RFC 9000 section 17.4): from one change
// to the next in one direction passes one round trip.
func observeQUIC(p *dpi.Packet, layer int) {
	var h quicHeader
	d := p.LayerBytes(layer)
	switch {
	case len(d) == 0 || p.Flow == nil:
	case h.parse(d):
		if s := dpi.State[quicState](p, id.QuicIetf); s != nil && h.kind != quicVersions {
			s.cidLen[p.Dir^1] = uint8(len(h.scid) + 1)
		}
	case d[0]&0xc0 == 0x40 && wantsRTT(p.Handler()):
		s, c := dpi.State[quicState](p, id.QuicIetf), dpi.Context[quicContext](p.Handler(), id.QuicIetf)
		if s != nil && c != nil {
			s.spun(p, c, d[0]>>5&1+1)
		}
	}
}

// wantsRTT tells whether anybody may ask for the round-trip time: who has
// registered the attribute, or who reads attributes of QUIC by himself, as rules
// do.
func wantsRTT(h *dpi.Handler) bool {
	return h.Tracks(id.QuicIetf) || h.IsRegistered(id.QuicIetf, quicRTTAttribute)
}

// spun takes in a spin bit, given plus one.
func (s *quicState) spun(p *dpi.Packet, c *quicContext, bit uint8) {
	if s.spin[p.Dir] == bit {
		return
	}
	if s.turned[p.Dir] != 0 {
		c.rtt = quicRTT{p.Index, uint64(p.Time-s.turned[p.Dir]) / 1000}
	}
	if s.spin[p.Dir] != 0 {
		s.turned[p.Dir] = p.Time
	}
	s.spin[p.Dir] = bit
}

// quicRTTOf is the round-trip time in microseconds, on packets that turn the
// spin bit.
func quicRTTOf(p *dpi.Packet, _ int, v *dpi.Value) bool {
	c := dpi.Context[quicContext](p.Handler(), id.QuicIetf)
	return c != nil && c.rtt.packet == p.Index && v.SetU(dpi.U64, c.rtt.micros)
}
