package traffic

import "slices"

// fragments is the scenario of packets that come in pieces.
func fragments(g *Gen) {
	g.fragmented(func(pieces []wire) []wire { return pieces })
	g.fragmented(reversed)
	g.fragmented(func(pieces []wire) []wire { return append(pieces[:1:1], pieces...) }) // first one twice
	g.fragmented(func(pieces []wire) []wire { return pieces[:len(pieces)-1] })          // last one lost
	g.fragmentsOverlap()
	g.fragmentedTLS()
	g.fragmented6(func(pieces []wire) []wire { return pieces })
	g.fragmented6(reversed)
	g.fragmentAtomic()
}

func reversed(pieces []wire) []wire {
	slices.Reverse(pieces)
	return pieces
}

// fragmented sends one large datagram in pieces that arrange puts in order.
func (g *Gen) fragmented(arrange func([]wire) []wire) {
	t := g.talk(g.to4("files.example.com"), 9999)
	segment := udp(t.client, t.server, t.clientPort, t.serverPort, g.bytes(4000))
	t.send(arrange(fragment4(t.ip(true, protoUDP, segment), 1480))...)
}

// fragmentsOverlap sends pieces that cover the same bytes, with equal and then
// with different contents, and pieces of the least size.
func (g *Gen) fragmentsOverlap() {
	t := g.talk(g.to4("target.example.com"), 9999)
	packet := t.ip(true, protoUDP, udp(t.client, t.server, t.clientPort, t.serverPort, g.bytes(800)))
	t.send(piece4(packet, 0, 400), piece4(packet, 320, 640), piece4(packet, 600, 808))
	packet = t.ip(true, protoUDP, udp(t.client, t.server, t.clientPort, t.serverPort, g.bytes(800)))
	other := slices.Clone(packet)
	copy(other[20+336:], g.bytes(64))
	t.send(piece4(packet, 0, 400), piece4(other, 320, 640), piece4(packet, 600, 808))
	packet = t.ip(true, protoUDP, udp(t.client, t.server, t.clientPort, t.serverPort, g.bytes(56)))
	t.send(fragment4(packet, 8)...)
}

// fragmentedTLS is a whole TLS connection over a link that carries 256 bytes
// in a packet: the name in the ClientHello comes in the second piece.
func (g *Gen) fragmentedTLS() {
	from := len(g.packets)
	c := g.dial(g.to4("www.wikipedia.org"), portHTTPS)
	g.tls12(c, clientHello{name: "www.wikipedia.org", alpn: alpnHTTP2, version: tls12})
	c.close()
	whole := slices.Clone(g.packets[from:])
	g.packets = g.packets[:from]
	for _, p := range whole {
		for i, piece := range fragment4(p.Data[14:14+ip4Len(p.Data[14:])], 256) {
			g.add(p.Time+int64(i)*microsecond, wire{}.raw(p.Data[:14]).raw(piece))
		}
	}
}

// ip4Len is the length that an IPv4 header tells.
func ip4Len(ip []byte) int { return int(ip[2])<<8 | int(ip[3]) }

// fragmented6 sends one large datagram over IPv6.
func (g *Gen) fragmented6(arrange func([]wire) []wire) {
	t := g.talk(path{client: g.client6(), server: server6("files.example.com")}, 9999)
	segment := udp(t.client, t.server, t.clientPort, t.serverPort, g.bytes(4000))
	h := ip6{src: t.client, dst: t.server, proto: protoUDP, hopLimit: 64}
	t.send(arrange(fragment6(h, g.u32(), segment, 1448))...)
}

// fragmentAtomic is a packet that is whole and has a fragment header all the
// same (RFC 6946).
func (g *Gen) fragmentAtomic() {
	t := g.talk(path{client: g.client6(), server: server6("dns.google")}, portDNS)
	segment := udp(t.client, t.server, t.clientPort, portDNS, g.query("www.google.com", dnsAAAA).build())
	h := ip6{src: t.client, dst: t.server, proto: protoUDP, hopLimit: 64}
	t.send(fragment6(h, g.u32(), segment, 1448)...)
}
