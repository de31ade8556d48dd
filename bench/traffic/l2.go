package traffic

// l2 is what lives on a link without IP.
func l2(g *Gen) {
	g.arpExchange()
	g.spanningTree()
	g.lldp()
	g.cdp()
}

// arpExchange asks for a neighbour, announces an address, and asks for the own
// address by RARP (RFC 903).
func (g *Gen) arpExchange() {
	const request, reply, reverseRequest, reverseReply = 1, 2, 3, 4
	host := g.client()
	peer := g.neighbour(host)
	nobody := addr("0.0.0.0")
	a, b, none := macOf(host), macOf(peer), mac{}
	now := g.begin()
	for _, f := range []wire{
		ether(broadcastMAC, a, etherARP, arp(request, a, host, none, peer)),
		pad(ether(a, b, etherARP, arp(reply, b, peer, a, host))),
		ether(broadcastMAC, a, etherARP, arp(request, a, host, none, host)),
		ether(broadcastMAC, a, etherRARP, arp(reverseRequest, a, nobody, a, nobody)),
		pad(ether(a, b, etherRARP, arp(reverseReply, b, peer, a, host))),
	} {
		g.add(now, f)
		now += 400 * microsecond
	}
}

// spanningTree is the greeting of a bridge every two seconds (IEEE 802.1D), in
// the old form and in that of rapid spanning tree.
func (g *Gen) spanningTree() {
	bridges := mac{0x01, 0x80, 0xc2, 0, 0, 0}
	bridge := mac{0x02, 0, 0x5e, 0, 0x53, 0x10}
	id := wire{}.u16(0x8000).raw(bridge[:])
	times := wire{}.u16(0, 20<<8, 2<<8, 15<<8)
	vector := wire{}.raw(id).u32(0).raw(id).u16(0x8001).raw(times)
	now := g.begin()
	for range 2 {
		g.add(now, llc(bridges, bridge, 0x42, 0x42, wire{}.u16(0).u8(0, 0, 0).raw(vector)))
		g.add(now+second, llc(bridges, bridge, 0x42, 0x42, wire{}.u16(0).u8(2, 2, 0x3c).raw(vector).u8(0)))
		now += 2 * second
	}
}

// lldp announces a port (IEEE 802.1AB).
func (g *Gen) lldp() {
	nearest := mac{0x01, 0x80, 0xc2, 0, 0, 0x0e}
	bridge := mac{0x02, 0, 0x5e, 0, 0x53, 0x11}
	tlv := func(typ int, body []byte) wire { return wire{}.u16(uint16(typ<<9 | len(body))).raw(body) }
	w := tlv(1, wire{}.u8(4).raw(bridge[:])).raw(tlv(2, []byte("\x05Gi0/1"))).raw(tlv(3, []byte{0, 120})).
		raw(tlv(4, []byte("uplink"))).raw(tlv(5, []byte("switch1.example.org"))).raw(tlv(6, []byte("Switch OS 4.2"))).
		raw(tlv(7, wire{}.u16(0x14, 0x04))).raw(tlv(0, nil))
	g.add(g.begin(), pad(ether(nearest, bridge, etherLLDP, w)))
}

// cdp is the same in the form that Cisco's devices speak, behind a SNAP header.
func (g *Gen) cdp() {
	group := mac{0x01, 0, 0x0c, 0xcc, 0xcc, 0xcc}
	device := mac{0x02, 0, 0x5e, 0, 0x53, 0x12}
	tlv := func(typ uint16, body []byte) wire { return wire{}.u16(typ, uint16(4+len(body))).raw(body) }
	w := wire{}.u8(2, 180).u16(0).raw(tlv(1, []byte("switch2.example.org"))).raw(tlv(3, []byte("FastEthernet0/1"))).
		raw(tlv(4, wire{}.u32(0x28))).raw(tlv(5, []byte("IOS Software, Version 15.2"))).raw(tlv(6, []byte("cisco WS-C2960")))
	put16(w, 2, checksum(w))
	snap := wire{}.u8(0, 0, 0x0c).u16(0x2000)
	g.add(g.begin(), llc(group, device, 0xaa, 0xaa, snap.raw(w)))
}
