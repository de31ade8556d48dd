package traffic

import "net/netip"

// ICMPv6 types (RFC 4443, RFC 4861, RFC 3810).
const (
	icmp6TooBig        = 2
	icmp6TimeExceeded  = 3
	icmp6EchoRequest   = 128
	icmp6EchoReply     = 129
	icmp6RouterSolicit = 133
	icmp6RouterAdvert  = 134
	icmp6Solicit       = 135
	icmp6Advert        = 136
	icmp6ReportV2      = 143
)

// ipv6 is the scenario of RFC 8200 and the protocols that IPv6 cannot do
// without.
func ipv6(g *Gen) {
	g.neighbourDiscovery()
	g.extensionHeaders()
	g.ping6()
	g.icmp6Errors()
}

// linkLocal is the address of a host on its link.
func linkLocal(host uint64) netip.Addr { return ip6From(0xfe80_0000_0000_0000, host) }

// solicitedNode is the multicast group of a's neighbours (RFC 4291 section 2.7.1).
func solicitedNode(a netip.Addr) netip.Addr {
	b := a.As16()
	return ip6From(0xff02_0000_0000_0000, 0x1_ff00_0000|uint64(b[13])<<16|uint64(b[14])<<8|uint64(b[15]))
}

// icmp6 sends a message from one host to another with extension headers.
func (t *talk) icmp6(src, dst netip.Addr, typ, code byte, rest uint32, body []byte, ext ...ext6) {
	h := ip6{src: src, dst: dst, proto: protoICMPv6, hopLimit: 255, ext: ext}
	t.now += int64(t.g.between(100, 3000)) * microsecond
	t.g.add(t.now, frameIP(src, dst, h.build(icmp6(src, dst, typ, code, rest, body))))
}

// linkOption is a source (1) or target (2) link-layer address.
func linkOption(kind byte, a netip.Addr) wire {
	hardware := macOf(a)
	return wire{}.u8(kind, 1).raw(hardware[:])
}

// neighbourDiscovery is a host that comes up: its groups, a router, the test
// that its address is free, and a neighbour.
func (g *Gen) neighbourDiscovery() {
	t := g.talk(path{}, 0)
	host, router := linkLocal(g.rng.Uint64()), linkLocal(g.rng.Uint64())
	nobody := netip.IPv6Unspecified()
	alert := ext6{protoHopByHop, []byte{5, 2, 0, 0, 1, 0}}
	report := wire{}.u8(4, 0).u16(0).raw(solicitedNode(host).AsSlice())
	t.icmp6(nobody, addr("ff02::16"), icmp6ReportV2, 0, 1, report, alert)
	t.icmp6(nobody, solicitedNode(host), icmp6Solicit, 0, 0, host.AsSlice())
	t.icmp6(host, addr("ff02::2"), icmp6RouterSolicit, 0, 0, linkOption(1, host))
	prefix := wire{}.u8(3, 4, 64, 0xc0).u32(86400, 14400, 0).raw(addr("2001:db8:c::").AsSlice())
	advert := wire{}.u32(0, 0).raw(linkOption(1, router)).u8(5, 1).u16(0).u32(1500).raw(prefix)
	t.icmp6(router, addr("ff02::1"), icmp6RouterAdvert, 0, 64<<24|1800, advert)
	t.icmp6(host, solicitedNode(router), icmp6Solicit, 0, 0, wire{}.raw(router.AsSlice()).raw(linkOption(1, host)))
	const routerSolicitedOverride = 7 << 29
	t.icmp6(router, host, icmp6Advert, 0, routerSolicitedOverride, wire{}.raw(router.AsSlice()).raw(linkOption(2, router)))
}

// extensionHeaders sends DNS questions behind each kind of header, and a
// packet with nothing in it.
func (g *Gen) extensionHeaders() {
	t := g.talk(path{client: g.client6(), server: server6("dns.google")}, portDNS)
	padding := []byte{1, 4, 0, 0, 0, 0}
	hop, options := ext6{protoHopByHop, padding}, ext6{protoDestOpts, padding}
	segments := ext6{protoRouting, wire{}.u8(4, 0, 0, 0).u16(0).raw(t.server.AsSlice())}
	for _, ext := range [][]ext6{{hop}, {options}, {segments}, {hop, options, segments}, {hop, options, segments, options}} {
		h := ip6{src: t.client, dst: t.server, proto: protoUDP, hopLimit: 64, ext: ext}
		t.send(h.build(udp(t.client, t.server, t.clientPort, portDNS, g.query(pick(g, sites), dnsAAAA).build())))
		t.wait(100)
	}
	empty := ip6{src: t.client, dst: t.server, proto: protoNoNext, hopLimit: 64, ext: []ext6{options}}
	t.send(empty.build(nil))
}

// ping6 asks for an echo.
func (g *Gen) ping6() {
	t := g.talk(path{}, 0)
	host, peer := g.client6(), server6("www.example.com")
	data := g.bytes(56)
	for seq := range uint32(3) {
		t.icmp6(host, peer, icmp6EchoRequest, 0, 77<<16|seq, data)
		t.icmp6(peer, host, icmp6EchoReply, 0, 77<<16|seq, data)
		t.wait(1000)
	}
}

// icmp6Errors are those of a path with a small link and of a loop.
func (g *Gen) icmp6Errors() {
	t := g.talk(path{client: g.client6(), server: server6("far.example.com")}, 4444)
	router := server6("router1")
	packet := t.ip(true, protoUDP, udp(t.client, t.server, t.clientPort, t.serverPort, g.bytes(1100)))
	t.send(packet)
	t.icmp6(router, t.client, icmp6TooBig, 0, 1280, packet)
	t.send(packet)
	t.icmp6(router, t.client, icmp6TimeExceeded, 0, 0, packet)
}
