package link

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// arpHeader is the length of the fixed part of RFC 826; four addresses follow.
const arpHeader = 8

// ARP is RFC 826. The ar_ attributes with addresses are there when the
// addresses are Ethernet and IPv4 ones, the others always.
var ARP = dpi.Protocol{
	ID:   id.Arp,
	Name: "arp",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "ar_hrd", Type: dpi.U16, Pos: 0},
		{ID: 2, Name: "ar_pro", Type: dpi.U16, Pos: 2},
		{ID: 3, Name: "ar_hln", Type: dpi.U8, Pos: 4},
		{ID: 4, Name: "ar_pln", Type: dpi.U8, Pos: 5},
		{ID: 5, Name: "ar_op", Type: dpi.U16, Pos: 6},
		{ID: 6, Name: "ar_sha", Type: dpi.MACAddr, Pos: dpi.PositionNotKnown, Extract: arpMAC(0)},
		{ID: 7, Name: "ar_sip", Type: dpi.IP4Addr, Pos: dpi.PositionNotKnown, Extract: arpIP(1)},
		{ID: 8, Name: "ar_tha", Type: dpi.MACAddr, Pos: dpi.PositionNotKnown, Extract: arpMAC(2)},
		{ID: 9, Name: "ar_tip", Type: dpi.IP4Addr, Pos: dpi.PositionNotKnown, Extract: arpIP(3)},
		{ID: 10, Name: "src_hard", Type: dpi.Binary, Pos: dpi.PositionNotKnown, Extract: arpBytes(0)},
		{ID: 11, Name: "src_proto", Type: dpi.Binary, Pos: dpi.PositionNotKnown, Extract: arpBytes(1)},
		{ID: 12, Name: "dst_hard", Type: dpi.Binary, Pos: dpi.PositionNotKnown, Extract: arpBytes(2)},
		{ID: 13, Name: "dst_proto", Type: dpi.Binary, Pos: dpi.PositionNotKnown, Extract: arpBytes(3)},
	},
}

// arpAddress returns the nth address of an ARP message: sender's hardware and
// protocol address, then the target's. It is nil if the packet ends before.
func arpAddress(b []byte, nth int) []byte {
	if len(b) < arpHeader {
		return nil
	}
	lengths := [4]int{int(b[4]), int(b[5]), int(b[4]), int(b[5])}
	off := arpHeader
	for _, n := range lengths[:nth] {
		off += n
	}
	if off+lengths[nth] > len(b) {
		return nil
	}
	return b[off : off+lengths[nth]]
}

func arpMAC(nth int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		a := arpAddress(p.LayerBytes(layer), nth)
		return len(a) == 6 && v.SetBytes(dpi.MACAddr, a)
	}
}

func arpIP(nth int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		a := arpAddress(p.LayerBytes(layer), nth)
		return len(a) == 4 && v.SetIP4(a)
	}
}

func arpBytes(nth int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		a := arpAddress(p.LayerBytes(layer), nth)
		return len(a) > 0 && v.SetBytes(dpi.Binary, a[:min(len(a), 64)])
	}
}
