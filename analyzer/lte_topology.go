package analyzer

import (
	"net/netip"

	"mmt/analyzer/proto/mobile"
	"mmt/report"
)

// topology is what messages of S1AP tell of mobile networks: base stations and
// cores by their addresses, gateways by the ends of tunnels, and subscribers.
// Base stations are linked to cores, cores to gateways, and subscribers to the base
// station where they have a context.
type topology struct {
	last      uint32 // number of the latest element
	nodes     map[nodeKey]*node
	gateways  map[[2]uint32]bool // links from a core to a gateway
	byStation map[stationKey]*subscriber
	byCore    map[coreKey]*subscriber
	byIMSI    map[string]*subscriber
	byTMSI    map[coreKey]*subscriber

	write func(r report.Record)
	time  int64
}

// maxElements is how many nodes a topology holds, and how many subscribers at
// least. Those beyond are not told of.
const maxElements = 1 << 18

type nodeKey struct {
	kind report.LTEKind
	addr netip.Addr
}

type node struct {
	id, parent uint32
	name       string
}

// subscriber is an element, with the places where it is found.
type subscriber struct {
	id, parent uint32
	imsi       string
	ip         netip.Addr
	tmsi       uint32
	station    stationKey
	core       coreKey
	temporary  coreKey
}

// stationKey names a subscriber in an association from the base station's side.
type stationKey struct {
	enb, mme netip.AddrPort
	ue       uint32
}

// coreKey is a number that a core gives to a subscriber.
type coreKey struct {
	mme netip.Addr
	ue  uint32
}

func newTopology() topology {
	return topology{
		nodes: map[nodeKey]*node{}, gateways: map[[2]uint32]bool{}, byStation: map[stationKey]*subscriber{},
		byCore: map[coreKey]*subscriber{}, byIMSI: map[string]*subscriber{}, byTMSI: map[coreKey]*subscriber{},
	}
}

// take takes a note, and writes what follows from it.
func (t *topology) take(note *lteNote, write func(r report.Record)) {
	t.time, t.write = note.time, write
	n := &note.news
	switch n.Event {
	case mobile.S1APBaseStation:
		t.node(report.LTEBaseStation, n.ENB.Addr(), n.Name.Bytes())
	case mobile.S1APCore:
		t.link(t.node(report.LTEBaseStation, n.ENB.Addr(), nil), t.node(report.LTECore, n.MME.Addr(), n.Name.Bytes()))
	case mobile.S1APSubscriber:
		t.know(t.find(n), n)
	case mobile.S1APConnected, mobile.S1APMoved:
		t.connect(t.know(t.find(n), n), n)
	case mobile.S1APDisconnected:
		t.disconnect(t.find(n))
	case mobile.S1APDetached:
		t.remove(t.find(n))
	default:
		if s := t.find(n); s != nil || n.NBearers > 0 {
			t.bearers(t.know(s, n), n)
		}
	}
}

func (t *topology) tell(r report.LTETopology) {
	r.Time = t.time
	t.write(&r)
}

// node returns a node, which is told of when it or its name is new; nil if there
// are too many.
func (t *topology) node(kind report.LTEKind, addr netip.Addr, name []byte) *node {
	key := nodeKey{kind, addr}
	e := t.nodes[key]
	if e != nil && (len(name) == 0 || e.name == string(name)) {
		return e
	}
	if e == nil {
		if len(t.nodes) >= maxElements {
			return nil
		}
		t.last++
		e = &node{id: t.last}
		t.nodes[key] = e
	}
	e.name = string(name)
	t.tell(report.LTETopology{Element: e.id, Event: report.LTEAdded, IP: addr, Kind: kind, Name: name})
	return e
}

// link gives a base station its core.
func (t *topology) link(e, parent *node) {
	if e != nil && parent != nil && e.parent != parent.id {
		e.parent = parent.id
		t.tell(report.LTETopology{Element: e.id, Event: report.LTELinked, Parent: parent.id})
	}
}

// find returns the subscriber that a message is about, nil if it is not known. One
// that comes is known by its identity only: the base station uses numbers again.
func (t *topology) find(n *mobile.S1APNews) *subscriber {
	var s *subscriber
	if n.Event != mobile.S1APSubscriber {
		if n.HasMMEUE {
			s = t.byCore[coreKey{n.MME.Addr(), n.MMEUE}]
		}
		if s == nil && n.HasENBUE {
			s = t.byStation[stationKey{n.ENB, n.MME, n.ENBUE}]
		}
		return s
	}
	if s = t.byIMSI[string(n.IMSI.Bytes())]; s == nil && n.HasTMSI {
		s = t.byTMSI[coreKey{n.MME.Addr(), n.TMSI}]
	}
	return s
}

// know adds what a message tells of a subscriber, nil for one that is new, and
// returns it; nil if there are too many. One that turns out to be known as another
// element becomes that.
func (t *topology) know(s *subscriber, n *mobile.S1APNews) *subscriber {
	imsi := string(n.IMSI.Bytes())
	if other := t.byIMSI[imsi]; other != nil && other != s {
		t.remove(s)
		s = other
	}
	fresh := s == nil
	if fresh {
		if len(t.byStation)+len(t.byCore)+len(t.byIMSI)+len(t.byTMSI) >= 2*maxElements {
			return nil
		}
		t.last++
		s = &subscriber{id: t.last}
	}
	t.place(s, n)
	if s.learn(imsi, n.Address) || fresh {
		if s.imsi != "" {
			t.byIMSI[s.imsi] = s
		}
		t.tell(report.LTETopology{Element: s.id, Event: report.LTEAdded, IP: s.ip, Kind: report.LTESubscriber, Name: []byte(s.imsi), TMSI: s.tmsi})
	}
	return s
}

// learn tells whether an identity or an address is new.
func (s *subscriber) learn(imsi string, ip netip.Addr) (news bool) {
	if imsi != "" && s.imsi == "" {
		s.imsi, news = imsi, true
	}
	if ip.IsValid() && ip != s.ip {
		s.ip, news = ip, true
	}
	return news
}

// place notes where the subscriber is found from now on.
func (t *topology) place(s *subscriber, n *mobile.S1APNews) {
	if n.HasENBUE {
		move(t.byStation, &s.station, stationKey{n.ENB, n.MME, n.ENBUE}, s)
	}
	if n.HasMMEUE {
		move(t.byCore, &s.core, coreKey{n.MME.Addr(), n.MMEUE}, s)
	}
	if n.HasTMSI {
		s.tmsi = n.TMSI
		move(t.byTMSI, &s.temporary, coreKey{n.MME.Addr(), n.TMSI}, s)
	}
}

// move makes a subscriber be found at a key, and no more at the one before.
func move[K comparable](list map[K]*subscriber, at *K, to K, s *subscriber) {
	leave(list, *at, s)
	list[to], *at = s, to
}

// leave makes a subscriber be found no more at a key that others may have by now.
func leave[K comparable](list map[K]*subscriber, at K, s *subscriber) {
	if list[at] == s {
		delete(list, at)
	}
}

// connect links a subscriber to its base station.
func (t *topology) connect(s *subscriber, n *mobile.S1APNews) {
	station := t.node(report.LTEBaseStation, n.ENB.Addr(), nil)
	if s != nil && station != nil && s.parent != station.id {
		s.parent = station.id
		t.tell(report.LTETopology{Element: s.id, Event: report.LTELinked, Parent: station.id})
	}
}

// disconnect takes the context of a subscriber away, who stays if there is a way
// to tell when it comes again.
func (t *topology) disconnect(s *subscriber) {
	if s == nil {
		return
	}
	if s.imsi == "" && t.byTMSI[s.temporary] != s {
		t.remove(s)
		return
	}
	leave(t.byStation, s.station, s)
	leave(t.byCore, s.core, s)
	if s.parent != 0 {
		s.parent = 0
		t.tell(report.LTETopology{Element: s.id, Event: report.LTEUnlinked})
	}
}

// remove takes a subscriber out.
func (t *topology) remove(s *subscriber) {
	if s == nil {
		return
	}
	leave(t.byStation, s.station, s)
	leave(t.byCore, s.core, s)
	leave(t.byTMSI, s.temporary, s)
	leave(t.byIMSI, s.imsi, s)
	t.tell(report.LTETopology{Element: s.id, Event: report.LTERemoved})
}

// bearers tells of the gateways of a subscriber's new bearers, and of those that
// are dedicated.
func (t *topology) bearers(s *subscriber, n *mobile.S1APNews) {
	if s == nil {
		return
	}
	for i := range n.NBearers {
		b := &n.Bearers[i]
		if b.Gateway.IsValid() {
			t.linkGateway(t.node(report.LTECore, n.MME.Addr(), nil), t.node(report.LTEGateway, b.Gateway, nil))
		}
		if b.Dedicated {
			t.write(&report.LTEQoS{Time: t.time, Element: s.id, TEID: b.TEID, QCI: b.QCI})
		}
	}
}

// linkGateway gives a core one more gateway.
func (t *topology) linkGateway(core, gateway *node) {
	if core == nil || gateway == nil {
		return
	}
	key := [2]uint32{core.id, gateway.id}
	if t.gateways[key] || len(t.gateways) >= maxElements {
		return
	}
	t.gateways[key] = true
	t.tell(report.LTETopology{Element: core.id, Event: report.LTELinked, Parent: gateway.id})
}
