package dpi

import (
	"fmt"
	"slices"
)

// Slot is a registered attribute and its value in the packet at hand. Whoever
// registered it may keep the Slot: reading it costs nothing.
type Slot struct {
	Protocol  ProtocolID
	Attribute *Attribute
	nth       int // occurrence of the protocol in the path, 0: the chosen one
	refs      int
	at        uint64 // packet in which value was read
	h         *Handler
	value     Value
	handlers  []AttributeHandler
}

// AttributeHandler is called for each packet that has the attribute.
type AttributeHandler func(p *Packet, s *Slot, v *Value)

// Value returns the attribute's value in the packet at hand, nil if that packet
// does not have it.
func (s *Slot) Value() *Value {
	if s.at != s.h.index {
		return nil
	}
	return &s.value
}

// RegisterAttribute asks for an attribute to be extracted from every packet
// that has it (register_extraction_attribute). Where a protocol occurs several
// times in a path, the occurrence chosen by the handler's Encapsulation counts.
func (h *Handler) RegisterAttribute(protocol ProtocolID, attribute AttributeID) (*Slot, error) {
	return h.RegisterNth(protocol, attribute, 0)
}

// RegisterNth is RegisterAttribute for the nth occurrence of the protocol in
// the path, counted from 1 (`ip.2.src`).
func (h *Handler) RegisterNth(protocol ProtocolID, attribute AttributeID, nth int) (*Slot, error) {
	a := h.reg.Attribute(protocol, attribute)
	if a == nil {
		return nil, fmt.Errorf("dpi: protocol %d has no attribute %d", protocol, attribute)
	}
	s := h.slot(protocol, attribute, nth)
	if s == nil {
		s = &Slot{Protocol: protocol, Attribute: a, nth: nth, h: h}
		h.slots[protocol] = append(h.slots[protocol], s)
	}
	s.refs++
	return s, nil
}

// RegisterByName is RegisterAttribute with names.
func (h *Handler) RegisterByName(protocol, attribute string) (*Slot, error) {
	id, a := h.reg.AttributeByName(protocol, attribute)
	if a == nil {
		return nil, h.reg.unknownAttribute(protocol, attribute)
	}
	return h.RegisterAttribute(id, a.ID)
}

// IsRegistered tells whether the attribute is registered for extraction.
func (h *Handler) IsRegistered(protocol ProtocolID, attribute AttributeID) bool {
	return h.slot(protocol, attribute, 0) != nil
}

// Unregister takes one registration back; when it was the last, extraction
// stops. It reports whether the slot was registered.
func (h *Handler) Unregister(s *Slot) bool {
	list := h.slots[s.Protocol]
	i := slices.Index(list, s)
	if i < 0 {
		return false
	}
	if s.refs--; s.refs == 0 {
		h.slots[s.Protocol] = slices.Delete(list, i, i+1)
	}
	return true
}

// Extracted returns the value of a registered attribute in the packet at hand
// (get_attribute_extracted_data), nil if it is not there or not registered.
func (h *Handler) Extracted(protocol ProtocolID, attribute AttributeID) *Value {
	if s := h.slot(protocol, attribute, 0); s != nil {
		return s.Value()
	}
	return nil
}

// HandleAttribute registers an attribute and a function to call for each packet
// that has it (register_attribute_handler).
func (h *Handler) HandleAttribute(protocol ProtocolID, attribute AttributeID, f AttributeHandler) (*Slot, error) {
	s, err := h.RegisterAttribute(protocol, attribute)
	if err != nil {
		return nil, err
	}
	s.handlers = append(s.handlers, f)
	return s, nil
}

// slot returns a registered slot, nil if there is none.
func (h *Handler) slot(protocol ProtocolID, attribute AttributeID, nth int) *Slot {
	if protocol >= MaxProtocolID {
		return nil
	}
	for _, s := range h.slots[protocol] {
		if s.Attribute.ID == attribute && s.nth == nth {
			return s
		}
	}
	return nil
}

// extract reads the registered attributes of the packet and calls their
// handlers.
func (h *Handler) extract(p *Packet) {
	for i := range p.layers[:p.n] {
		id := p.layers[i].Proto
		if slots := h.slots[id]; len(slots) > 0 {
			h.current = id
			h.extractLayer(p, i, slots)
		}
	}
}

// extractLayer reads the attributes of one layer.
func (h *Handler) extractLayer(p *Packet, layer int, slots []*Slot) {
	nth, of := p.occurrence(layer)
	chosen := h.encapsulation.pick(of) + 1
	for _, s := range slots {
		want := s.nth
		if want == 0 {
			want = chosen
		}
		if want != nth || !s.Attribute.Extract(p, layer, &s.value) {
			continue
		}
		s.at = h.index
		for i := range s.handlers {
			s.handlers[i](p, s, &s.value)
		}
	}
}

// occurrence returns which occurrence of its protocol a layer is, from 1, and
// how many there are.
func (p *Packet) occurrence(layer int) (nth, of int) {
	id := p.layers[layer].Proto
	for i := range p.layers[:p.n] {
		if p.layers[i].Proto == id {
			of++
			if i <= layer {
				nth++
			}
		}
	}
	return nth, of
}
