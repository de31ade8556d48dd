package security

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

// tap reads the attributes of a handler's packets.
type tap struct {
	h      *dpi.Handler
	engine *Engine
	schema *Schema
	attrs  []*dpi.Attribute // by place in the schema
	groups [dpi.MaxProtocolID]int16
	path   []byte // of the packet at hand
	packetOf
}

// packetOf is the packet at hand.
type packetOf struct {
	p       *dpi.Packet
	present []int32 // groups
}

// resolve looks the attributes of a schema up.
func (t *tap) resolve(schema *Schema) {
	reg := t.h.Registry()
	t.schema = schema
	t.attrs = t.attrs[:0]
	for i := range schema.Attributes {
		a := &schema.Attributes[i]
		t.attrs = append(t.attrs, reg.Attribute(a.Protocol, a.ID))
		t.h.TrackProtocol(a.Protocol)
	}
	t.groups = [dpi.MaxProtocolID]int16{}
	if t.engine.options.Threads > 0 {
		return
	}
	for id, g := range t.engine.shards[0].program.index.groups {
		t.groups[id] = int16(g) + 1
	}
	t.engine.shards[0].cells.source = t
}

// packet verifies the rules on a packet of the handler.
func (t *tap) packet(p *dpi.Packet) {
	t.p = p
	var flow uint64
	if p.Flow != nil {
		flow = p.Flow.ID
	}
	if t.engine.options.Threads > 0 {
		t.engine.sendPacket(t, flow)
		return
	}
	t.present = t.present[:0]
	layers := p.Layers()
	for i := range layers {
		if g := t.groups[layers[i].Proto]; g != 0 && !t.has(int32(g-1)) {
			t.present = append(t.present, int32(g-1))
		}
	}
	t.engine.shards[0].process(p.Time, p.Index, flow, t.present)
}

func (t *tap) has(g int32) bool {
	for _, x := range t.present {
		if x == g {
			return true
		}
	}
	return false
}

// fetch reads an attribute of the packet at hand. A panic in the code of its
// protocol makes it absent, and is counted.
func (t *tap) fetch(i int32, v *dpi.Value) (ok bool) {
	a := &t.schema.Attributes[i]
	layer := t.p.LayerOf(a.Protocol, a.Layer)
	if layer < 0 || t.attrs[i] == nil {
		return false
	}
	defer func() {
		if recover() != nil {
			t.engine.shards[0].stats.Panics++
			ok = false
		}
	}()
	if ok = t.attrs[i].Extract(t.p, layer, v); ok && v.Type == dpi.ProtoPath && v.B == nil {
		t.expand(v)
	}
	return ok
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
