package security

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// Key tells an attribute from others.
type Key struct {
	Protocol dpi.ProtocolID
	ID       dpi.AttributeID
	Layer    int // nth occurrence of the protocol, 0: the chosen one
}

// Schema lists the attributes that a set of rules reads; messages and programs
// number them by their place in it.
type Schema struct {
	Attributes []rule.Attribute
	index      map[Key]int32
}

func newSchema() *Schema { return &Schema{index: map[Key]int32{}} }

// add returns the place of an attribute, a new one if needed.
func (s *Schema) add(a *rule.Attribute) int32 {
	key := Key{a.Protocol, a.ID, a.Layer}
	i, ok := s.index[key]
	if !ok {
		i = int32(len(s.Attributes))
		s.index[key] = i
		s.Attributes = append(s.Attributes, *a)
	}
	return i
}

// Index returns the place of an attribute, -1 if no rule reads it.
func (s *Schema) Index(k Key) int {
	if i, ok := s.index[k]; ok {
		return int(i)
	}
	return -1
}

// cell holds an attribute of the packet at hand.
type cell struct {
	v       dpi.Value
	num     float64 // v as the double that rules compare with
	at      uint64  // packet that it was asked for in
	there   bool    // the packet has it
	present bool    // the same, but for a flag that is 0
}

// fetcher reads attributes of the packet at hand when they are first needed.
type fetcher interface {
	// fetch reads the attribute at a place of the schema and reports whether the
	// packet has it.
	fetch(attribute int32, v *dpi.Value) bool
}

// cells are the attributes of the packet at hand, read at most once each.
type cells struct {
	list   []cell
	flags  []bool // attributes that count as absent when 0
	epoch  uint64
	source fetcher
}

// use makes cells for a schema.
func (c *cells) use(s *Schema) {
	c.list = make([]cell, len(s.Attributes))
	c.flags = make([]bool, len(s.Attributes))
	for i := range s.Attributes {
		c.flags[i] = s.Attributes[i].Flag
	}
}

// get returns an attribute of the packet at hand, nil if it does not have it.
func (c *cells) get(i int32) *cell {
	x := &c.list[i]
	if x.at != c.epoch {
		c.read(x, i)
	}
	if x.present {
		return x
	}
	return nil
}

// set gives the packet that comes next an attribute.
func (c *cells) set(i int32, v *dpi.Value) {
	x := &c.list[i]
	x.at, x.v = c.epoch+1, *v
	x.num = numberOf(v)
	x.there = true
	x.present = x.num != 0 || !c.flags[i]
}

// there tells whether the packet at hand has an attribute, be it a flag that is 0.
func (c *cells) there(i int32) bool { return c.get(i) != nil || c.list[i].there }

// read asks for an attribute.
func (c *cells) read(x *cell, i int32) {
	x.at = c.epoch
	x.there, x.present = false, false // should fetch panic
	if x.there = c.source.fetch(i, &x.v); !x.there {
		return
	}
	x.num = numberOf(&x.v)
	x.present = x.num != 0 || !c.flags[i]
}

// numberOf returns a value as rules compare it, an IPv4 address as the number
// that orders it, 0 for anything else that is no number.
func numberOf(v *dpi.Value) float64 {
	if v.Type == dpi.IP4Addr && len(v.B) == 4 {
		return float64(binary.BigEndian.Uint32(v.B))
	}
	n, _ := v.Number()
	return n
}
