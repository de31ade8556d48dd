package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Lengths of Ethernet headers, IEEE 802.3 clause 3.
const (
	ethernetHeader = 14
	maxLength      = 1500 // up to here the type field is a length and LLC follows
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
		{ID: 4, Name: "length", Type: dpi.U16, Pos: 12},
	},
	Next: nextEthernet,
}

func nextEthernet(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < ethernetHeader {
		return dpi.Stop, off
	}
	return nextEtherType(p, binary.BigEndian.Uint16(b[12:]), off+12)
}

// nextEtherType tells what a type field at offset off announces: its value is
// etherType, and what it announces follows it, but for VLAN tags, which include
// it.
func nextEtherType(p *dpi.Packet, etherType uint16, off int) (dpi.ProtocolID, int) {
	if etherType <= maxLength {
		p.Limit(off + 2 + int(etherType))
		return id.Llc, off + 2
	}
	switch next := id.ByEtherType(etherType); next {
	case id.P8021q, id.P8021ad:
		return next, off
	default:
		return next, off + 2
	}
}
