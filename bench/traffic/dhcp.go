package traffic

import "net/netip"

// DHCP message types (RFC 2132 section 9.6).
const (
	dhcpDiscover = 1
	dhcpOffer    = 2
	dhcpRequest  = 3
	dhcpAck      = 5
	dhcpRelease  = 7
)

// dhcp is the scenario of RFC 2131 and RFC 8415.
func dhcp(g *Gen) {
	g.dhcpLease()
	g.dhcp6Lease()
}

// dhcpHost is a client that asks for an address, with what it is given.
type dhcpHost struct {
	mac         mac
	transaction uint32
	given       netip.Addr
	server      netip.Addr
}

// dhcpLease is discover, offer, request, ack and, later, release.
func (g *Gen) dhcpLease() {
	given := g.client()
	h := dhcpHost{macOf(given), g.u32(), given, g.neighbour(given)}
	everyone, nobody := addr("255.255.255.255"), addr("0.0.0.0")
	hello := g.dhcpTalk(h, path{client: nobody, server: everyone})
	offer := g.dhcpTalk(h, path{client: given, server: h.server})
	hello.ask(h.message(dhcpDiscover, nobody))
	offer.now = hello.now
	offer.answer(h.message(dhcpOffer, given))
	hello.now = offer.now + 3*millisecond
	hello.ask(h.message(dhcpRequest, nobody))
	offer.now = hello.now
	offer.answer(h.message(dhcpAck, given))
	offer.wait(3000)
	offer.ask(h.message(dhcpRelease, given))
}

// dhcpTalk is a talk between the fixed ports, with the client's hardware
// address even before it has an IP address.
func (g *Gen) dhcpTalk(h dhcpHost, p path) *talk {
	client, server := h.mac, macOf(p.server)
	p.wrap = func(ip []byte, up bool) []byte {
		if up {
			return ether(server, client, etherIPv4, ip)
		}
		return ether(client, server, etherIPv4, ip)
	}
	t := g.talk(p, 67)
	t.clientPort = 68
	t.rtt = 2 * millisecond
	return t
}

// message builds a BOOTP message with the options of that type.
func (h dhcpHost) message(typ byte, your netip.Addr) wire {
	op, client := byte(1), addr("0.0.0.0")
	switch typ {
	case dhcpOffer, dhcpAck:
		op = 2
	case dhcpRelease:
		client, your = h.given, client
	}
	w := wire{}.u8(op, 1, 6, 0).u32(h.transaction).u16(0, 0).
		raw(client.AsSlice()).raw(your.AsSlice()).zero(8).raw(h.mac[:]).zero(10 + 64 + 128).u32(0x63825363)
	w = w.u8(53, 1, typ).raw(h.options(typ)).u8(255)
	return w.zero(max(0, 300-len(w))) // as short as BOOTP allows (RFC 1542 section 2.1)
}

// options are those that go with a message type.
func (h dhcpHost) options(typ byte) wire {
	name := wire{}.u8(12).len8([]byte("laptop")).u8(60).len8([]byte("MSFT 5.0"))
	wants := wire{}.u8(55).len8([]byte{1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121})
	server := wire{}.u8(54).len8(h.server.AsSlice())
	switch typ {
	case dhcpDiscover:
		return wire{}.u8(61, 7, 1).raw(h.mac[:]).raw(name).raw(wants)
	case dhcpRequest:
		return wire{}.u8(50).len8(h.given.AsSlice()).raw(server).raw(name).raw(wants)
	case dhcpRelease:
		return server
	}
	router := h.server.AsSlice()
	return server.u8(51, 4).u32(86400).u8(1, 4).u32(0xffffff00).u8(3).len8(router).u8(6).len8(router).
		u8(15).len8([]byte("example.org"))
}

// dhcp6Lease is solicit, advertise, request and reply.
func (g *Gen) dhcp6Lease() {
	const solicit, advertise, request, reply = 1, 2, 3, 7
	client, server := linkLocal(g.rng.Uint64()), linkLocal(g.rng.Uint64())
	group := g.talk(path{client: client, server: addr("ff02::1:2")}, 547)
	direct := g.talk(path{client: client, server: server}, 547)
	group.clientPort, direct.clientPort = 546, 546
	transaction := g.rng.IntN(1 << 24)
	given := wire{}.u16(5, 24).raw(g.client6().AsSlice()).u32(3600, 7200)
	for i, typ := range []byte{solicit, advertise, request, reply} {
		m := wire{}.u8(typ).u24(transaction).u16(1).len16(wire{}.u16(3, 1).raw(client.AsSlice()[10:]))
		if i > 0 {
			m = m.u16(2).len16(wire{}.u16(3, 1).raw(server.AsSlice()[10:]))
		}
		association := wire{}.u32(1, 1800, 2880)
		if i%2 == 1 {
			direct.now = group.now
			direct.answer(m.u16(3).len16(association.raw(given)))
			continue
		}
		group.now = max(group.now, direct.now)
		group.ask(m.u16(3).len16(association).u16(6).len16(wire{}.u16(23, 24)))
	}
}
