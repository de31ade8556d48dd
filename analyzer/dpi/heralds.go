package dpi

import "encoding/binary"

// heraldWindow is how many bytes of a payload a Herald looks at.
const heraldWindow = 8

// Herald describes packets that tell of other hosts, so that they can be told
// from all others by ports and a few bytes, before any flow is looked up. It may
// describe more packets than there are, never mind whether their flow is of the
// protocol: they are then looked at in vain.
type Herald struct {
	L4    uint8    // IP protocol number of the transport
	Ports []uint16 // at least one end has one of them; empty: any
	// The eight bytes of payload from At on, as a number in network byte order,
	// have these bits. Without Mask every packet is one, with or without payload.
	At          int
	Mask, Value uint64
}

// Opening describes payloads of a transport that begin with text, of which up to
// eight bytes count; longer payloads than that only.
func Opening(l4 uint8, text string) Herald {
	h := Herald{L4: l4}
	for i := range min(len(text), heraldWindow) {
		shift := 8 * (heraldWindow - 1 - i)
		h.Mask |= 0xff << shift
		h.Value |= uint64(text[i]) << shift
	}
	return h
}

// portSet has a bit for each port.
type portSet [65536 / 64]uint64

func (s *portSet) add(port uint16)      { s[port>>6] |= 1 << (port & 63) }
func (s *portSet) has(port uint16) bool { return s[port>>6]&(1<<(port&63)) != 0 }

// Heralds recognises the packets that a registry's protocols have described. It
// never changes, any number of threads may share it.
type Heralds struct{ byL4 [256]*heralds }

// heralds are those of one transport.
type heralds struct {
	ports portSet // every packet of these ports is one
	// begins has a bit for each first byte that one of byFirst can have.
	begins  [256 / 64]uint64
	byFirst []Herald // those that say something about the first byte
	others  []Herald
}

// Heralds returns what recognises the packets that tell of other hosts, nil before
// the registry is frozen.
func (r *Registry) Heralds() *Heralds { return r.heralds }

func newHeralds(r *Registry) *Heralds {
	set := &Heralds{}
	r.Protocols(func(p *Protocol) bool {
		for _, h := range p.Heralds {
			set.add(h)
		}
		return true
	})
	return set
}

func (s *Heralds) add(h Herald) {
	if s.byL4[h.L4] == nil {
		s.byL4[h.L4] = &heralds{}
	}
	t := s.byL4[h.L4]
	first, value := byte(h.Mask>>56), byte(h.Value>>56)
	switch {
	case h.Mask == 0:
		for _, port := range h.Ports {
			t.ports.add(port)
		}
	case h.At != 0 || first == 0:
		t.others = append(t.others, h)
	default:
		t.byFirst = append(t.byFirst, h)
		for b := range 256 {
			if byte(b)&first == value {
				t.begins[b>>6] |= 1 << (b & 63)
			}
		}
	}
}

// Of tells whether any protocol has described packets of a transport.
func (s *Heralds) Of(l4 uint8) bool { return s.byL4[l4] != nil }

// Is tells whether a packet is one of those, by the protocol number of its
// transport, its ports, and the payload of the transport.
func (s *Heralds) Is(l4 uint8, src, dst uint16, payload []byte) bool {
	t := s.byL4[l4]
	if t == nil {
		return false
	}
	if t.ports.has(src) || t.ports.has(dst) {
		return true
	}
	if len(payload) < heraldWindow {
		return false
	}
	for i := range t.others {
		if t.others[i].fits(src, dst, payload) {
			return true
		}
	}
	return t.begins[payload[0]>>6]&(1<<(payload[0]&63)) != 0 && t.opens(src, dst, payload)
}

// opens is Is for payloads whose first byte fits.
func (t *heralds) opens(src, dst uint16, payload []byte) bool {
	for i := range t.byFirst {
		if t.byFirst[i].fits(src, dst, payload) {
			return true
		}
	}
	return false
}

// fits tells whether a payload of at least eight bytes has the bits.
func (h *Herald) fits(src, dst uint16, payload []byte) bool {
	if h.At+heraldWindow > len(payload) || binary.BigEndian.Uint64(payload[h.At:])&h.Mask != h.Value {
		return false
	}
	for _, port := range h.Ports {
		if port == src || port == dst {
			return true
		}
	}
	return len(h.Ports) == 0
}
