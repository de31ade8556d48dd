package link

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Bits of the frame control field of IEEE 802.11-2020 section 9.2.4.1, by byte.
const (
	wlanTypeMask  = 0x0f // version and type
	wlanData      = 0x08 // version 0, type data
	wlanNull      = 0x40 // subtype without payload
	wlanQoS       = 0x80 // subtype with a QoS control field
	wlanToDS      = 0x01
	wlanFromDS    = 0x02
	wlanProtected = 0x40
	wlanOrder     = 0x80
)

// Lengths of the parts of a data frame's header.
const (
	wlanHeader   = 24
	wlanAddress4 = 6
	wlanQoSField = 2
	wlanHT       = 4
	wlanSubframe = 14 // destination, source and length of an A-MSDU's part
	wlanAMSDU    = 0x80
)

// IEEE80211 is the MAC layer of wireless LANs. Data frames carry LLC;
// management, control and encrypted frames end the path.
var IEEE80211 = dpi.Protocol{
	ID:   id.Ieee80211,
	Name: "ieee80211",
	Attributes: []dpi.Attribute{
		{ID: 1, Name: "type", Type: dpi.U8, Pos: 0, Extract: wlanControl(2, 3)},
		{ID: 2, Name: "subtype", Type: dpi.U8, Pos: 0, Extract: wlanControl(4, 15)},
		{ID: 3, Name: "flags", Type: dpi.U8, Pos: 1},
		{ID: 4, Name: "addr1", Type: dpi.MACAddr, Pos: 4},
		{ID: 5, Name: "addr2", Type: dpi.MACAddr, Pos: 10},
		{ID: 6, Name: "addr3", Type: dpi.MACAddr, Pos: 16},
	},
	Next: nextIEEE80211,
}

func wlanControl(shift uint, mask byte) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := p.LayerBytes(layer)
		return len(b) > 0 && v.SetU(dpi.U8, uint64(b[0]>>shift&mask))
	}
}

func nextIEEE80211(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < wlanHeader || b[0]&wlanTypeMask != wlanData || b[0]&wlanNull != 0 || b[1]&wlanProtected != 0 {
		return dpi.Stop, off
	}
	n := wlanHeader
	if b[1]&(wlanToDS|wlanFromDS) == wlanToDS|wlanFromDS {
		n += wlanAddress4
	}
	aggregate := false
	if b[0]&wlanQoS != 0 {
		aggregate = len(b) > n && b[n]&wlanAMSDU != 0
		n += wlanQoSField
		if b[1]&wlanOrder != 0 {
			n += wlanHT
		}
	}
	if layers := p.Layers(); len(layers) > 2 && layers[len(layers)-2].Proto == id.Radiotap &&
		radiotapFlags(p.LayerBytes(len(layers)-2))&radiotapPadded != 0 {
		n = (n + 3) &^ 3
	}
	if aggregate {
		return firstSubframe(p, off+n)
	}
	return id.Llc, off + n
}

// firstSubframe finds the LLC header in the first part of an A-MSDU.
func firstSubframe(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < wlanSubframe {
		return dpi.Stop, off
	}
	p.Limit(off + wlanSubframe + int(binary.BigEndian.Uint16(b[12:])))
	return id.Llc, off + wlanSubframe
}

// Flags of the radiotap field of that name.
const (
	radiotapFCS    = 0x10 // a check sum ends the frame
	radiotapPadded = 0x20 // the frame's header is padded to four bytes
)

// Radiotap is what the receiver says about a wireless frame (radiotap.org).
var Radiotap = dpi.Protocol{
	ID:   id.Radiotap,
	Name: "radiotap",
	Next: nextRadiotap,
}

func nextRadiotap(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	b := p.Bytes(off)
	if len(b) < 8 || b[0] != 0 {
		return dpi.Stop, off
	}
	n := int(binary.LittleEndian.Uint16(b[2:]))
	if n < 8 || n > len(b) {
		return dpi.Stop, off
	}
	if radiotapFlags(b)&radiotapFCS != 0 {
		p.Limit(off + len(b) - 4)
	}
	return id.Ieee80211, off + n
}

// radiotapFlags returns the flags field of a radiotap header, 0 if it has none.
// It follows the bit maps and, aligned to eight bytes, the time.
func radiotapFlags(b []byte) byte {
	const more = 1 << 31
	at := 4
	for len(b) >= at+4 && binary.LittleEndian.Uint32(b[at:])&more != 0 {
		at += 4
	}
	at += 4
	if len(b) < 8 || b[4]&2 == 0 {
		return 0
	}
	if b[4]&1 != 0 {
		at = (at+7)&^7 + 8
	}
	if at >= len(b) {
		return 0
	}
	return b[at]
}
