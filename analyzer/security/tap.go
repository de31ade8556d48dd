package security

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

// tap reads the attributes of a handler's packets.
type tap struct {
	h         *dpi.Handler
	feed      *Feed
	reads     []reading // by place in the schema
	groups    [dpi.MaxProtocolID]int16
	places    [dpi.MaxProtocolID]uint16 // of the protocols of attributes in layers, plus one
	layers    []layer
	protocols []dpi.ProtocolID // by group
	path      []byte           // of the packet at hand
	value     dpi.Value        // of an attribute on its way into a message
	packetOf
}

// packetOf is the packet at hand.
type packetOf struct {
	p       *dpi.Packet
	present []int32 // groups
}

// layer is where a protocol is in the packet at hand.
type layer struct {
	packet uint64 // the packet that has it
	index  int
}

// reading says how an attribute is read.
type reading struct {
	extract  dpi.ExtractFunc // nil if nobody knows the attribute
	place    uint16          // of its protocol in tap.layers
	protocol dpi.ProtocolID
	layer    int32 // nth occurrence of the protocol, 0: the chosen one
}

// resolve looks the attributes of the feed's schema up.
func (t *tap) resolve() {
	reg, schema := t.h.Registry(), t.feed.schema
	t.reads, t.layers = t.reads[:0], t.layers[:0]
	t.places = [dpi.MaxProtocolID]uint16{}
	for i := range schema.Attributes {
		a := &schema.Attributes[i]
		t.h.TrackProtocol(a.Protocol)
		if t.places[a.Protocol] == 0 {
			t.layers = append(t.layers, layer{})
			t.places[a.Protocol] = uint16(len(t.layers))
		}
		r := reading{place: t.places[a.Protocol] - 1, protocol: a.Protocol, layer: int32(a.Layer)}
		if known := reg.Attribute(a.Protocol, a.ID); known != nil {
			r.extract = known.Extract
		}
		t.reads = append(t.reads, r)
	}
	if t.feed.ring == nil {
		s := t.feed.engine.shards[0]
		s.cells.source, s.regrouped, s.header = t, t.regroup, t.header
		t.regroup()
	}
}

// regroup notes the groups of protocols in the index.
func (t *tap) regroup() {
	t.groups = [dpi.MaxProtocolID]int16{}
	s := t.feed.engine.shards[0]
	for id, g := range s.program.index.groups {
		t.groups[id] = int16(g) + 1
	}
	t.protocols = make([]dpi.ProtocolID, len(t.groups))
	for id, g := range s.program.index.groups {
		t.protocols[g] = id
	}
	s.program.index.makePrints(t.feed.schema, func(cell int32) *dpi.Attribute {
		a := &t.feed.schema.Attributes[cell]
		return t.h.Registry().Attribute(a.Protocol, a.ID)
	})
}

// header returns the header of a group's protocol, and what follows.
func (t *tap) header(g int32) []byte {
	return t.p.LayerBytes(t.layers[t.places[t.protocols[g]]-1].index)
}

// packet verifies the rules on a packet of the handler.
func (t *tap) packet(p *dpi.Packet) {
	t.p = p
	var flow uint64
	if p.Flow != nil {
		flow = p.Flow.ID
	}
	t.present = t.present[:0]
	layers := p.Layers()
	for i := range layers {
		if k := t.places[layers[i].Proto]; k != 0 {
			t.see(layers[i].Proto, &t.layers[k-1], i)
		}
	}
	if t.feed.ring != nil {
		t.feed.sendPacket(t, flow)
		return
	}
	t.feed.engine.shards[0].process(p.Time, p.Index, flow, t.present)
}

// see notes a layer of the packet.
func (t *tap) see(id dpi.ProtocolID, l *layer, index int) {
	if l.packet == t.p.Index {
		l.index = t.p.LayerOf(id, 0) // one of several
		return
	}
	l.packet, l.index = t.p.Index, index
	if g := t.groups[id]; g != 0 {
		t.present = append(t.present, int32(g-1))
	}
}

// fetch reads an attribute of the packet at hand.
func (t *tap) fetch(i int32, v *dpi.Value) bool {
	r := &t.reads[i]
	l := &t.layers[r.place]
	if l.packet != t.p.Index || r.extract == nil {
		return false
	}
	index := l.index
	if r.layer > 0 {
		if index = t.p.LayerOf(r.protocol, int(r.layer)); index < 0 {
			return false
		}
	}
	if !r.extract(t.p, index, v) {
		return false
	}
	if v.Type == dpi.ProtoPath && v.B == nil {
		t.expand(v)
	}
	return true
}

// expand turns the number of a path, which means nothing outside the handler,
// into its protocols, meta first, 16 bits each in network order.
func (t *tap) expand(v *dpi.Value) {
	t.path = binary.BigEndian.AppendUint16(t.path[:0], uint16(dpi.Meta))
	for _, protocol := range t.h.Path(dpi.PathID(v.N)) {
		t.path = binary.BigEndian.AppendUint16(t.path, uint16(protocol))
	}
	v.B = t.path
}
