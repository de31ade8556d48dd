package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// vlanTag is the length of a tag: identifier (TPID) and control information.
const vlanTag = 4

// VLAN is an IEEE 802.1Q customer tag. It starts at its identifier.
var VLAN = dpi.Protocol{
	ID:   id.P8021q,
	Name: "8021q",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "tpid", Type: dpi.U16, Pos: 0, Extract: vlanTPID},
		{ID: 2, Name: "pcp", Type: dpi.U8, Pos: 2, Extract: vlanField(13, 7)},
		{ID: 3, Name: "dei", Type: dpi.U8, Pos: 2, Extract: vlanField(12, 1)},
		{ID: 4, Name: "vid", Type: dpi.U16, Pos: 2, Extract: vlanField(0, 0xfff)},
	},
	Next: nextVLAN,
}

// QinQ is an IEEE 802.1ad service tag, and what came before it under other
// identifiers.
var QinQ = dpi.Protocol{ID: id.P8021ad, Name: "8021ad", Next: nextVLAN}

// vlanTPID reads the tag's identifier. Encapsulations whose type field is not
// next to the tag leave it out.
func vlanTPID(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	if len(b) < 2 || !id.IsVLAN(binary.BigEndian.Uint16(b)) {
		return false
	}
	return v.SetU(dpi.U16, uint64(binary.BigEndian.Uint16(b)))
}

// vlanField reads bits of the control information.
func vlanField(shift uint, mask uint16) dpi.ExtractFunc {
	t := dpi.U8
	if mask > 0xff {
		t = dpi.U16
	}
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) >= vlanTag && v.SetU(t, uint64(binary.BigEndian.Uint16(b[2:])>>shift&mask))
	}
}

func nextVLAN(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < vlanTag+2 {
		return dpi.Stop, off
	}
	return nextEtherType(p, binary.BigEndian.Uint16(b[vlanTag:]), off+vlanTag)
}
