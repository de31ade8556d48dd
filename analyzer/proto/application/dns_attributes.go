package application

import (
	"mmt/analyzer/dpi"
)

// ipTCP is the number of TCP in IP headers and dpi.Flow.
const ipTCP = 6

// dnsAttributes are the attributes of DNS. Those of the flags are single bits
// and codes, not the whole field.
var dnsAttributes = []dpi.Attribute{
	dnsNumber(1, "tid", 0, 0, 0xffff),
	dnsNumber(2, "qr", 2, 15, 1),
	dnsNumber(3, "opcode", 2, 11, 15),
	dnsNumber(4, "aa", 2, 10, 1),
	dnsNumber(5, "tc", 2, 9, 1),
	dnsNumber(6, "rd", 2, 8, 1),
	dnsNumber(7, "ra", 2, 7, 1),
	dnsNumber(8, "z", 2, 6, 1),
	dnsNumber(9, "ans_auth", 2, 5, 1),
	dnsNumber(10, "data_auth", 2, 4, 1),
	dnsNumber(11, "rcode", 2, 0, 15),
	dnsNumber(12, "qdcount", 4, 0, 0xffff),
	dnsNumber(13, "ancount", 6, 0, 0xffff),
	dnsNumber(14, "nscount", 8, 0, 0xffff),
	dnsNumber(15, "arcount", 10, 0, 0xffff),
	dnsSection(16, "queries", 0),
	dnsSection(17, "answers", 1),
	dnsSection(18, "auth_records", 2),
}

// dnsLayer returns the message of a layer. Over TCP it is there only if the
// segment starts with a message, which its length and its header show.
func dnsLayer(p *dpi.Packet, layer int) dnsMessage {
	m := p.LayerBytes(layer)
	if p.Flow != nil && p.Flow.L4 == ipTCP {
		n := 0
		if len(m) >= 2+dnsHeader {
			n = be16(m)
			m = m[2:min(len(m), 2+n)]
		}
		if n < dnsHeader || !dnsMessage(m).headerOK(n) {
			return nil
		}
	}
	if len(m) < dnsHeader {
		return nil
	}
	return m
}

// dnsNumber describes some bits of a 16-bit field of the header.
func dnsNumber(number dpi.AttributeID, name string, pos int, shift uint, mask int) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: dpi.U16, Pos: pos, Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		m := dnsLayer(p, layer)
		return m != nil && v.SetU(dpi.U16, uint64(be16(m[pos:])>>shift&mask))
	}}
}

// dnsSection describes a section of the message, a view of its records. A
// message that has none does not have the attribute.
func dnsSection(number dpi.AttributeID, name string, section int) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: dpi.Pointer, Pos: dpi.PositionNotKnown, Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
		m := dnsLayer(p, layer)
		if m == nil || m.count(section) == 0 {
			return false
		}
		from, to := m.section(section), m.section(section+1)
		return from >= 0 && to > from && v.SetBytes(dpi.Pointer, m[from:to:to])
	}}
}
