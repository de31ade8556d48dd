package filter

import "mmt/dataplane"

// linkKind says how a layer tells what it carries.
type linkKind uint8

const (
	kindOther    linkKind = iota // not known: only "len" and "link[...]" work
	kindEthernet                 // EtherType, or a length and then IEEE 802.2
	kindSLL                      // EtherType, or 4 for IEEE 802.2, 1 for Novell
	kindHDLC                     // EtherType; 0xfefe for OSI
	kindPPP                      // PPP protocol number, two bytes
	kindBSD                      // address family, four bytes
	kindRaw                      // version nibble of IP
	kindIPv4                     // always IPv4
	kindIPv6                     // always IPv6
)

// layout is where things are in a packet. It changes while an expression is
// read from left to right, as vlan, mpls and pppoes lead into the packet.
type layout struct {
	link    dataplane.LinkType
	kind    linkKind
	typeOff uint32 // the field that tells what is carried
	payload uint32 // the first byte behind the link layer
	labels  int    // MPLS labels passed
	inPPPoE bool
}

var layouts = map[dataplane.LinkType]layout{
	dataplane.LinkEthernet: {kind: kindEthernet, typeOff: 12, payload: 14},
	dataplane.LinkSLL:      {kind: kindSLL, typeOff: 14, payload: 16},
	dataplane.LinkSLL2:     {kind: kindSLL, typeOff: 0, payload: 20},
	dataplane.LinkNull:     {kind: kindBSD, typeOff: 0, payload: 4},
	dataplane.LinkLoop:     {kind: kindBSD, typeOff: 0, payload: 4},
	dataplane.LinkRaw:      {kind: kindRaw},
	dataplane.LinkRaw12:    {kind: kindRaw},
	dataplane.LinkRaw14:    {kind: kindRaw},
	dataplane.LinkIPv4:     {kind: kindIPv4},
	dataplane.LinkIPv6:     {kind: kindIPv6},
	dataplane.LinkPPP:      {kind: kindPPP, typeOff: 2, payload: 4},
	dataplane.LinkPPPHDLC:  {kind: kindPPP, typeOff: 2, payload: 4},
	dataplane.LinkPPPoE:    {kind: kindPPP, typeOff: 6, payload: 8},
	dataplane.LinkCHDLC:    {kind: kindHDLC, typeOff: 2, payload: 4},
}

// pppNumbers are the PPP protocol numbers (IANA, RFC 1661 section 2) of what
// has another number elsewhere. Others are compared as they are.
var pppNumbers = map[uint32]uint32{
	typeIPv4: 0x0021, typeIPv6: 0x0057, typeDECnet: 0x0027, typeATalk: 0x0029,
	typeMPLS: 0x0281, sapISO: 0x0023, sapSTP: 0x0031, sapIPX: 0x002b,
}

// carries is the condition that the present layer carries protocol num, an
// EtherType or, up to maxLLC, an IEEE 802.2 SAP.
func (l *layout) carries(num uint32) *cond {
	if l.labels > 0 {
		return l.underMPLS(num)
	}
	switch l.kind {
	case kindEthernet:
		return l.onEthernet(num)
	case kindSLL:
		return l.onSLL(num)
	case kindHDLC:
		if num == sapISO {
			num = 0xfefe
		}
		return test16(l.typeOff, 0xffff, num)
	case kindPPP:
		if n, ok := pppNumbers[num]; ok {
			num = n
		}
		return test16(l.typeOff, 0xffff, num)
	case kindBSD:
		return l.onBSD(num)
	}
	return l.onRaw(num)
}

// underMPLS guesses from the version nibble behind the last label, the only
// hint that a label stack gives.
func (l *layout) underMPLS(num uint32) *cond {
	bottom := test8(l.payload-2, 0x01, 1)
	switch num {
	case typeIPv4:
		return and(bottom, test8(l.payload, 0xf0, 0x40))
	case typeIPv6:
		return and(bottom, test8(l.payload, 0xf0, 0x60))
	}
	return never
}

func (l *layout) onEthernet(num uint32) *cond {
	is := test16(l.typeOff, 0xffff, num)
	isLLC := not(test(opTest16, l.typeOff, 0xffff, cmpGT, maxLLC))
	switch {
	case num == sapIPX:
		novell := test16(l.payload, 0xffff, 0xffff)
		return or(test16(l.typeOff, 0xffff, typeIPX),
			and(isLLC, or(l.snap(0, typeIPX), l.sap(num), novell)))
	case num <= maxLLC:
		return and(isLLC, l.sap(num))
	case num == typeATalk, num == typeAARP:
		return or(is, and(isLLC, l.snap(snapOUI(num), num)))
	}
	return is
}

// Linux cooked captures mark frames without an EtherType by these numbers
// (linux/if_ether.h ETH_P_802_3 and ETH_P_802_2).
const (
	sllNovell = 1
	sllLLC    = 4
)

func (l *layout) onSLL(num uint32) *cond {
	is := func(n uint32) *cond { return test16(l.typeOff, 0xffff, n) }
	switch {
	case num == sapIPX:
		return or(is(typeIPX), is(sllNovell), and(is(sllLLC), or(l.sap(num), l.snap(0, typeIPX))))
	case num <= maxLLC:
		return and(is(sllLLC), l.sap(num))
	case num == typeATalk, num == typeAARP:
		return or(is(num), and(is(sllLLC), l.snap(snapOUI(num), num)))
	}
	return is(num)
}

// sap compares the service access points of an IEEE 802.2 header. OSI and
// NetBEUI have them equal on both sides.
func (l *layout) sap(num uint32) *cond {
	if num == sapISO || num == sapNetBEUI {
		return test16(l.payload, 0xffff, num<<8|num)
	}
	return test8(l.payload, 0xff, num)
}

// snap compares a SNAP header: organisation and type behind AA AA 03.
func (l *layout) snap(oui, num uint32) *cond {
	return and(test32(l.payload+4, ^uint32(0), oui<<16|num), test32(l.payload, ^uint32(0), 0xaaaa0300|oui>>16))
}

// snapOUI is the organisation under which AppleTalk is encapsulated, 08-00-07;
// its address resolution uses 00-00-00.
func snapOUI(num uint32) uint32 {
	if num == typeATalk {
		return 0x080007
	}
	return 0
}

// onBSD tests the address family. IPv6 has three numbers among the BSDs; the
// loopback of LinkNull is in the byte order of the machine that captured,
// which the packet does not tell.
func (l *layout) onBSD(num uint32) *cond {
	families := map[uint32][]uint32{typeIPv4: {2}, typeIPv6: {30, 24, 28}}[num]
	c := never
	for _, f := range families {
		c = or(c, test32(l.typeOff, ^uint32(0), f))
		if l.link == dataplane.LinkNull {
			c = or(c, test32(l.typeOff, ^uint32(0), f<<24))
		}
	}
	return c
}

func (l *layout) onRaw(num uint32) *cond {
	switch {
	case l.kind == kindRaw && num == typeIPv4:
		return test8(l.payload, 0xf0, 0x40)
	case l.kind == kindRaw && num == typeIPv6:
		return test8(l.payload, 0xf0, 0x60)
	case l.kind == kindIPv4 && num == typeIPv4, l.kind == kindIPv6 && num == typeIPv6:
		return always
	}
	return never
}
