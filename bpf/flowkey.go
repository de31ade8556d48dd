package bpf

import "net/netip"

// Flow names a flow by its two ends, in either order.
type Flow struct {
	A, B     netip.AddrPort
	Protocol uint8 // IP protocol number
}

// key returns the flow as the kernel knows it, and whether A comes second there.
func (f Flow) key() (k prefilterFlowKey, swapped bool) {
	h := header{
		src: numberOf(f.A.Addr()), dst: numberOf(f.B.Addr()),
		sport: f.A.Port(), dport: f.B.Port(), protocol: f.Protocol,
	}
	return h.key()
}

// key puts both ends into an order that does not depend on the direction: the
// lower address first, of equal ones that with the lower port.
func (h *header) key() (k prefilterFlowKey, swapped bool) {
	k.Protocol = h.protocol
	first, second, p1, p2 := h.src, h.dst, h.sport, h.dport
	swapped = second.less(first) || first == second && p2 < p1
	if swapped {
		first, second, p1, p2 = second, first, p2, p1
	}
	k.Addr = [2][2]uint64{{first.hi, first.lo}, {second.hi, second.lo}}
	k.Port = [2]uint16{p1, p2}
	return k, swapped
}

// Hash is the number that sampling goes by: the same for both directions, and
// the same in the kernel. It has no secret: who knows it can choose flows that
// are kept, or not kept.
func (f Flow) Hash() uint32 {
	k, _ := f.key()
	return hash(&k)
}

func hash(k *prefilterFlowKey) uint32 {
	h := mix(uint64(k.Protocol), uint64(k.Port[0])<<16|uint64(k.Port[1]))
	for _, addr := range k.Addr {
		h = mix(mix(h, addr[0]), addr[1])
	}
	return uint32(h)
}

func mix(h, word uint64) uint64 {
	h = (h ^ word) * 0x9e3779b97f4a7c15
	return h ^ h>>32
}
