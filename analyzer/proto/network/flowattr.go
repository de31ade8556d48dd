package network

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// flowOf returns the flow of the packet if it is keyed by the given IP layer,
// else nil.
func flowOf(p *dpi.Packet, layer int) *dpi.Flow {
	t := p.Tuple()
	if t == nil || int(t.Layer) != layer {
		return nil
	}
	return p.Flow
}

// flowIP4 reads an end of the flow, 0 for the client.
func flowIP4(side int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		f := flowOf(p, layer)
		return f != nil && v.SetIP4(f.Addr[side][12:])
	}
}

// flowIP6 is flowIP4 for IPv6.
func flowIP6(side int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		f := flowOf(p, layer)
		return f != nil && v.SetBytes(dpi.IP6Addr, f.Addr[side][:])
	}
}

// flowPort reads the port of an end of the flow.
func flowPort(side int) dpi.ExtractFunc {
	return func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		f := flowOf(p, layer)
		return f != nil && v.SetU(dpi.U16, uint64(f.Port[side]))
	}
}

// arrivals are the latest arrivals of a flow by direction. They are kept only
// while somebody asks for the jitter.
type arrivals struct {
	packet uint64   // the packet that was counted last
	last   [2]int64 // ns
	gap    [2]int64 // ns between the last two, 0 if there was one
	jitter int64    // of that packet, ns; -1: none
}

// note takes a packet into account.
func (a *arrivals) note(p *dpi.Packet) {
	if a.packet == p.Index {
		return
	}
	a.packet, a.jitter = p.Index, -1
	d := p.Dir
	if a.last[d] != 0 {
		gap := max(p.Time-a.last[d], 1)
		if a.gap[d] != 0 {
			a.jitter = max(gap-a.gap[d], a.gap[d]-gap)
		}
		a.gap[d] = gap
	}
	a.last[d] = p.Time
}

// ipJitter reads by how much the time since the packet before, of the same
// direction of the flow, differs from the time before that (RFC 3393 with the
// gap before as reference).
func ipJitter(p *dpi.Packet, layer int, v *dpi.Value) bool {
	if flowOf(p, layer) == nil {
		return false
	}
	a := dpi.State[arrivals](p, id.Ip)
	if a == nil {
		return false
	}
	a.note(p)
	return a.jitter >= 0 && v.SetU(dpi.TimeVal, uint64(a.jitter))
}
