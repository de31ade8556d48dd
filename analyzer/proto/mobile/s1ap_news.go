package mobile

import (
	"encoding/binary"
	"net/netip"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// More procedures of S1AP, TS 36.413 section 9.3.7.
const (
	s1apPathSwitch  = 3
	s1apBearerSetup = 5
	s1apBearers     = 16 // element: to be set up
	s1apContext     = 24 // element: to be set up with a context
)

// S1APEvent is what a message of S1AP does to the topology of a network.
type S1APEvent uint8

// The events. Messages that do nothing may still tell who a subscriber is.
const (
	S1APNothing      S1APEvent = iota
	S1APBaseStation            // a base station asks to be set up
	S1APCore                   // the core agrees
	S1APSubscriber             // a subscriber comes
	S1APConnected              // the subscriber has a context at the base station
	S1APMoved                  // so has one that came from another base station
	S1APDisconnected           // the context is gone
	S1APDetached               // the subscriber goes
)

// S1APNews is what a message of S1AP tells of nodes and subscribers. Strings are
// copies, cut to their room.
type S1APNews struct {
	Event              S1APEvent
	ENB, MME           netip.AddrPort // ends of the association
	ENBUE, MMEUE       uint32         // the subscriber at both ends
	HasENBUE, HasMMEUE bool
	Name               Text   // of the node that is set up
	IMSI               Text   // of the subscriber
	TMSI               uint32 // number that the network gave to the subscriber
	HasTMSI            bool
	Address            netip.Addr // of the subscriber
	Bearers            [MaxBearers]S1APBearer
	NBearers           int
}

// S1APBearer is a bearer that the core asks for.
type S1APBearer struct {
	Gateway   netip.Addr
	TEID      uint32 // of the gateway's end of the tunnel
	QCI       uint8
	Dedicated bool // one more, for traffic of another quality
}

// MaxBearers is how many bearers of a message are told.
const MaxBearers = 8

// Text is a short string without memory of its own.
type Text struct {
	n    uint8
	text [150]byte
}

func (t *Text) set(b []byte) { t.n = uint8(copy(t.text[:], b)) }

// Bytes returns the string.
func (t *Text) Bytes() []byte { return t.text[:t.n] }

// EachS1AP reads the messages of S1AP in the DATA chunks of a packet that has the
// protocol, into news, and calls told after each. Messages that come in several
// chunks are left out.
func EachS1AP(p *dpi.Packet, news *S1APNews, told func()) {
	layer := p.Transport()
	if layer == 0 || p.Layers()[layer].Proto != id.SctpData {
		return
	}
	b := p.Data[p.Layers()[layer].Off:]
	for len(b) >= chunkHeader {
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < chunkHeader || n > len(b) {
			return
		}
		if whole := byte(chunkBegins | chunkEnds); b[0] == 0 && n > chunkHeader && b[1]&whole == whole {
			if m, ok := readAP(b[chunkHeader:n]); ok && !m.cut && news.read(p, &m) {
				told()
			}
		}
		b = b[min((n+3)&^3, len(b)):]
	}
}

// chunkHeader is the size of the header of a DATA chunk (RFC 9260 section 3.3.1).
const chunkHeader = 16

// read reads a message; it fails if nobody knows who sent it.
func (n *S1APNews) read(p *dpi.Packet, m *apPDU) bool {
	*n = S1APNews{}
	if !n.readEnds(p, m) {
		return false
	}
	var v dpi.Value
	if n.HasENBUE = s1apENBIdentifier(p, m, &v); n.HasENBUE {
		n.ENBUE = uint32(v.N)
	}
	if n.HasMMEUE = s1apMMEIdentifier(p, m, &v); n.HasMMEUE {
		n.MMEUE = uint32(v.N)
	}
	if s1apIMSI(p, m, &v) {
		n.IMSI.set(v.B)
	}
	if n.HasTMSI = s1apTemporary(p, m, &v); n.HasTMSI {
		n.TMSI = uint32(v.N)
	}
	if s1apUEAddress(p, m, &v) {
		n.Address = netip.AddrFrom4([4]byte(v.B))
	}
	n.readEvent(p, m)
	n.readBearers(m)
	return true
}

// readEnds tells the base station from the core.
func (n *S1APNews) readEnds(p *dpi.Packet, m *apPDU) bool {
	t := p.Tuple()
	fromENB, ok := fromBaseStation(t, m)
	if t == nil || !ok {
		return false
	}
	n.ENB = netip.AddrPortFrom(netip.AddrFrom16(t.Src).Unmap(), t.SrcPort)
	n.MME = netip.AddrPortFrom(netip.AddrFrom16(t.Dst).Unmap(), t.DstPort)
	if !fromENB {
		n.ENB, n.MME = n.MME, n.ENB
	}
	return true
}

// readEvent finds out what the message does.
func (n *S1APNews) readEvent(p *dpi.Packet, m *apPDU) {
	var v dpi.Value
	switch {
	case m.procedure == s1apSetup && m.kind == 0:
		n.Event = S1APBaseStation
		if s1apName(s1apENBName)(p, m, &v) {
			n.Name.set(v.B)
		}
	case m.procedure == s1apSetup && m.kind == 1:
		n.Event = S1APCore
		if s1apName(s1apMMEName)(p, m, &v) {
			n.Name.set(v.B)
		}
	case plainEPS(s1apNASOf(m)).kind() == detachAccept:
		n.Event = S1APDetached
	case m.procedure == s1apInitialUE:
		n.Event = S1APSubscriber
	case m.procedure == s1apContextSetup && m.kind == 1:
		n.Event = S1APConnected
	case m.procedure == s1apPathSwitch && m.kind == 1:
		n.Event = S1APMoved
	case m.procedure == s1apContextRelease && m.kind == 1:
		n.Event = S1APDisconnected
	}
}

// readBearers reads the bearers that the core asks the base station to set up.
func (n *S1APNews) readBearers(m *apPDU) {
	number, list := uint16(s1apContext), &bearerLists[1]
	if m.procedure == s1apBearerSetup {
		number, list = s1apBearers, &bearerLists[0]
	}
	if m.kind != 0 || m.procedure != s1apBearerSetup && m.procedure != s1apContextSetup {
		return
	}
	items := m.element(number)
	if len(items) < 2 {
		return
	}
	items = items[1:] // behind the number of items
	for n.NBearers < MaxBearers {
		var item apElement
		var ok bool
		if items, ok = item.next(items); !ok {
			return
		}
		e, ok := readBearer(list, item.value)
		if !ok {
			return
		}
		n.Bearers[n.NBearers] = e.told(m.procedure == s1apBearerSetup)
		n.NBearers++
	}
}

// told returns what is told of a bearer. Those that are set up after the first are
// dedicated, unless they are the first of another network.
func (e *bearer) told(later bool) S1APBearer {
	nas := plainEPS(e.nas)
	first := nas.kind() == activateDefault && nas[0]&15 == sessionEPS
	b := S1APBearer{QCI: uint8(e.qci), Dedicated: later && !first}
	if len(e.address) >= 4 {
		b.Gateway = netip.AddrFrom4([4]byte(e.address))
	}
	if len(e.address) == 16 {
		b.Gateway = netip.AddrFrom16([16]byte(e.address))
	}
	if len(e.teid) == 4 {
		b.TEID = be.Uint32(e.teid)
	}
	return b
}
