package mobile

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// MaxTEIDs is how many tunnel endpoints are remembered of a session.
const MaxTEIDs = 8

// Tunnel is what is known of the GTP tunnels that a session goes through: the
// state of protocol gtp for the session inside. It is kept while the handler
// tracks gtp (Handler.TrackProtocol).
type Tunnel struct {
	Src, Dst [16]byte // outer addresses of the session's first packet; IPv4 after ::ffff
	TEID     [MaxTEIDs]uint32
	N        int // endpoints known, in the order in which they were seen
}

// add remembers an endpoint.
func (t *Tunnel) add(teid uint32) {
	for _, known := range t.TEID[:t.N] {
		if known == teid {
			return
		}
	}
	if t.N < MaxTEIDs {
		t.TEID[t.N] = teid
		t.N++
	}
}

// observeGTP notes the tunnel of the session that a user packet belongs to.
func observeGTP(p *dpi.Packet, layer int) {
	if p.Flow == nil || !p.Handler().Tracks(id.Gtp) {
		return
	}
	b := gtpv1(p, layer, gtpHeader)
	inner, outer := p.Tuple(), outerTuple(p, layer)
	if b == nil || b[1] != gtpTPDU || outer == nil || int(inner.Layer) < layer {
		return
	}
	t := dpi.State[Tunnel](p, id.Gtp)
	if t == nil {
		return
	}
	if t.N == 0 {
		t.Src, t.Dst = outer.Src, outer.Dst
	}
	t.add(binary.BigEndian.Uint32(b[4:]))
}

// outerTuple returns the IP layer that a layer is in, nil if there is none.
func outerTuple(p *dpi.Packet, layer int) *dpi.Tuple {
	list := p.Tuples()
	for i := len(list) - 1; i >= 0; i-- {
		if int(list[i].Layer) < layer {
			return &list[i]
		}
	}
	return nil
}
