package mobile

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// The header of GTP-C version 2, 3GPP TS 29.274 section 5.1.
const (
	gtpv2Header  = 8 // without endpoint identifier
	gtpv2HasTEID = 0x08
)

// GTPv2 is GTP-C version 2. Where a second message is in the datagram, the
// attributes are those of the first.
var GTPv2 = dpi.Protocol{
	ID:   id.Gtpv2,
	Name: "gtpv2",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "version", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: gtpBits(5, 7)},
		{ID: 2, Name: "flag_type", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: gtpBits(3, 1)},
		{ID: 3, Name: "flag_p", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: gtpBits(4, 1)},
		{ID: 4, Name: "message_type", Type: dpi.U8, Pos: 1},
		{ID: 5, Name: "message_length", Type: dpi.U16, Pos: 2},
		{ID: 6, Name: "teid", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: gtpv2TEID},
		{ID: 7, Name: "sequence_number", Type: dpi.U32, Pos: dpi.PositionNotKnown, Extract: gtpv2Sequence},
	},
}

func gtpv2TEID(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) >= gtpv2Header && b[0]&gtpv2HasTEID != 0 && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint32(b[4:])))
}

// gtpv2Sequence reads the 24 bits after the endpoint identifier or, if there is
// none, in its place.
func gtpv2Sequence(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	if len(b) < gtpv2Header {
		return false
	}
	at := 4
	if b[0]&gtpv2HasTEID != 0 {
		at += 4
	}
	return len(b) >= at+4 && v.SetU(dpi.U32, uint64(binary.BigEndian.Uint32(b[at:])>>8))
}

// GTPPrime is the charging protocol GTP', 3GPP TS 32.295 section 6.1.
var GTPPrime = dpi.Protocol{
	ID:   id.GtpPrime,
	Name: "gtp_prime",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "version", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: gtpBits(5, 7)},
		{ID: 2, Name: "msg_type", Type: dpi.U8, Pos: 1},
		{ID: 3, Name: "length", Type: dpi.U16, Pos: 2},
		{ID: 4, Name: "seq_num", Type: dpi.U16, Pos: 4},
	},
}
