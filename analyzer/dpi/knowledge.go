package dpi

// Knowledge is what flows have told of hosts other than their own: addresses
// that DNS answers gave for names, ends of media that calls announced. It
// belongs to one thread.
//
// A handler that is alone learns for itself, from the packets that protocols have
// described for that purpose (Heralds) and no others. Where several handlers share
// the packets, the flows of third hosts may be another handler's, which cannot be
// asked without waiting for it. There a second handler beside each of them, the
// listener, gets all these packets, learns, and does nothing else; the first one
// only looks up what its listener knows. So all know the same at the same packet,
// and what they know does not depend on how many they are.
type Knowledge struct {
	names  nameCache
	shared []any // by protocol
	store  *Store
}

// knowledgeStore bounds the strings of a Knowledge, bytes.
const knowledgeStore = 8 << 20

// NewKnowledge returns what handlers of a registry know at first.
func NewKnowledge(reg *Registry) *Knowledge {
	k := &Knowledge{
		names:  nameCache{entries: make([]nameEntry, nameCacheSize)},
		shared: make([]any, MaxProtocolID),
		store:  NewStore(knowledgeStore),
	}
	reg.Protocols(func(p *Protocol) bool {
		if p.Shared != nil {
			k.shared[p.ID] = p.Shared()
		}
		return true
	})
	return k
}

// Shared returns the memory of protocol id that is part of the handler's
// knowledge. T must be the type that the protocol's Shared function returns a
// pointer to. It may be changed only while Learns says so.
func Shared[T any](h *Handler, id ProtocolID) *T {
	t, _ := h.knowledge.shared[id].(*T)
	return t
}

// SharedStore returns where the strings of the handler's knowledge are.
func (h *Handler) SharedStore() *Store { return h.knowledge.store }

// Learns tells whether the protocol whose function is running may add to the
// handler's knowledge: it must have said how the packets are recognised that
// tell something (Protocol.Heralds), the packet must be one of these, and the
// handler must not be one for which another one learns.
func (h *Handler) Learns() bool {
	if !h.learns[h.current] {
		return false
	}
	t := h.packet.Tuple()
	return t != nil && h.heralds.Is(t.Proto, t.SrcPort, t.DstPort, h.packet.Payload)
}
