package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// dnsQuestionAttributes tell of the first question of a message, RFC 1035
// section 4.1.2. A message without one does not have them.
var dnsQuestionAttributes = []dpi.Attribute{
	{ID: ownAttribute, Name: "query_name", Type: dpi.String, Pos: dpi.PositionNotKnown, Extract: dnsQueryName},
	{ID: ownAttribute + 1, Name: "query_type", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: dnsQueryType},
	{ID: ownAttribute + 2, Name: "query_name_len", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: dnsQueryNameLength},
}

// dnsFirstName reads the name of the first question as text, nil if there is
// none or it is broken.
func dnsFirstName(p *dpi.Packet, layer int) []byte {
	m := dnsLayer(p, layer)
	if m == nil || m.questions() == 0 {
		return nil
	}
	return m.name(dnsHeader, &dpi.Context[dnsBuffer](p.Handler(), id.Dns).name)
}

func dnsQueryName(p *dpi.Packet, layer int, v *dpi.Value) bool {
	name := dnsFirstName(p, layer)
	return name != nil && v.SetBytes(dpi.String, name)
}

// dnsQueryNameLength counts the bytes of the name as it is shown, dots
// included.
func dnsQueryNameLength(p *dpi.Packet, layer int, v *dpi.Value) bool {
	name := dnsFirstName(p, layer)
	return name != nil && v.SetU(dpi.U16, uint64(len(name)))
}

func dnsQueryType(p *dpi.Packet, layer int, v *dpi.Value) bool {
	m := dnsLayer(p, layer)
	if m == nil || m.questions() == 0 {
		return false
	}
	end := m.skipQuestion(dnsHeader)
	return end > 0 && v.SetU(dpi.U16, uint64(be16(m[end-dnsQuestion:])))
}
