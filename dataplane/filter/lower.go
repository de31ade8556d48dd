package filter

import (
	"fmt"

	"mmt/dataplane"
)

// lowerer turns the tree of an expression into conditions for one link type.
// It goes from left to right, because vlan, mpls and pppoes change the layout
// for what follows them.
type lowerer struct {
	text string
	layout
	err error // the first thing that the link type cannot give
}

func compile(e *Expr, link dataplane.LinkType) (*Program, error) {
	if e.root == nil {
		return assemble(always), nil
	}
	c, err := lower(e, layoutOf(link))
	if err != nil || link != dataplane.LinkPPP {
		return finish(c, err)
	}
	// Without HDLC framing the two bytes FF 03 before the protocol are missing
	// (LINKTYPE_PPP in the registry).
	bare := layoutOf(link)
	bare.typeOff, bare.payload = 0, 2
	d, err := lower(e, bare)
	framed := test16(0, 0xffff, 0xff03)
	return finish(or(and(framed, c), and(not(framed), d)), err)
}

func finish(c *cond, err error) (*Program, error) {
	if err != nil {
		return nil, err
	}
	return assemble(c), nil
}

func layoutOf(link dataplane.LinkType) layout {
	l := layouts[link]
	l.link = link
	return l
}

func lower(e *Expr, start layout) (*cond, error) {
	l := &lowerer{text: e.text, layout: start}
	c := l.node(e.root)
	return c, l.err
}

// fail notes that the expression does not fit the link type. The condition
// that it returns is never run.
func (l *lowerer) fail(pos int, format string, args ...any) *cond {
	if l.err == nil {
		l.err = &Error{l.text, pos, fmt.Sprintf(format, args...)}
	}
	return never
}

func (l *lowerer) node(n node) *cond {
	switch n := n.(type) {
	case *logic:
		left := l.node(n.left)
		right := l.node(n.right)
		if n.and {
			return and(left, right)
		}
		return or(left, right)
	case *negation:
		return not(l.node(n.of))
	case *relation:
		return l.relation(n)
	case *prim:
		return l.prim(n)
	}
	return never
}

// known makes sure that the headers of the link type are understood.
func (l *lowerer) known(pos int) bool {
	if l.kind == kindOther {
		l.fail(pos, `not supported on link type %d: there, only "len", "less", "greater" and "link[...]" are`, l.link)
	}
	return l.kind != kindOther
}

func (l *lowerer) prim(p *prim) *cond {
	if !l.known(p.pos) {
		return never
	}
	switch p.kind {
	case primHost4:
		return l.host4(p)
	case primHost6:
		return and(l.carries(typeIPv6), both(p.dir,
			words6(l.payload+8, p.v6, p.mask6), words6(l.payload+24, p.v6, p.mask6)))
	case primEther:
		return l.ether(p)
	case primPort:
		return l.port(p)
	case primProto:
		return l.protoNumber(p)
	case primProtoChain:
		return l.protoChain(p)
	case primBroadcast, primMulticast:
		return l.casting(p)
	case primOutbound, primIfindex:
		return l.cooked(p)
	case primVLAN:
		return l.vlan(p)
	case primMPLS:
		return l.mpls(p)
	case primPPPoED:
		return l.netProto(p.pos, typePPPoED)
	case primPPPoES:
		return l.pppoes(p)
	}
	return l.abbrev(p)
}

// both joins the conditions on source and destination as the direction says.
func both(dir direction, src, dst *cond) *cond {
	switch dir {
	case dirSrc:
		return src
	case dirDst:
		return dst
	case dirBoth:
		return and(src, dst)
	}
	return or(src, dst)
}

// host4 looks into IPv4 (RFC 791 section 3.1) and, unless a protocol is named,
// into ARP and RARP for IPv4 over Ethernet (RFC 826).
func (l *lowerer) host4(p *prim) *cond {
	places := []struct{ num, src, dst uint32 }{{typeIPv4, 12, 16}, {typeARP, 14, 24}, {typeRARP, 14, 24}}
	c := never
	for _, at := range places {
		if p.proto != nil && p.proto.num != at.num {
			continue
		}
		c = or(c, and(l.carries(at.num), both(p.dir,
			test32(l.payload+at.src, p.mask, p.v4), test32(l.payload+at.dst, p.mask, p.v4))))
	}
	return c
}

// words6 compares the four words of an IPv6 address, leaving out those that
// the mask leaves out.
func words6(off uint32, v, mask [4]uint32) *cond {
	c := always
	for i := range v {
		if mask[i] != 0 {
			c = and(c, test32(off+4*uint32(i), mask[i], v[i]))
		}
	}
	return c
}

// onEthernetOnly makes sure that the outermost layer, which is also the present
// one as far as PPPoE goes, has Ethernet addresses.
func (l *lowerer) onEthernetOnly(pos int, what string) bool {
	switch {
	case l.link != dataplane.LinkEthernet:
		l.fail(pos, "%s need an Ethernet header, which link type %d does not have", what, l.link)
	case l.inPPPoE:
		l.fail(pos, `%s must stand before "pppoes"`, what)
	default:
		return true
	}
	return false
}

func (l *lowerer) ether(p *prim) *cond {
	if !l.onEthernetOnly(p.pos, "Ethernet addresses") {
		return never
	}
	return both(p.dir, mac(6, p.mac), mac(0, p.mac))
}

func mac(off uint32, m [6]byte) *cond {
	low := uint32(m[2])<<24 | uint32(m[3])<<16 | uint32(m[4])<<8 | uint32(m[5])
	return and(test32(off+2, ^uint32(0), low), test16(off, 0xffff, uint32(m[0])<<8|uint32(m[1])))
}

func (l *lowerer) casting(p *prim) *cond {
	name := "ether"
	if p.proto != nil {
		name = p.proto.name
	}
	switch {
	case name == "ip" && p.kind == primBroadcast:
		// Without a netmask only these two addresses are sure broadcasts.
		dst := l.payload + 16
		return and(l.carries(typeIPv4), or(test32(dst, ^uint32(0), 0), test32(dst, ^uint32(0), ^uint32(0))))
	case name == "ip":
		return and(l.carries(typeIPv4), test(opTest8, l.payload+16, 0xff, cmpGE, 0xe0))
	case name == "ip6":
		return and(l.carries(typeIPv6), test8(l.payload+24, 0xff, 0xff))
	case !l.onEthernetOnly(p.pos, "link-layer broadcast and multicast"):
		return never
	case p.kind == primBroadcast:
		return mac(0, [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	}
	return test8(0, 0x01, 1)
}

// cooked reads the packet type and the interface index that only Linux cooked
// captures have (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 in the registry).
func (l *lowerer) cooked(p *prim) *cond {
	const outgoing = 4
	switch {
	case p.kind == primIfindex && l.link == dataplane.LinkSLL2:
		return test32(4, ^uint32(0), p.num)
	case p.kind == primIfindex:
		return l.fail(p.pos, "the interface index is only in Linux cooked captures of version 2 (link type %d), not in link type %d",
			dataplane.LinkSLL2, l.link)
	case l.link == dataplane.LinkSLL:
		return test16(0, 0xffff, outgoing)
	case l.link == dataplane.LinkSLL2:
		return test8(10, 0xff, outgoing)
	}
	return l.fail(p.pos, "the direction is only in Linux cooked captures (link types %d and %d), not in link type %d",
		dataplane.LinkSLL, dataplane.LinkSLL2, l.link)
}

// vlan accepts the tag types of IEEE 802.1Q, 802.1ad and the older 0x9100.
func (l *lowerer) vlan(p *prim) *cond {
	if l.labels > 0 || l.kind != kindEthernet && l.kind != kindSLL {
		return l.fail(p.pos, `"vlan" needs an Ethernet type field, which is not here (link type %d)`, l.link)
	}
	c := or(l.carries(0x8100), l.carries(0x88a8), l.carries(0x9100))
	if p.hasNum {
		c = and(c, test16(l.payload, 0x0fff, p.num))
	}
	l.kind, l.typeOff, l.payload = kindEthernet, l.payload+2, l.payload+4
	return c
}

// mpls tests a label stack entry (RFC 3032 section 2.1); a further one needs
// that the one before was not the bottom of the stack.
func (l *lowerer) mpls(p *prim) *cond {
	if l.kind == kindBSD || l.kind >= kindRaw {
		return l.fail(p.pos, `there is no MPLS on link type %d`, l.link)
	}
	var c *cond
	if l.labels > 0 {
		c = test8(l.payload-2, 0x01, 0)
	} else {
		c = l.carries(typeMPLS)
	}
	if p.hasNum {
		c = and(c, test32(l.payload, 0xfffff000, p.num<<12))
	}
	l.labels++
	l.payload += 4
	return c
}

// pppoes tests a PPPoE session header (RFC 2516 section 4).
func (l *lowerer) pppoes(p *prim) *cond {
	c := l.netProto(p.pos, typePPPoES)
	if p.hasNum {
		c = and(c, test16(l.payload+2, 0xffff, p.num))
	}
	l.kind, l.typeOff, l.payload, l.inPPPoE = kindPPP, l.payload+6, l.payload+8, true
	return c
}
