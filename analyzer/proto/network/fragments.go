package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Bounds of what is remembered of fragmented IPv6 datagrams.
const (
	fragmentSlots = 256 // datagrams at a time; a power of two
	fragmentParts = 16  // parts of one datagram
	fragmentLife  = 60e9
)

// fragments remembers the parts of recent datagrams, to tell whether a fragment
// overlaps another (forbidden by RFC 5722) or comes after a later one. A newer
// datagram takes the place of an older one with the same hash.
type fragments struct {
	slots [fragmentSlots]datagram

	// What the latest fragment was found to be.
	packet     uint64
	layer      int
	overlaps   bool
	outOfOrder bool
}

// datagram is the parts of one datagram, in bytes of its payload.
type datagram struct {
	key   uint64
	first int64 // time of its first fragment, ns
	last  uint32
	parts [fragmentParts]struct{ from, to uint32 }
	n     uint8
}

// note adds a part and returns whether it overlaps one that is known, and
// whether one further on was there before.
func (d *datagram) note(from, to uint32) (overlaps, outOfOrder bool) {
	for _, part := range d.parts[:d.n] {
		if from < part.to && part.from < to {
			overlaps = true
		}
	}
	outOfOrder = d.n > 0 && from < d.last
	d.last = max(d.last, from)
	if int(d.n) < len(d.parts) {
		d.parts[d.n].from, d.parts[d.n].to = from, to
		d.n++
	}
	return overlaps, outOfOrder
}

// datagramKey hashes what identifies a datagram: addresses and identification.
func datagramKey(b []byte, fragment int) uint64 {
	h := uint64(14695981039346656037)
	for _, part := range [2][]byte{b[8:40], b[fragment+4 : fragment+8]} {
		for _, c := range part {
			h = (h ^ uint64(c)) * 1099511628211
		}
	}
	return h
}

// isPart tells whether an IP layer is a fragment.
func isPart(p *dpi.Packet, layer int) bool {
	for i := range p.Tuples() {
		if t := &p.Tuples()[i]; int(t.Layer) == layer {
			return t.Part
		}
	}
	return false
}

// observeIPv6 counts fragments and follows their order. What has a fragment
// header but is whole (RFC 6946) is no fragment.
func observeIPv6(p *dpi.Packet, layer int) {
	if !isPart(p, layer) {
		return
	}
	b := p.LayerBytes(layer)
	_, end, fragment := upper(b)
	if fragment == 0 || end > len(b) {
		return
	}
	p.CountFragment(layer)
	from := uint32(binary.BigEndian.Uint16(b[fragment+2:]) &^ 7)
	// The header tells the length: b may be the datagram put together.
	length := int(binary.BigEndian.Uint16(b[4:])) + ipv6Header - fragment - fragmentHeader
	to := from + uint32(max(length, 0))
	f := dpi.Context[fragments](p.Handler(), id.Ipv6)
	key := datagramKey(b, fragment)
	d := &f.slots[(key^key>>32)&(fragmentSlots-1)]
	if d.key != key || p.Time-d.first > fragmentLife {
		*d = datagram{key: key, first: p.Time}
	}
	f.packet, f.layer = p.Index, layer
	f.overlaps, f.outOfOrder = d.note(from, to)
}

// fragmentFound reads what was found of this packet's fragment, 0 if it is none.
func fragmentFound(p *dpi.Packet, layer int, v *dpi.Value, read func(*fragments) bool) bool {
	f := dpi.Context[fragments](p.Handler(), id.Ipv6)
	if f.packet == p.Index && f.layer == layer && read(f) {
		return v.SetU(dpi.U8, 1)
	}
	return v.SetU(dpi.U8, 0)
}

func fragmentOverlaps(p *dpi.Packet, layer int, v *dpi.Value) bool {
	return fragmentFound(p, layer, v, func(f *fragments) bool { return f.overlaps })
}

func fragmentOutOfOrder(p *dpi.Packet, layer int, v *dpi.Value) bool {
	return fragmentFound(p, layer, v, func(f *fragments) bool { return f.outOfOrder })
}
