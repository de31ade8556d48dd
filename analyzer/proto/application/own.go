package application

import "mmt/analyzer/dpi"

// ownAttribute is the first identifier of attributes that the library's manual
// does not have, in protocols of which it has others.
const ownAttribute = 1001

// ownNumber describes a number that get reads from the bytes of a layer; ok is
// false if they do not have it.
func ownNumber(number dpi.AttributeID, name string, t dpi.DataType, get func(d []byte) (n uint64, ok bool)) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: t, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		n, ok := get(p.LayerBytes(layer))
		return ok && v.SetU(t, n)
	}}
}

// ownText describes a text that get finds in the bytes of a layer; nil if they
// do not have it.
func ownText(number dpi.AttributeID, name string, get func(d []byte) []byte) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: dpi.String, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		b := get(p.LayerBytes(layer))
		return b != nil && v.SetBytes(dpi.String, b)
	}}
}
