package security

import "mmt/analyzer/dpi"

// Attribute is an attribute and its value, as someone else has extracted it.
type Attribute struct {
	Key
	Value dpi.Value
}

// Process verifies the rules on a packet, or on anything else that has
// attributes: its time in ns since 1970, its number, its session (0 if none),
// and its attributes, of which those that no rule reads are passed over. The
// values are not kept. An engine that is attached to a handler must not be fed.
func (e *Engine) Process(time int64, counter, flow uint64, attributes []Attribute) {
	if e.options.Threads > 0 {
		e.sendAttributes(time, counter, flow, attributes)
		return
	}
	s := e.shards[0]
	c := &e.fed
	c.shard, c.present = s, c.present[:0]
	s.cells.source = c
	for i := range attributes {
		if cell := s.program.schema.Index(attributes[i].Key); cell >= 0 {
			s.cells.set(int32(cell), &attributes[i].Value)
			c.touch(s.program.groupOf[cell])
		}
	}
	s.process(time, counter, flow, c.present)
}

// sendAttributes sends a packet that was extracted elsewhere to the shards.
func (e *Engine) sendAttributes(time int64, counter, flow uint64, attributes []Attribute) {
	m := e.next()
	if m == nil {
		return
	}
	m.reset(time, counter, flow)
	for i := range attributes {
		if place := e.schema.Index(attributes[i].Key); place >= 0 && !m.add(place, &attributes[i].Value, e.options.MaxMessage) {
			e.cut.Add(1)
		}
	}
}
