package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// s1apAttributes are those beyond what every application protocol has.
var s1apAttributes = []dpi.Attribute{
	s1apAttribute(3, "imsi", dpi.String, s1apIMSI),
	s1apAttribute(4, "m_tmsi", dpi.U32, s1apTemporary),
	s1apAttribute(5, "gtp_teid", dpi.U32, s1apTunnel),
	s1apAttribute(6, "qci", dpi.U8, s1apQuality(func(e *bearer) uint32 { return e.qci })),
	s1apAttribute(7, "priority_level", dpi.U8, s1apQuality(func(e *bearer) uint32 { return e.priority })),
	s1apAttribute(8, "ue_id", dpi.U32, s1apUE),
	s1apAttribute(9, "ue_ipv4", dpi.IP4Addr, s1apUEAddress),
	s1apAttribute(10, "ue_status", dpi.U8, s1apUEStatus),
	s1apAttribute(11, "enb_id", dpi.U32, s1apENBNumber),
	s1apAttribute(12, "enb_name", dpi.String, s1apName(s1apENBName)),
	s1apAttribute(13, "enb_ipv4", dpi.IP4Addr, s1apNode(true)),
	s1apAttribute(14, "enb_ue_id", dpi.U32, s1apENBIdentifier),
	s1apAttribute(15, "enb_status", dpi.U8, s1apAdded(0)),
	s1apAttribute(16, "mme_id", dpi.U32, s1apMMENumber),
	s1apAttribute(17, "mme_name", dpi.String, s1apName(s1apMMEName)),
	s1apAttribute(18, "mme_ipv4", dpi.IP4Addr, s1apNode(false)),
	s1apAttribute(19, "mme_ue_id", dpi.U32, s1apMMEIdentifier),
	s1apAttribute(20, "mme_status", dpi.U8, s1apAdded(1)),
	s1apAttribute(21, "ue_entity", dpi.BinaryVar, s1apUEEntity),
	s1apAttribute(22, "enb_entity", dpi.BinaryVar, s1apElement(s1apENB)),
	s1apAttribute(23, "mme_entity", dpi.BinaryVar, s1apElement(s1apGUMMEIs)),
}

// s1apRead reads one attribute of a message.
type s1apRead func(p *dpi.Packet, m *apPDU, v *dpi.Value) bool

func s1apAttribute(number dpi.AttributeID, name string, t dpi.DataType, read s1apRead) dpi.Attribute {
	return dpi.Attribute{ID: number, Name: name, Type: t, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			m, ok := apOf(p, layer)
			return ok && read(p, &m, v)
		}}
}

// s1apText is where the digits of an identity are written out, once a handler.
type s1apText struct{ digits [16]byte }

// s1apIMSI reads the subscriber's identity out of paging, or out of NAS that is
// not ciphered.
func s1apIMSI(p *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	text := dpi.Context[s1apText](p.Handler(), id.S1ap)
	digits := text.digits[:0]
	if r := (per{b: m.element(s1apPagingID)}); r.take(2) == 1 && !r.bad {
		digits = appendDigits(digits, r.octets(int(r.take(3))+3), 0)
	} else if b := plainEPS(s1apNASOf(m)).identity(); len(b) >= 3 && len(b) <= 8 && b[0]&7 == identityIMSI {
		digits = appendDigits(digits, b, 1)
	}
	return len(digits) > 0 && v.SetBytes(dpi.String, digits)
}

// s1apTemporary reads S-TMSI (extension and option bit, code of the MME, and
// the number), the identity of paging if it is one (a choice before it), or NAS.
func s1apTemporary(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	r := per{b: m.element(s1apSTMSI)}
	if r.b == nil {
		if r.b = m.element(s1apPagingID); r.b != nil && r.take(2) != 0 {
			return false
		}
	}
	if r.b == nil {
		n, ok := temporary(plainEPS(s1apNASOf(m)).identity())
		return ok && v.SetU(dpi.U32, uint64(n))
	}
	r.take(2 + 8)
	b := r.octets(4)
	return b != nil && v.SetU(dpi.U32, uint64(be.Uint32(b)))
}

func s1apTunnel(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	e, ok := bearerOf(m)
	return ok && e.teid != nil && v.SetU(dpi.U32, uint64(be.Uint32(e.teid)))
}

func s1apQuality(get func(e *bearer) uint32) s1apRead {
	return func(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
		e, ok := bearerOf(m)
		return ok && e.hasQuality && v.SetU(dpi.U8, uint64(get(&e)))
	}
}

// s1apUE reads the core's number of a subscriber, or the base station's as long
// as the core has given none.
func s1apUE(p *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	return s1apMMEIdentifier(p, m, v) || s1apENBIdentifier(p, m, v)
}

func s1apUEAddress(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	b := plainEPS(s1apNASOf(m)).address()
	return b != nil && v.SetIP4(b)
}

// s1apUEStatus tells what happens to a subscriber.
func s1apUEStatus(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	kind := plainEPS(s1apNASOf(m)).kind()
	switch {
	case kind == detachAccept:
		return v.SetU(dpi.U8, 4)
	case m.procedure == s1apInitialUE:
		return v.SetU(dpi.U8, 1)
	case m.procedure == s1apContextSetup && m.kind == 1:
		return v.SetU(dpi.U8, 2)
	case m.procedure == s1apContextRelease && m.kind == 1:
		return v.SetU(dpi.U8, 3)
	}
	return false
}

// s1apENBNumber reads the base station's number out of its global identifier:
// the network, then a choice of numbers of 20, 28, or in extensions 18 and 21
// bits.
func s1apENBNumber(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	r := per{b: m.element(s1apENB)}
	r.take(2)
	r.octets(3)
	width := 20
	if r.flag() {
		if width = 18; r.take(7) != 0 {
			width = 21
		}
		r.length()
	} else if r.flag() {
		width = 28
	}
	r.align()
	n := r.take(width)
	return !r.bad && v.SetU(dpi.U32, uint64(n))
}

func s1apName(element uint16) s1apRead {
	return func(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
		r := per{b: m.element(element)}
		b := r.text(150)
		return len(b) > 0 && v.SetBytes(dpi.String, b)
	}
}

func s1apENBIdentifier(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	r := per{b: m.element(s1apENBUE)}
	n := uint64(0)
	if r.b != nil {
		n = r.integer(3)
	} else if r.b = m.element(s1apUEs); r.take(2) == 0 { // both identifiers
		r.take(2)
		r.integer(4)
		n = r.integer(3)
	} else {
		return false
	}
	return !r.bad && v.SetU(dpi.U32, n)
}

func s1apMMEIdentifier(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	r := per{b: m.element(s1apMMEUE)}
	if r.b == nil {
		r.b = m.element(s1apUEs)
		if which := r.take(2); which == 0 { // both identifiers: extension and option bit
			r.take(2)
		} else if which != 1 {
			return false
		}
	}
	n := r.integer(4)
	return !r.bad && v.SetU(dpi.U32, n)
}

// s1apAdded tells that a node is there: the base station (0) when it asks to be
// set up, the core (1) when it agrees.
func s1apAdded(kind byte) s1apRead {
	return func(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
		return m.procedure == s1apSetup && m.kind == kind && v.SetU(dpi.U8, 1)
	}
}

// s1apMMENumber reads the first identifier that the core serves (MMEI, TS
// 23.003 section 2.8.1): the group's 16 bits and the code's 8.
func s1apMMENumber(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	r := per{b: m.element(s1apGUMMEIs)}
	r.take(3 + 2) // how many, extension and option bit
	r.octets(3 * int(r.take(5)+1))
	groups := r.octets(2)
	if r.bad {
		return false
	}
	group := r.octets(2 * (int(be.Uint16(groups)) + 1))
	code := r.octets(2) // how many, and the first
	return !r.bad && v.SetU(dpi.U32, uint64(be.Uint16(group))<<8|uint64(code[1]))
}

// s1apUEEntity gives the bytes of a subscriber's identity, from NAS or S-TMSI.
func s1apUEEntity(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
	b := []byte(plainEPS(s1apNASOf(m)).identity())
	if b == nil {
		b = m.element(s1apSTMSI)
	}
	return b != nil && v.SetBytes(dpi.BinaryVar, b)
}

func s1apElement(element uint16) s1apRead {
	return func(_ *dpi.Packet, m *apPDU, v *dpi.Value) bool {
		b := m.element(element)
		return b != nil && v.SetBytes(dpi.BinaryVar, b)
	}
}

// s1apFromENB tells, by code, the procedures that the base station starts (1)
// or the core (2); either may start the others.
var s1apFromENB = [...]byte{
	0: 1, 1: 2, 2: 1, 3: 1, 4: 1, 5: 2, 6: 2, 7: 2, 8: 1, 9: 2, 10: 2, 11: 2, 12: 1, 13: 1, 16: 1, 17: 1, 18: 1, 20: 1,
	21: 2, 22: 1, 23: 2, 24: 1, 25: 2, 29: 1, 30: 2,
}

// fromBaseStation tells whether the base station has sent a message: the procedure
// tells, else the core's port. ok is false if neither does.
func fromBaseStation(t *dpi.Tuple, m *apPDU) (fromENB, ok bool) {
	switch {
	case t == nil:
		return false, false
	case int(m.procedure) < len(s1apFromENB) && s1apFromENB[m.procedure] != 0:
		return (s1apFromENB[m.procedure] == 1) == (m.kind == 0), true
	}
	return t.DstPort == 36412, t.SrcPort != t.DstPort
}

// s1apNode reads the IPv4 address of the base station, or of the core.
func s1apNode(enb bool) s1apRead {
	return func(p *dpi.Packet, m *apPDU, v *dpi.Value) bool {
		t := p.Tuple()
		fromENB, ok := fromBaseStation(t, m)
		if !ok || t.V6 {
			return false
		}
		if fromENB == enb {
			return v.SetIP4(t.Src[12:])
		}
		return v.SetIP4(t.Dst[12:])
	}
}
