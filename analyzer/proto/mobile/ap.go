package mobile

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

// apPDU is a message of one of 3GPP's application protocols between the nodes of
// a network: S1AP, NGAP, X2AP and others have the same frame (for example TS
// 36.413 section 9.3): a choice of what kind of message it is, the procedure's
// code, the criticality, and an open type that holds a list of information
// elements.
type apPDU struct {
	kind      byte // 0 initiating, 1 successful, 2 unsuccessful, 3 outcome
	procedure byte
	list      []byte // the elements, each with its header
	count     int    // how many there should be
	cut       bool   // the message is longer than what there is of it
}

// Bits of the first octets of a message.
const (
	apKind        = 0x60 // after the extension bit
	apCriticality = 0xc0
	apMaxCode     = 127 // no protocol has more procedures than that so far
)

// readAP reads the frame of a message. It fails where the octets cannot be one:
// where the lengths contradict each other, or where the message has more behind
// its end.
func readAP(d []byte) (m apPDU, ok bool) {
	if len(d) < 4 || d[0]&^apKind != 0 || d[1] > apMaxCode || d[2]&^apCriticality != 0 || d[2] == apCriticality {
		return m, false
	}
	m.kind, m.procedure = d[0]>>5, d[1]
	r := per{b: d[3:]}
	n := r.length()
	body := r.rest()
	if r.bad || n < 3 || n < len(body) {
		return m, false
	}
	m.cut = n > len(body)
	if len(body) < 3 {
		return m, m.cut
	}
	m.count, m.list = int(binary.BigEndian.Uint16(body[1:])), body[3:]
	return m, m.cut || m.whole()
}

// apElement is an information element.
type apElement struct {
	id    uint16
	value []byte
}

// next reads the first element of list and returns the rest; ok is false where
// the list ends or is damaged.
func (e *apElement) next(list []byte) (rest []byte, ok bool) {
	if len(list) < 4 || list[2]&^apCriticality != 0 {
		return nil, false
	}
	e.id = binary.BigEndian.Uint16(list)
	r := per{b: list[3:]}
	e.value = r.open()
	return r.rest(), !r.bad
}

// whole tells whether the list holds exactly as many elements as it should.
func (m *apPDU) whole() bool {
	var e apElement
	rest, ok := m.list, true
	for range m.count {
		if rest, ok = e.next(rest); !ok {
			return false
		}
	}
	return true
}

// element returns the value of the first element with the given number, nil if
// there is none.
func (m *apPDU) element(id uint16) []byte {
	var e apElement
	rest, ok := m.list, true
	for range m.count {
		if rest, ok = e.next(rest); !ok {
			return nil
		}
		if e.id == id {
			return e.value
		}
	}
	return nil
}

// apOf reads the message of a layer. It fails for messages that are damaged.
func apOf(p *dpi.Packet, layer int) (m apPDU, ok bool) {
	m, ok = readAP(p.LayerBytes(layer))
	return m, ok && (!m.cut || isCut(p))
}

// looksAP tells whether d is a message of an application protocol.
func looksAP(d []byte, cut bool) bool {
	m, ok := readAP(d)
	return ok && (cut || !m.cut)
}

// apAttributes are what every application protocol here can tell.
var apAttributes = []dpi.Attribute{
	{ID: 1, Name: "procedure_code", Type: dpi.U16, Pos: dpi.PositionNotKnown, Extract: apProcedure},
	{ID: 2, Name: "pdu_present", Type: dpi.U8, Pos: dpi.PositionNotKnown, Extract: apPresent},
}

func apProcedure(p *dpi.Packet, layer int, v *dpi.Value) bool {
	m, ok := apOf(p, layer)
	return ok && v.SetU(dpi.U16, uint64(m.procedure))
}

// apPresent reads the kind of message, counted from 1: initiating, successful
// outcome, unsuccessful outcome.
func apPresent(p *dpi.Packet, layer int, v *dpi.Value) bool {
	m, ok := apOf(p, layer)
	return ok && v.SetU(dpi.U8, uint64(m.kind)+1)
}
