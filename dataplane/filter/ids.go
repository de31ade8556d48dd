package filter

import (
	"encoding/binary"
	"math/bits"
	"net"
	"net/netip"
	"sort"
	"strings"
)

// ids reads one name or number, or several joined in parentheses, as in
// "tcp port (80 or 443)".
func (p *parser) ids(q qualifier) (node, error) {
	t := p.peek()
	if t.is("not") || t.is("!") {
		return nil, p.fail(t, `write "not" before the whole primitive, as in "not %s ..."`, q.typ)
	}
	if _, ok := p.accept("("); !ok {
		return p.id(q)
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.parens(func() (node, error) { return p.idList(q) })
}

func (p *parser) idList(q qualifier) (node, error) {
	left, err := p.ids(q)
	for err == nil {
		_, and := p.accept("and", "&&")
		if !and {
			if _, or := p.accept("or", "||"); !or {
				return left, nil
			}
		}
		var right node
		right, err = p.ids(q)
		left = &logic{and: and, left: left, right: right}
	}
	return nil, err
}

// id reads one name or number under a qualifier.
func (p *parser) id(q qualifier) (node, error) {
	t := p.take()
	if !isID(t) {
		if t.kind == tokWord {
			return nil, p.fail(t, `"%s" needs a name or number, %s is a keyword (write "\%s" if it is meant as a name)`, q.typ, t, t.text)
		}
		return nil, p.fail(t, `"%s" needs a name or number, not %s`, q.typ, t)
	}
	base := &prim{pos: t.pos, proto: q.proto, dir: q.dir}
	switch q.typ {
	case "net":
		return p.netID(base, t)
	case "port", "portrange":
		return p.portID(base, q.typ, t)
	case "proto", "protochain":
		return p.protoID(base, q.typ, t)
	}
	return p.hostID(base, t)
}

// addressProto checks the protocol qualifier of a host or net against allowed
// names; none is always fine.
func (p *parser) addressProto(b *prim, t token, what string, allowed ...string) error {
	if b.proto == nil {
		return nil
	}
	for _, a := range allowed {
		if b.proto.name == a {
			return nil
		}
	}
	return p.fail(t, `"%s" cannot stand before %s: only %s can`, b.proto.name, what, strings.Join(allowed, ", "))
}

func (p *parser) hostID(b *prim, t token) (node, error) {
	if b.proto != nil && b.proto.class == classLink {
		if t.kind != tokMAC {
			return nil, p.fail(t, `"ether host" needs an address as 00:11:22:33:44:55, not %s (names are not looked up)`, t)
		}
		b.kind, b.mac = primEther, t.mac
		return b, nil
	}
	if slash := p.peek(); slash.is("/") {
		return nil, p.fail(slash, `a mask makes it a net: write "net" for "host"`)
	}
	switch t.kind {
	case tokMAC:
		return nil, p.fail(t, `%s is an Ethernet address: write "ether host"`, t)
	case tokIPv6:
		return p.v6(b, t, t.addr, 128)
	case tokIPv4:
		return p.v4(b, t, t.num, ^uint32(0)<<(32-t.bits))
	case tokNumber:
		return p.v4(b, t, t.num, ^uint32(0))
	}
	return p.namedHost(b, t)
}

func (p *parser) v4(b *prim, t token, v, mask uint32) (node, error) {
	if err := p.addressProto(b, t, "an IPv4 address", "ip", "arp", "rarp"); err != nil {
		return nil, err
	}
	b.kind, b.v4, b.mask = primHost4, v, mask
	return b, nil
}

func (p *parser) v6(b *prim, t token, a netip.Addr, length int) (node, error) {
	if err := p.addressProto(b, t, "an IPv6 address", "ip6"); err != nil {
		return nil, err
	}
	b.kind = primHost6
	raw := a.As16()
	for i := range b.v6 {
		b.v6[i] = binary.BigEndian.Uint32(raw[4*i:])
		if n := length - 32*i; n > 0 {
			b.mask6[i] = ^uint32(0) << (32 - min(n, 32))
		}
	}
	return b, nil
}

// namedHost matches any address of the name that the protocol qualifier allows.
func (p *parser) namedHost(b *prim, t token) (node, error) {
	if err := p.addressProto(b, t, "a host name", "ip", "arp", "rarp", "ip6"); err != nil {
		return nil, err
	}
	addrs, err := p.resolve(t.text)
	if err != nil {
		return nil, p.fail(t, "unknown host %s (%v)", t, err)
	}
	sort.Slice(addrs, func(i, j int) bool { return addrs[i].Unmap().Less(addrs[j].Unmap()) })
	var all node
	for _, a := range addrs {
		one, err := p.resolved(b, t, a.Unmap())
		if err != nil {
			continue // an IPv6 address under "ip", or the other way round
		}
		if all == nil {
			all = one
		} else {
			all = &logic{left: all, right: one}
		}
	}
	if all == nil {
		return nil, p.fail(t, "host %s has no address that fits here", t)
	}
	return all, nil
}

func (p *parser) resolved(b *prim, t token, a netip.Addr) (node, error) {
	one := *b
	if a.Is4() {
		raw := a.As4()
		return p.v4(&one, t, binary.BigEndian.Uint32(raw[:]), ^uint32(0))
	}
	return p.v6(&one, t, a, 128)
}

func (p *parser) netID(b *prim, t token) (node, error) {
	switch t.kind {
	case tokIPv6:
		return p.net6(b, t)
	case tokIPv4, tokNumber:
		return p.net4(b, t)
	}
	return nil, p.fail(t, `"net" needs a network number as 10.1.0.0/16, not %s (names are not looked up)`, t)
}

func (p *parser) net6(b *prim, t token) (node, error) {
	length := 128
	if _, ok := p.accept("/"); ok {
		n := p.take()
		if n.kind != tokNumber || n.num > 128 {
			return nil, p.fail(n, "the mask length of an IPv6 net is a number from 0 to 128")
		}
		length = int(n.num)
	}
	if netip.PrefixFrom(t.addr, length).Masked().Addr() != t.addr {
		return nil, p.fail(t, "%s has bits set to the right of its mask /%d", t, length)
	}
	return p.v6(b, t, t.addr, length)
}

func (p *parser) net4(b *prim, t token) (node, error) {
	v, mask := t.num, ^uint32(0)<<(32-t.bits)
	if t.kind == tokNumber {
		v, mask = promote(t.num)
	}
	if _, ok := p.accept("/"); ok {
		n := p.take()
		if n.kind != tokNumber || n.num > 32 {
			return nil, p.fail(n, "the mask length of an IPv4 net is a number from 0 to 32")
		}
		mask = ^uint32(0) << (32 - n.num)
	} else if _, ok := p.accept("mask"); ok {
		m := p.take()
		if m.kind != tokIPv4 {
			return nil, p.fail(m, `"mask" needs a dotted mask as 255.255.0.0`)
		}
		mask = m.num
	}
	if v&^mask != 0 {
		return nil, p.fail(t, "%s has bits set outside its mask %s", t, net.IP(binary.BigEndian.AppendUint32(nil, mask)))
	}
	return p.v4(b, t, v, mask)
}

// promote reads a net given as one number: its bytes move to the left, so that
// 10 is 10.0.0.0/8 and 0xc0a8 is 192.168.0.0/16. Zero stays a whole address.
func promote(v uint32) (moved, mask uint32) {
	shift := bits.LeadingZeros32(v) &^ 7
	if v == 0 {
		shift = 0
	}
	return v << shift, ^uint32(0) << shift
}

func (p *parser) portID(b *prim, typ string, t token) (node, error) {
	if b.proto != nil && b.proto.name != "tcp" && b.proto.name != "udp" && b.proto.name != "sctp" {
		return nil, p.fail(t, `"%s" cannot stand before "%s": only tcp, udp, sctp can`, b.proto.name, typ)
	}
	b.kind = primPort
	switch {
	case t.kind == tokNumber && t.num <= 65535:
		b.lo, b.hi = t.num, t.num
		return b, nil
	case t.kind == tokNumber:
		return nil, p.fail(t, "port %d is above 65535", t.num)
	case t.kind != tokWord && t.kind != tokEscaped:
		return nil, p.fail(t, `"%s" needs a number or a service name, not %s`, typ, t)
	case typ == "portrange":
		return p.portRange(b, t)
	}
	return p.namedPort(b, t, t.text, t.text)
}

// portRange splits lo-hi; service names may hold a hyphen themselves, so every
// hyphen is tried.
func (p *parser) portRange(b *prim, t token) (node, error) {
	for i := range len(t.text) {
		if t.text[i] != '-' {
			continue
		}
		if n, err := p.namedPort(b, t, t.text[:i], t.text[i+1:]); err == nil {
			return n, nil
		}
	}
	return nil, p.fail(t, `%s is not a range of ports as 6000-6008`, t)
}

// namedPort finds the port numbers of two names, and the protocols that both
// are registered for; numbers fit every protocol.
func (p *parser) namedPort(b *prim, t token, loName, hiName string) (node, error) {
	var found []*prim
	for _, network := range []string{"tcp", "udp"} {
		lo, errLo := portNumber(network, loName)
		hi, errHi := portNumber(network, hiName)
		if errLo != nil || errHi != nil {
			continue
		}
		one := *b
		one.lo, one.hi, one.proto = min(lo, hi), max(lo, hi), protos[network]
		found = append(found, &one)
	}
	if len(found) == 2 && found[0].lo == found[1].lo && found[0].hi == found[1].hi {
		found[0].proto = b.proto // the same for both, so the name says nothing about the protocol
		return found[0], nil
	}
	for _, f := range found {
		if b.proto == nil || b.proto == f.proto {
			return f, nil
		}
	}
	if len(found) > 0 {
		return nil, p.fail(t, "port %s is not registered for %s", t, b.proto.name)
	}
	return nil, p.fail(t, "unknown port %s", t)
}

func portNumber(network, name string) (uint32, error) {
	if tok, reason := classify(name); reason == "" && tok.kind == tokNumber && tok.num <= 65535 {
		return tok.num, nil
	}
	n, err := net.LookupPort(network, name)
	return uint32(n), err
}

func (p *parser) protoID(b *prim, typ string, t token) (node, error) {
	b.kind = primProto
	if typ == "protochain" {
		b.kind = primProtoChain
	}
	class, name := classIP, ""
	if b.proto != nil {
		class, name = b.proto.class, b.proto.name
	}
	isIP := b.proto == nil || name == "ip" || name == "ip6"
	if !isIP && (b.kind == primProtoChain || class != classLink && name != "iso") {
		return nil, p.fail(t, `"%s" cannot stand before "%s": it holds no other protocol that a filter could name`, name, typ)
	}
	limit := uint32(255)
	if class == classLink {
		limit = 65535
	}
	n, ok := protoNumber(t, name, class)
	if !ok {
		return nil, p.fail(t, "unknown protocol %s: write its number", t)
	}
	if n > limit {
		return nil, p.fail(t, "protocol number %d is above %d", n, limit)
	}
	b.num = n
	return b, nil
}

// protoNumber finds the number that t means after "<name> proto".
func protoNumber(t token, name string, class protoClass) (uint32, bool) {
	if t.kind == tokNumber {
		return t.num, true
	}
	if t.kind != tokWord && t.kind != tokEscaped {
		return 0, false
	}
	q := protos[t.text]
	switch {
	case name == "iso":
		return valueIf(q, classISO)
	case class == classLink:
		if n, ok := etherProtocols[t.text]; ok {
			return n, true
		}
		return valueIf(q, classNet)
	}
	n, ok := ipProtocols[t.text]
	return n, ok
}

func valueIf(q *proto, class protoClass) (uint32, bool) {
	if q == nil || q.class != class {
		return 0, false
	}
	return q.num, true
}
