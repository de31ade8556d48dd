package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Lengths of the headers of Linux cooked captures (tcpdump.org,
// LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2).
const (
	sllHeader  = 16
	sll2Header = 20
)

// ARPHRD_ types whose protocol field means something of its own.
const (
	hardwareGRE      = 778
	hardwareRadiotap = 803
	hardware80211    = 801
	hardwareNetlink  = 824
)

// SLL is the Linux cooked capture of the device "any", version 1.
var SLL = dpi.Protocol{
	ID:   id.Sll,
	Name: "sll",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "pkttype", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "hatype", Type: dpi.U16, Pos: 2},
		{ID: 3, Name: "halen", Type: dpi.U16, Pos: 4},
		{ID: 4, Name: "addr", Type: dpi.U64, Pos: 6},
		{ID: 6, Name: "protocol", Type: dpi.U16, Pos: 14},
	},
	Next: nextSLL,
}

// SLL2 is the Linux cooked capture, version 2.
var SLL2 = dpi.Protocol{
	ID:   id.Sll2,
	Name: "sll2",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "protocol", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "ifindex", Type: dpi.U32, Pos: 4},
		{ID: 3, Name: "hatype", Type: dpi.U16, Pos: 8},
		{ID: 4, Name: "pkttype", Type: dpi.U8, Pos: 10},
		{ID: 5, Name: "halen", Type: dpi.U8, Pos: 11},
		{ID: 6, Name: "addr", Type: dpi.U64, Pos: 12},
	},
	Next: nextSLL2,
}

func nextSLL(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < sllHeader {
		return dpi.Stop, off
	}
	return cooked(p, binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[14:]), off+sllHeader)
}

func nextSLL2(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < sll2Header {
		return dpi.Stop, off
	}
	return cooked(p, binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b), off+sll2Header)
}

// cooked tells what a cooked header announces that ends at off. A VLAN tag
// starts two bytes before, where its identifier would be.
func cooked(p *dpi.Packet, hardware, protocol uint16, off int) (dpi.ProtocolID, int) {
	switch hardware {
	case hardwareNetlink:
		return dpi.Unknown, off
	case hardwareRadiotap:
		return id.Radiotap, off
	case hardware80211:
		return id.Ieee80211, off
	}
	switch {
	case protocol == 1: // IPX without LLC
		return id.Ipx, off
	case protocol == 4:
		return id.Llc, off
	case protocol <= maxLength:
		return dpi.Unknown, off
	}
	return nextEtherType(p, protocol, off-2)
}
