package mobile

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Elements of S1AP, TS 36.413 section 9.3.7.
const (
	s1apMMEUE    = 0
	s1apENBUE    = 8
	s1apNAS      = 26
	s1apPagingID = 43
	s1apENB      = 59
	s1apENBName  = 60
	s1apMMEName  = 61
	s1apSTMSI    = 96
	s1apUEs      = 99
	s1apGUMMEIs  = 105
)

// Procedures of S1AP, TS 36.413 section 9.3.7, that tell what happens to nodes
// and subscribers.
const (
	s1apContextSetup   = 9
	s1apInitialUE      = 12
	s1apSetup          = 17
	s1apContextRelease = 23
)

// S1AP is TS 36.413, between a 4G base station (eNodeB) and the core (MME). It
// carries NAS. The identifiers of elements are those that the network gives
// them, and a status is an event of the topology report (400): 1 added, 2
// linked, 3 links removed, 4 removed, as this message tells it.
var S1AP = dpi.Protocol{
	ID:          id.S1ap,
	Name:        "s1ap",
	Attributes:  append(apAttributes[:2:2], s1apAttributes...),
	Classifiers: overSCTP(looksAP, []uint32{18}, 36412),
	Next:        nextS1AP,
	Context:     func() any { return new(s1apText) },
}

// nextS1AP finds the message of the non-access stratum that a message carries.
func nextS1AP(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
	d := p.Bytes(off)
	m, ok := readAP(d)
	if !ok || m.cut && !isCut(p) {
		return dpi.Stop, off
	}
	if nas := s1apNASOf(&m); looksEPS(nas) {
		return id.NasEps, off + cap(d) - cap(nas) // nas is a part of d
	}
	return dpi.Stop, off
}

// s1apNASOf returns the NAS message of m: its own element, or that of its first
// bearer; nil if it has none.
func s1apNASOf(m *apPDU) []byte {
	if value := m.element(s1apNAS); value != nil {
		r := per{b: value}
		return r.open()
	}
	e, _ := bearerOf(m)
	return e.nas
}

// bearer is what a message says about a radio access bearer (E-RAB).
type bearer struct {
	address       []byte // of the tunnel's end
	teid          []byte
	nas           []byte
	qci, priority uint32
	hasQuality    bool
}

// bearerList says how the items of a list of bearers are built: extension bit,
// bits for what is optional, the bearer's number, then the parts in order: q
// quality, a address and tunnel, n NAS, ? NAS if the first option is there.
type bearerList struct {
	element uint16
	options int
	parts   string
}

var bearerLists = [...]bearerList{
	{16, 1, "qan"}, // to be set up
	{24, 2, "qa?"}, // to be set up with a context
	{53, 1, "aq"},  // to be set up for a handover
	{28, 1, "a"},   // set up
	{51, 1, "a"},   // set up with a context
	{18, 5, "a"},   // admitted by a handover
	{22, 1, "a"},   // to be switched
	{30, 1, "qn"},  // to be modified
}

// bearerOf returns the first bearer of m; ok is false if it has none or it is
// damaged.
func bearerOf(m *apPDU) (e bearer, ok bool) {
	for i := range bearerLists {
		list := m.element(bearerLists[i].element)
		if len(list) < 2 {
			continue
		}
		var item apElement // behind the number of items
		if _, ok = item.next(list[1:]); !ok {
			return e, false
		}
		return readBearer(&bearerLists[i], item.value)
	}
	return e, false
}

func readBearer(list *bearerList, item []byte) (e bearer, ok bool) {
	r := per{b: item}
	r.take(1)
	options := r.take(list.options)
	r.take(5) // the number, with its extension bit
	for _, part := range []byte(list.parts) {
		switch {
		case part == 'q':
			e.quality(&r)
		case part == 'a':
			e.address = r.address()
			e.teid = r.octets(4)
		case part == 'n' || options>>(list.options-1) != 0:
			e.nas = r.open()
		}
	}
	return e, !r.bad
}

// quality reads E-RABLevelQoSParameters: class, priority of allocation, and the
// bit rates of bearers that have guaranteed ones.
func (e *bearer) quality(r *per) {
	r.take(1)
	guaranteed := r.flag()
	r.take(1)
	if class := r.octets(1); class != nil {
		e.qci = uint32(class[0])
	}
	r.take(2)
	e.priority = r.take(4)
	r.take(2)
	if guaranteed {
		r.take(2)
		for range 4 {
			r.integer(5)
		}
	}
	e.hasQuality = !r.bad
}
