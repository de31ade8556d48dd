package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// The frame control field of IEEE 802.15.4-2020 section 7.2.2.
const (
	panTypeMask     = 7
	panData         = 1
	panSecurity     = 1 << 3
	panCompression  = 1 << 6
	panNoSequence   = 1 << 8
	panElements     = 1 << 9
	panShort        = 2 // addressing mode: 16 bits
	panExtended     = 3 // addressing mode: 64 bits
	panVersion2015  = 2
	panControlField = 2
)

// IEEE802154 is the MAC layer of low-rate wireless networks, the stack of
// number 800. Data frames that are not secured are looked into for 6LoWPAN.
var IEEE802154 = dpi.Protocol{
	ID:   id.Ieee802154,
	Name: "ieee802154",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "type", Type: dpi.U8, Pos: 0, Extract: panType},
		{ID: 2, Name: "seq_nb", Type: dpi.U8, Pos: 2, Extract: panSequence},
		{ID: 3, Name: "dst_pan", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: panDstPAN},
		{ID: 4, Name: "dst", Type: dpi.U64, Pos: dpi.PositionNotKnown, Extract: panDst},
		{ID: 5, Name: "src", Type: dpi.U64, Pos: dpi.PositionNotKnown, Extract: panSrc},
	},
	Next: nextIEEE802154,
}

// panFrame is a frame's header; addresses are as in the frame, lowest byte
// first, nil where there are none.
type panFrame struct {
	control  uint16
	dstPAN   []byte
	dst, src []byte
	length   int
}

// panSizes are the lengths of addresses by addressing mode.
var panSizes = [4]int{panShort: 2, panExtended: 8}

// parsePAN reads a header; ok is false if the packet ends before its end.
func parsePAN(b []byte) (f panFrame, ok bool) {
	if len(b) < panControlField {
		return f, false
	}
	f.control = binary.LittleEndian.Uint16(b)
	f.length = panControlField
	if f.control&panNoSequence == 0 || f.version() < panVersion2015 {
		f.length++
	}
	take := func(n int) []byte {
		from := f.length
		f.length += n
		if f.length > len(b) || n == 0 {
			return nil
		}
		return b[from:f.length]
	}
	dst, src := f.control>>10&3, f.control>>14&3
	hasDst, hasSrc := f.hasPANs(dst, src)
	if hasDst {
		f.dstPAN = take(2)
	}
	f.dst = take(panSizes[dst])
	if hasSrc {
		take(2)
	}
	f.src = take(panSizes[src])
	return f, f.length <= len(b)
}

func (f *panFrame) version() uint16 { return f.control >> 12 & 3 }

// hasPANs tells which network identifiers the header has, by the addressing
// modes (section 7.2.2.6).
func (f *panFrame) hasPANs(dst, src uint16) (hasDst, hasSrc bool) {
	compressed := f.control&panCompression != 0
	switch {
	case f.version() < panVersion2015:
		return dst != 0, src != 0 && !(compressed && dst != 0)
	case dst == 0 && src == 0:
		return compressed, false
	case src == 0:
		return !compressed, false
	case dst == 0:
		return false, !compressed
	case dst == panExtended && src == panExtended:
		return !compressed, false
	}
	return true, !compressed
}

func panType(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	return len(b) > 0 && v.SetU(dpi.U8, uint64(b[0]&panTypeMask))
}

func panSequence(p *dpi.Packet, layer int, v *dpi.Value) bool {
	b := p.LayerBytes(layer)
	f, ok := parsePAN(b)
	if !ok || f.version() >= panVersion2015 && f.control&panNoSequence != 0 {
		return false
	}
	return v.SetU(dpi.U8, uint64(b[2]))
}

func panDstPAN(p *dpi.Packet, layer int, v *dpi.Value) bool {
	f, _ := parsePAN(p.LayerBytes(layer))
	return f.dstPAN != nil && v.SetU(dpi.U16, littleEndian(f.dstPAN))
}

func panDst(p *dpi.Packet, layer int, v *dpi.Value) bool {
	f, _ := parsePAN(p.LayerBytes(layer))
	return f.dst != nil && v.SetU(dpi.U64, littleEndian(f.dst))
}

func panSrc(p *dpi.Packet, layer int, v *dpi.Value) bool {
	f, _ := parsePAN(p.LayerBytes(layer))
	return f.src != nil && v.SetU(dpi.U64, littleEndian(f.src))
}

// littleEndian reads up to eight bytes, lowest first.
func littleEndian(b []byte) (n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		n = n<<8 | uint64(b[i])
	}
	return n
}

func nextIEEE802154(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	f, ok := parsePAN(p.Bytes(off))
	if !ok || f.control&panTypeMask != panData || f.control&panSecurity != 0 ||
		f.version() >= panVersion2015 && f.control&panElements != 0 {
		return dpi.Stop, off
	}
	b := p.Bytes(off + f.length)
	if len(b) == 0 || b[0]>>6 == 0 { // 00: not a 6LoWPAN frame
		return dpi.Unknown, off + f.length
	}
	return id.Sixlowpan, off + f.length
}

// RootIEEE802154 is for captures that end frames with a check sum.
func RootIEEE802154(p *dpi.Packet) (dpi.ProtocolID, int) {
	p.Limit(len(p.Data) - 2)
	return id.Ieee802154, 0
}
