package dpi

// ProtocolStats counts what a handler has seen of one protocol (manual section
// 5.3, the attributes that every protocol has). Data volumes are bytes on the
// wire; payload volumes count from the protocol's own header on.
type ProtocolStats struct {
	Packets, Data, Payload  uint64
	FragPackets, FragData   uint64 // packets that are IP fragments
	DFPackets, DFData       uint64 // packets whose IP header forbids fragmentation
	Sessions, TimedOut      uint64
	FirstPacket, LastPacket int64 // ns since the Unix epoch
}

// Active returns the number of sessions that have not ended.
func (s *ProtocolStats) Active() uint64 { return s.Sessions - s.TimedOut }

// Stats returns the statistics of a protocol, all zero if it was never seen.
func (h *Handler) Stats(id ProtocolID) ProtocolStats {
	if id >= MaxProtocolID {
		return ProtocolStats{}
	}
	return h.stats[id]
}

// Traffic returns the packets that a protocol had and their bytes on the wire,
// without all that Stats copies.
func (h *Handler) Traffic(id ProtocolID) (packets, bytes uint64) {
	s := &h.stats[id]
	return s.Packets, s.Data
}

// Seen returns the protocols that a packet had, in the order in which they first
// came; Meta is one of them. It grows with the packets and must not be changed.
func (h *Handler) Seen() []ProtocolID { return h.seen }

// count adds the packet to the statistics of every protocol of its path.
func (h *Handler) count(p *Packet) {
	for i := range p.layers[:p.n] {
		l := p.layers[i]
		s := &h.stats[l.Proto]
		if s.Packets == 0 {
			s.FirstPacket = p.Time
			h.seen = append(h.seen, l.Proto)
		}
		s.LastPacket = p.Time
		s.Packets++
		s.Data += uint64(p.Len)
		s.Payload += uint64(p.Len) - min(uint64(l.Off), uint64(p.Len))
	}
}

// countSession moves a session from the protocols of path old, which may be 0,
// to those of path now.
func (h *Handler) countSession(old, now PathID) {
	for _, id := range h.Path(old) {
		h.stats[id].Sessions--
	}
	for _, id := range h.Path(now) {
		h.stats[id].Sessions++
	}
}

// CountFragment counts the packet as an IP fragment for the protocol of the
// given layer and for what the fragment carries, up to the next such layer.
func (p *Packet) CountFragment(layer int) {
	p.eachWithin(layer, func(s *ProtocolStats) {
		s.FragPackets++
		s.FragData += uint64(p.Len)
	})
}

// CountDontFragment counts the packet as one that must not be fragmented, as
// CountFragment does.
func (p *Packet) CountDontFragment(layer int) {
	p.eachWithin(layer, func(s *ProtocolStats) {
		s.DFPackets++
		s.DFData += uint64(p.Len)
	})
}

// eachWithin calls yield with the statistics of the protocols from the given
// layer on, up to the next layer of the same protocol.
func (p *Packet) eachWithin(layer int, yield func(*ProtocolStats)) {
	for i := layer; i < p.n; i++ {
		id := p.layers[i].Proto
		if i > layer && id == p.layers[layer].Proto {
			return
		}
		yield(&p.h.stats[id])
	}
}

// EndFlow is called by the session table's owner when a session is over: it
// ends classification and gives back what protocols kept for the flow.
func (h *Handler) EndFlow(f *Flow) {
	h.Conclude(f)
	for _, id := range h.Path(f.paths[Up]) {
		h.stats[id].TimedOut++
	}
	for _, id := range f.App() {
		h.stats[id].TimedOut++
	}
	h.stats[Meta].TimedOut++
	for i := range f.states {
		if s := &f.states[i]; s.index != 0 {
			h.pools[s.proto].release(h, s.index)
			*s = stateSlot{}
		}
	}
	h.Store.Free(f.Host)
	f.Host = 0
}

// Conclude ends the classification of a flow with what is known by now.
func (h *Handler) Conclude(f *Flow) {
	if f.phase != classified {
		h.finish(f)
	}
}
