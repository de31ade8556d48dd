package network

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// tunnelSlots is how many GRE tunnels with sequence numbers are followed at a
// time; a power of two. A newer one takes the place of an older one with the
// same hash.
const tunnelSlots = 1024

// maxGap is the largest jump of sequence numbers that counts as loss; a larger
// one is taken for a new start of the sender.
const maxGap = 1 << 16

// tunnels follows the sequence numbers of GRE tunnels.
type tunnels struct {
	slots [tunnelSlots]tunnel

	packet uint64 // the packet that current is of
	layer  int
	at     *tunnel
}

// tunnel is one tunnel; index 0 is the direction of its first packet.
type tunnel struct {
	key  uint64
	src  [16]byte // sender of the first packet
	last [2]uint32
	seen [2]bool
	gap  uint32 // packets missing before the latest one
	loss uint32 // packets missing so far, both directions
}

// note takes a sequence number into account.
func (t *tunnel) note(d int, n uint32) {
	t.gap = 0
	step := n - t.last[d]
	switch {
	case !t.seen[d] || step-1 >= maxGap && -step >= maxGap: // first, or a new start
		t.last[d], t.seen[d] = n, true
	case step == 0: // sent twice
	case step-1 < maxGap:
		t.gap = step - 1
		t.loss += t.gap
		t.last[d] = n
	case t.loss > 0: // a late packet was not lost
		t.loss--
	}
}

// tunnelOf returns the IP layer that a GRE layer is in, nil if there is none.
func tunnelOf(p *dpi.Packet, layer int) *dpi.Tuple {
	list := p.Tuples()
	for i := len(list) - 1; i >= 0; i-- {
		if int(list[i].Layer) < layer {
			return &list[i]
		}
	}
	return nil
}

// tunnelKey hashes a tunnel so that both directions give the same value.
func tunnelKey(t *dpi.Tuple, key uint32) uint64 {
	hash := func(a *[16]byte) uint64 {
		h := uint64(14695981039346656037)
		for _, c := range a {
			h = (h ^ uint64(c)) * 1099511628211
		}
		return h
	}
	h := (hash(&t.Src) + hash(&t.Dst) + uint64(key)) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// observeGRE follows the sequence number of a packet that has one.
func observeGRE(p *dpi.Packet, layer int) {
	b := p.LayerBytes(layer)
	g, ok := parseGRE(b)
	outer := tunnelOf(p, layer)
	if !ok || outer == nil {
		return
	}
	var key uint32
	if g.key != 0 && g.flags&greVersion == 0 { // in version 1 each direction has its own
		key = binary.BigEndian.Uint32(b[g.key:])
	}
	c := dpi.Context[tunnels](p.Handler(), id.Gre)
	hash := tunnelKey(outer, key)
	t := &c.slots[hash&(tunnelSlots-1)]
	if t.key != hash {
		if g.sequence == 0 {
			return
		}
		*t = tunnel{key: hash, src: outer.Src}
	}
	c.packet, c.layer, c.at = p.Index, layer, t
	t.gap = 0
	if g.sequence != 0 {
		d := 0
		if outer.Src != t.src {
			d = 1
		}
		t.note(d, binary.BigEndian.Uint32(b[g.sequence:]))
	}
}

// greTunnel makes an attribute that reads what is known of the packet's tunnel.
func greTunnel(number dpi.AttributeID, name string, read func(*tunnel) (uint32, bool)) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: dpi.U32, Pos: dpi.PositionNotKnown, Scope: dpi.ScopeOther,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			c := dpi.Context[tunnels](p.Handler(), id.Gre)
			if c.packet != p.Index || c.layer != layer {
				return false
			}
			n, ok := read(c.at)
			return ok && v.SetU(dpi.U32, uint64(n))
		}}
}
