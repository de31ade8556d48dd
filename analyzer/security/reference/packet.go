package reference

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// Key names an attribute.
type Key struct {
	Protocol  dpi.ProtocolID
	Attribute dpi.AttributeID
	Layer     int // as in rule.Attribute
}

// KeyOf returns the key of a rule's attribute.
func KeyOf(a rule.Attribute) Key { return Key{a.Protocol, a.ID, a.Layer} }

// Packet is a packet as rules see it. IPv4 addresses may have their number, their
// bytes, or both.
type Packet struct {
	Time    int64  // ns since 1970
	Counter uint64 // its number, one more than that of the packet before
	Flow    uint64 // its session, 0 if none
	Values  map[Key]dpi.Value
}

// value returns an attribute of the packet, nil if it is not there. Flags that
// are 0 count as not there.
func (p *Packet) value(a rule.Attribute) *dpi.Value {
	v, ok := p.Values[KeyOf(a)]
	if !ok || a.Flag && v.N == 0 {
		return nil
	}
	return &v
}

// carries tells whether the packet has all of a rule's attributes of the list.
func (p *Packet) carries(r *rule.Rule, list []int) bool {
	for _, i := range list {
		if p.value(r.Attributes[i]) == nil {
			return false
		}
	}
	return true
}

// micros returns whole microseconds of a time in nanoseconds.
func micros(ns int64) int64 { return ns / 1000 }
