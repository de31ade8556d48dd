package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Lengths of Ethernet headers, IEEE 802.3 clause 3.
const (
	ethernetHeader = 14
	maxLength      = 1500   // up to here the type field is a length and LLC follows
	jumboLLC       = 0x8870 // LLC in frames too long for a length field
)

// Ethernet is IEEE 802.3. A VLAN tag starts where the type field would be, so
// that the tag protocols' tpid is their first field.
var Ethernet = dpi.Protocol{
	ID:   id.Ethernet,
	Name: "ethernet",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "proto", Type: dpi.U16, Pos: 12},
		{ID: 2, Name: "dst", Type: dpi.MACAddr, Pos: 0},
		{ID: 3, Name: "src", Type: dpi.MACAddr, Pos: 6},
		{ID: 4, Name: "length", Type: dpi.U16, Pos: 12, Extract: ethernetLength},
	},
	Next: nextEthernet,
}

// ethernetLength reads the length field of frames that have one instead of a
// type.
func ethernetLength(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	if len(b) < ethernetHeader || binary.BigEndian.Uint16(b[12:]) > maxLength {
		return false
	}
	return v.SetU(dpi.U16, uint64(binary.BigEndian.Uint16(b[12:])))
}

func nextEthernet(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < ethernetHeader {
		return dpi.Stop, off
	}
	return nextEtherType(p, binary.BigEndian.Uint16(b[12:]), off+12)
}

// nextEtherType tells what the type or length field at offset off announces. It
// follows the field, but for VLAN tags, which include it.
func nextEtherType(p *dpi.Packet, etherType uint16, off int) (dpi.ProtocolID, int) {
	if etherType <= maxLength {
		p.Limit(off + 2 + int(etherType))
		return nextLength(p, off+2)
	}
	if id.IsVLAN(etherType) {
		return id.ByEtherType(etherType), off
	}
	return refine(etherType, p.Bytes(off+2)), off + 2
}

// nextLength tells what follows a length field: LLC, or IPX as Novell sent it
// before there was LLC.
func nextLength(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	if b := p.Bytes(off); len(b) >= 2 && b[0] == 0xff && b[1] == 0xff {
		return id.Ipx, off
	}
	return id.Llc, off
}

// refine tells the protocol of a type number, looking at the payload where one
// number stands for several.
func refine(etherType uint16, payload []byte) dpi.ProtocolID {
	switch etherType {
	case jumboLLC:
		return id.Llc
	case 0x8809: // slow protocols, IEEE 802.3 annex 57A: the subtype tells
		if len(payload) > 0 && payload[0] == 1 {
			return id.Lacp
		}
		return dpi.Unknown
	case 0x8892: // PROFINET, IEC 61158-6-10: the frame identifier tells
		if len(payload) > 1 && payload[0] == 0xfe && payload[1] >= 0xfc {
			return id.ProfinetDcp
		}
	}
	return id.ByEtherType(etherType)
}

// LooksEthernet tells whether b may be an Ethernet frame, for encapsulations
// that do not say what they carry.
func LooksEthernet(b []byte) bool {
	if len(b) < ethernetHeader {
		return false
	}
	t := binary.BigEndian.Uint16(b[12:])
	if t <= maxLength {
		return int(t) >= llcHeader && int(t) <= len(b)-ethernetHeader
	}
	return id.ByEtherType(t) != dpi.Unknown
}
