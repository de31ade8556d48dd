package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Sizes of Diameter messages, RFC 6733 sections 3 and 4.1.
const (
	diameterHeader = 20
	diameterAVP    = 8
)

// Diameter is RFC 6733.
var Diameter = dpi.Protocol{
	ID:   id.Diameter,
	Name: "diameter",
	Attributes: []dpi.Attribute{
		diameterNumber(1, "version", dpi.U8, 0, 1, 0, 0xff),
		diameterNumber(2, "message_length", dpi.U32, 1, 3, 0, 0xffffff),
		diameterNumber(3, "flag_r", dpi.U8, 4, 1, 7, 1),
		diameterNumber(4, "flag_p", dpi.U8, 4, 1, 6, 1),
		diameterNumber(5, "flag_e", dpi.U8, 4, 1, 5, 1),
		diameterNumber(6, "flag_t", dpi.U8, 4, 1, 4, 1),
		diameterNumber(7, "command_code", dpi.U32, 5, 3, 0, 0xffffff),
		diameterNumber(8, "application_id", dpi.U32, 8, 4, 0, 0xffffffff),
		diameterNumber(9, "hop_to_hop_id", dpi.U32, 12, 4, 0, 0xffffffff),
		diameterNumber(10, "end_to_end_id", dpi.U32, 16, 4, 0, 0xffffffff),
	},
	Classifiers: []dpi.Classifier{
		{Parent: id.Tcp, Weight: 80, Ports: []uint16{3868}, Classify: classifyDiameter},
		{Parent: id.SctpData, Weight: 80, Ports: []uint16{3868}, Classify: classifyDiameter},
	},
}

// classifyDiameter asks for a header whose reserved bits are zero, a command
// that is in use, and a first attribute that fits.
func classifyDiameter(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) > 0 && d[0] != 1 {
		return dpi.No
	}
	if len(d) < diameterHeader+diameterAVP {
		return dpi.More
	}
	if !isDiameter(d) || !isDiameterCommand(be32(d[4:])&0xffffff) {
		return dpi.No
	}
	avp := d[diameterHeader:]
	n := int(be32(avp[4:]) & 0xffffff)
	return verdict(avp[4]&0x1f == 0 && n >= diameterAVP && n <= diameterLength(d)-diameterHeader)
}

// isDiameter judges the header of a message.
func isDiameter(d []byte) bool {
	return len(d) >= diameterHeader && d[0] == 1 && d[4]&0x0f == 0 &&
		diameterLength(d)%4 == 0 && diameterLength(d) >= diameterHeader
}

func diameterLength(d []byte) int { return int(be32(d) & 0xffffff) }

// isDiameterCommand tells whether a command code is assigned (IANA, "Command
// Codes"): the base and applications of the IETF, or of 3GPP.
func isDiameterCommand(c uint32) bool {
	return c >= 257 && c <= 330 || c >= 8388608 && c <= 8388799
}

// diameterNumber describes some bits of a big-endian field of the header of the
// message that the packet's payload starts with.
func diameterNumber(number dpi.AttributeID, name string, kind dpi.DataType, off, size int, shift uint, mask uint64) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: kind, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		d := p.LayerBytes(layer)
		if !isDiameter(d) {
			return false
		}
		r := wireReader{b: d[off:]}
		return v.SetU(kind, r.uint(size)>>shift&mask)
	}}
}
