package analyzer

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/session"
)

// maxTEIDs is how many tunnel endpoint identifiers of a session are reported.
const maxTEIDs = 8

// tunnel is what a session inside GTP-U tells of its tunnel.
type tunnel struct {
	src, dst [16]byte // of the first packet
	teids    [maxTEIDs]uint32
	n        int
}

// tunnels remembers the tunnels of sessions, by number of the session. It is a map
// because only the probes of mobile networks have any.
type tunnels struct{ bySession map[uint64]*tunnel }

// of returns the tunnel of a session; ok is false if it runs in none.
func (t *tunnels) of(s *session.Session) (*tunnel, bool) {
	u, ok := t.bySession[s.ID]
	return u, ok
}

// note adds the tunnel of a packet to that of its session.
func (t *tunnels) note(p *dpi.Packet) {
	layer := p.Find(id.Gtp, 1)
	if p.Flow == nil || layer < 0 || len(p.Tuples()) < 2 {
		return
	}
	b := p.LayerBytes(layer)
	if len(b) < 8 {
		return
	}
	u := t.bySession[p.Flow.ID]
	if u == nil {
		outer := &p.Tuples()[0]
		u = &tunnel{src: outer.Src, dst: outer.Dst}
		t.bySession[p.Flow.ID] = u
	}
	u.add(binary.BigEndian.Uint32(b[4:]))
}

// add notes a tunnel endpoint identifier unless it is known.
func (u *tunnel) add(teid uint32) {
	for _, known := range u.teids[:u.n] {
		if known == teid {
			return
		}
	}
	if u.n < maxTEIDs {
		u.teids[u.n] = teid
		u.n++
	}
}

// forget drops the tunnel of a session that ends.
func (t *tunnels) forget(s *session.Session) { delete(t.bySession, s.ID) }
