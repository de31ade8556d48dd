package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
)

// Bits of the first two bytes of L2TP: RFC 2661 section 3.1 (version 2) and RFC
// 3931 section 3.2.1 (version 3).
const (
	l2tpControl  = 0x8000
	l2tpLength   = 0x4000
	l2tpSequence = 0x0800
	l2tpOffset   = 0x0200
	l2tpPriority = 0x0100
	l2tpReserved = 0x34f0
	l2tpVersion  = 0x000f
)

// L2TP is version 2, RFC 2661: control messages, and data messages that carry
// PPP.
var L2TP = dpi.Protocol{
	ID:   id.L2tp,
	Name: "l2tp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "flags", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "tunnel_id", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: l2tpNumber(0)},
		{ID: 3, Name: "session_id", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: l2tpNumber(2)},
	},
	Next: nextL2TP,
}

// L2TPv3 is RFC 3931. What a session carries, its control connection has
// agreed on.
var L2TPv3 = dpi.Protocol{ID: id.L2tpv3, Name: "l2tpv3"}

// l2tpFields returns where the tunnel and session identifiers of a version 2
// message are, and the length of its header, 0 if it is cut.
func l2tpFields(b []byte) (ids, length int) {
	if len(b) < 6 {
		return 0, 0
	}
	flags := binary.BigEndian.Uint16(b)
	ids = 2
	if flags&l2tpLength != 0 {
		ids += 2
	}
	length = ids + 4
	if flags&l2tpSequence != 0 {
		length += 4
	}
	if flags&l2tpOffset != 0 {
		if len(b) < length+2 {
			return 0, 0
		}
		length += 2 + int(binary.BigEndian.Uint16(b[length:]))
	}
	if length > len(b) {
		return 0, 0
	}
	return ids, length
}

func l2tpNumber(at int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		if len(b) < 2 || b[1]&l2tpVersion != 2 {
			return false
		}
		ids, length := l2tpFields(b)
		return length > 0 && v.SetU(dpi.U16, uint64(binary.BigEndian.Uint16(b[ids+at:])))
	}
}

// nextL2TP finds the PPP frame of a data message. Over IP there is only version
// 3, whose sessions do not say what they carry.
func nextL2TP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	_, length := l2tpFields(b)
	layers := p.Layers()
	if length == 0 || b[0]&(l2tpControl>>8) != 0 || len(layers) < 2 || layers[len(layers)-2].Proto != id.Udp {
		return dpi.Stop, off
	}
	return id.Ppp, off + length
}

// isL2TP2 expects a control message with the bits and the length that it must
// have, or a data message with a PPP frame of a known protocol.
func isL2TP2(d []byte, declared int) bool {
	if len(d) < 6 {
		return false
	}
	flags := binary.BigEndian.Uint16(d)
	if flags&l2tpVersion != 2 || flags&l2tpReserved != 0 {
		return false
	}
	if flags&l2tpControl != 0 {
		const must = l2tpLength | l2tpSequence
		return flags&(must|l2tpOffset|l2tpPriority) == must && len(d) >= 12 && int(binary.BigEndian.Uint16(d[2:])) == declared
	}
	if flags&l2tpLength != 0 && int(binary.BigEndian.Uint16(d[2:])) > declared {
		return false
	}
	ids, length := l2tpFields(d)
	return length > 0 && binary.BigEndian.Uint32(d[ids:]) != 0 && link.LooksPPP(d[length:])
}

// isL2TP3 expects a control message, whose length is that of the datagram, or a
// data message with its reserved field.
func isL2TP3(d []byte, declared int) bool {
	if len(d) < 8 {
		return false
	}
	if binary.BigEndian.Uint16(d) == l2tpControl|l2tpLength|l2tpSequence|3 {
		return len(d) >= 12 && int(binary.BigEndian.Uint16(d[2:])) == declared
	}
	return binary.BigEndian.Uint32(d) == 0x00030000 && binary.BigEndian.Uint32(d[4:]) != 0
}
