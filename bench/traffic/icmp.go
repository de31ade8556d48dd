package traffic

import "net/netip"

// icmp is the scenario of RFC 792 and IGMP.
func icmp(g *Gen) {
	g.ping(g.to4("www.example.com"), nil)
	g.ping(g.to4("www.example.net"), recordRoute())
	g.traceroute()
	g.icmpErrors()
	g.igmp()
}

// recordRoute is an IPv4 option with one free slot after one in use.
func recordRoute() []byte { return wire{}.u8(7, 11, 8, 198, 18, 0, 1).zero(4) }

// ping asks for echoes four times, one a second.
func (g *Gen) ping(p path, options []byte) {
	t := g.talk(p, 0)
	id := g.u32() << 16
	for seq := range uint32(4) {
		start := t.now
		data := wire{}.le64(uint64(start / second)).le64(uint64(start % second / microsecond)).zero(8).raw(g.bytes(32))
		t.icmp(true, options, icmp4(8, 0, id|(seq+1), data))
		t.icmp(false, options, icmp4(0, 0, id|(seq+1), data))
		t.now = start + second
	}
}

// icmp sends a message in an IPv4 packet with options.
func (t *talk) icmp(up bool, options []byte, message []byte) {
	t.step(up)
	src, dst := t.ends(up)
	h := ip4{src: src, dst: dst, proto: protoICMP, ttl: t.ttl(up), id: t.g.nextID(), options: options}
	t.g.add(t.now, t.frame(h.build(message), up))
}

// traceroute sends datagrams with growing time to live; routers on the way and
// in the end the host say that they are dead.
func (g *Gen) traceroute() {
	t := g.talk(g.to4("far.example.com"), 33434)
	for hop := byte(1); hop <= 5; hop++ {
		segment := udp(t.client, t.server, t.clientPort, 33433+uint16(hop), make([]byte, 32))
		probe := ip4{src: t.client, dst: t.server, proto: protoUDP, ttl: hop, id: g.nextID()}.build(segment)
		t.send(probe)
		from, typ, code := server("router"+string('0'+rune(hop))), byte(11), byte(0)
		if hop == 5 {
			from, typ, code = t.server, 3, 3
		}
		g.icmpFrom(t, from, icmp4(typ, code, 0, expired(probe)))
	}
}

// expired is the head of a packet as the host that dropped it saw it: its time
// to live is one.
func expired(probe wire) wire {
	seen := wire{}.raw(probe[:28])
	seen[8] = 1
	put16(seen, 10, 0)
	put16(seen, 10, checksum(seen[:20]))
	return seen
}

// icmpFrom is an answer to the client from a host that it did not address.
func (g *Gen) icmpFrom(t *talk, from netip.Addr, message []byte) {
	r := *t
	r.path = path{client: t.client, server: from}
	r.icmp(false, nil, message)
	t.now, t.up = r.now, r.up
}

// icmpErrors is a refused host, a packet too big and a better route.
func (g *Gen) icmpErrors() {
	t := g.talk(g.to4("gone.example.com"), 4444)
	router := server("router1")
	for _, e := range []struct {
		typ, code byte
		rest      uint32
	}{{3, 1, 0}, {3, 4, 1400}, {3, 13, 0}, {5, 1, 0xc6120001}} {
		packet := t.ip(true, protoUDP, udp(t.client, t.server, t.clientPort, t.serverPort, []byte("hello?")))
		t.send(packet)
		g.icmpFrom(t, router, icmp4(e.typ, e.code, e.rest, packet))
	}
	t = g.talk(g.to4("clock.example.com"), 0)
	ms := uint32(t.now / millisecond % 86400000)
	t.icmp(true, nil, icmp4(13, 0, 1<<16|1, wire{}.u32(ms, 0, 0)))
	t.icmp(false, nil, icmp4(14, 0, 1<<16|1, wire{}.u32(ms, ms+9, ms+9)))
}

// igmp joins and leaves a group; the packets carry the router alert option.
func (g *Gen) igmp() {
	alert := []byte{0x94, 4, 0, 0}
	host, group := g.client(), addr("239.1.2.3")
	t := g.talk(path{client: host, server: group}, 0)
	join := wire{}.u8(0x16, 0).u16(0).raw(group.AsSlice())
	v3 := wire{}.u8(0x22, 0).u16(0, 0, 1).u8(4, 0).u16(0).raw(group.AsSlice())
	leave := wire{}.u8(0x17, 0).u16(0).raw(group.AsSlice())
	for i, to := range []netip.Addr{group, addr("224.0.0.22"), addr("224.0.0.2")} {
		message := []wire{join, v3, leave}[i]
		put16(message, 2, checksum(message))
		packet := ip4{src: host, dst: to, proto: protoIGMP, ttl: 1, tos: 0xc0, id: g.nextID(), options: alert}.build(message)
		t.wait(300)
		g.add(t.now, frameIP(host, to, packet))
	}
}
