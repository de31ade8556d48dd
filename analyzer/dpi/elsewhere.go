package dpi

// Elsewhere is packets of one direction of a flow that the handler did not get,
// because whoever hands out packets counted them instead.
type Elsewhere struct {
	Packets uint64
	Bytes   uint64 // on the wire, link layer included
	Data    uint64 // payload of the transport
	Last    int64  // time of the latest packet, ns
	// Offsets are where the headers of the flow's path start, from the link layer
	// to the transport.
	Offsets []uint32
}

// CountElsewhere adds packets of a flow to the statistics of all protocols of
// its path, as if they had been processed. Not known are fragments, and which
// packets must not be fragmented; the payload of protocols above the transport is
// that of the transport.
func (h *Handler) CountElsewhere(f *Flow, d Direction, n *Elsewhere) {
	h.mirrorPath(f, d)
	h.stats[Meta].elsewhere(n, n.Bytes)
	for i, id := range h.Path(f.paths[d]) {
		payload := n.Bytes
		if i < len(n.Offsets) {
			payload -= min(n.Packets*uint64(n.Offsets[i]), n.Bytes)
		}
		h.stats[id].elsewhere(n, payload)
	}
	for _, id := range f.App() {
		h.stats[id].elsewhere(n, n.Data)
	}
	if f.nApp == 0 {
		h.stats[Unknown].elsewhere(n, n.Data)
	}
}

func (s *ProtocolStats) elsewhere(n *Elsewhere, payload uint64) {
	s.Packets += n.Packets
	s.Data += n.Bytes
	s.Payload += payload
	s.LastPacket = max(s.LastPacket, n.Last)
}

// mirrorPath gives a flow that had packets in one direction only the same path
// in the other one.
func (h *Handler) mirrorPath(f *Flow, d Direction) {
	if f.paths[d] == 0 {
		f.paths[d], f.open[d] = f.paths[d^1], f.open[d^1]
	}
}

// Follows tells whether a protocol of the flow goes on reading its payload after
// the flow is classified: it gathers what that says, tells what it carries, or
// learns of other hosts from it, be it in another handler.
func (h *Handler) Follows(f *Flow) bool {
	for _, id := range f.App() {
		e := h.reg.protocols[id]
		if h.next[id] != nil || h.tracked[id] && e.Track != nil || len(e.Heralds) > 0 {
			return true
		}
	}
	return false
}

// Observes tells whether a protocol above the transport of the flow looks at each
// of its packets.
func (h *Handler) Observes(f *Flow) bool {
	for _, id := range f.App() {
		if h.observers[id] != nil {
			return true
		}
	}
	return false
}

// Attributes returns how many attributes are registered.
func (h *Handler) Attributes() (n int) {
	for _, slots := range h.slots {
		n += len(slots)
	}
	return n
}

// PacketHandlers returns how many packet handlers are registered.
func (h *Handler) PacketHandlers() int { return len(h.handlers) }
