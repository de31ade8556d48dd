package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Elements of NGAP, TS 38.413 section 9.4.7.
const (
	ngapAMFUE         = 10
	ngapNAS           = 38
	ngapModifyList    = 64
	ngapSetupContext  = 71
	ngapSetupList     = 74
	ngapRANUE         = 85
	ngapUEIdentifiers = 114
)

// NGAP is TS 38.413, between a 5G base station and the core. It carries NAS.
var NGAP = dpi.Protocol{
	ID:   id.Ngap,
	Name: "ngap",
	Attributes: append(apAttributes[:2:2],
		dpi.Attribute{ID: 3, Name: "amf_ue_id", Type: dpi.U64, Pos: dpi.PositionNotKnown, Extract: ngapAMFIdentifier},
		dpi.Attribute{ID: 4, Name: "ran_ue_id", Type: dpi.U64, Pos: dpi.PositionNotKnown, Extract: ngapRANIdentifier},
	),
	Classifiers: overSCTP(looksAP, []uint32{60}, 38412),
	Next:        nextNGAP,
}

// nextNGAP finds the message of the non-access stratum that a message carries:
// its own element, or the one in the first item of a list of sessions.
func nextNGAP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	d := p.Bytes(off)
	m, ok := readAP(d)
	if !ok || m.cut && !isCut(p) {
		return dpi.Stop, off
	}
	if nas := ngapNASOf(&m); looksNAS5G(nas) {
		return id.Nas5g, off + cap(d) - cap(nas) // nas is a part of d
	}
	return dpi.Stop, off
}

// ngapNASOf returns the NAS message of m, nil if it has none.
func ngapNASOf(m *apPDU) []byte {
	if value := m.element(ngapNAS); value != nil {
		r := per{b: value}
		return r.open()
	}
	for _, list := range [...]uint16{ngapSetupList, ngapSetupContext, ngapModifyList} {
		if value := m.element(list); value != nil {
			return sessionNAS(value)
		}
	}
	return nil
}

// sessionNAS reads the first item of a list of 1 to 256 sessions: extension
// bit, whether it has NAS, whether it has extensions, the session's number, NAS.
func sessionNAS(list []byte) []byte {
	r := per{b: list}
	r.octets(1) // how many
	r.take(1)
	if !r.flag() {
		return nil
	}
	r.octets(1)
	return r.open()
}

// ngapAMFIdentifier reads AMF-UE-NGAP-ID, INTEGER (0..2^40-1).
func ngapAMFIdentifier(p *dpi.Packet, layer int, v *dpi.Value) bool {
	m, ok := apOf(p, layer)
	if !ok {
		return false
	}
	r := per{b: m.element(ngapAMFUE)}
	if r.b == nil {
		r.b = m.element(ngapUEIdentifiers)
		if which := r.take(2); which == 0 { // both identifiers: extension bit, option bit
			r.take(2)
		} else if which != 1 {
			return false
		}
	}
	n := r.integer(5)
	return !r.bad && v.SetU(dpi.U64, n)
}

// ngapRANIdentifier reads RAN-UE-NGAP-ID, INTEGER (0..2^32-1).
func ngapRANIdentifier(p *dpi.Packet, layer int, v *dpi.Value) bool {
	m, ok := apOf(p, layer)
	if !ok {
		return false
	}
	r := per{b: m.element(ngapRANUE)}
	if r.b == nil {
		r.b = m.element(ngapUEIdentifiers)
		if r.take(2) != 0 {
			return false
		}
		r.take(2)
		r.integer(5)
	}
	n := r.integer(4)
	return !r.bad && v.SetU(dpi.U64, n)
}
