package traffic

// UDP ports of tunnels.
const (
	portVXLAN = 4789
	portGTPU  = 2152
)

const etherBridged = 0x6558 // transparent Ethernet bridging in GRE

// tunnels is a small conversation over IPv4 and one over IPv6 inside every
// kind of tunnel and tag, alone and in layers.
func tunnels(g *Gen) {
	g.ipTunnels()
	g.udpTunnels()
	g.tagged()
	g.pppoeDiscovery()
}

// through is a name lookup and a page over a wrapped path.
func (g *Gen) through(p path) {
	name := "www.example.com"
	q := g.query(name, dnsA)
	t := g.talk(p, portDNS)
	t.dns(q, q.reply(0, recordAddr(name, server(name))))
	c := g.tcp(p, portHTTP)
	c.now, c.mss = t.now+millisecond, 1200
	c.open()
	c.request(message("GET / HTTP/1.1", nil, "Host: "+name, "User-Agent: "+userAgents[1], "Accept: */*"))
	c.reply(response("200 OK", g.html(2000), "Content-Type: text/html"))
	c.close()
}

// inner4 and inner6 are the paths that tunnels carry.
func (g *Gen) inner4(w wrapper) path {
	p := g.to4("www.example.com")
	p.wrap = w
	return p
}

func (g *Gen) inner6(w wrapper) path {
	return path{client: g.client6(), server: server6("www.example.com"), wrap: w}
}

// over4 and over6 wrap into an IP packet between two tunnel ends; shim makes
// what stands between the two IP headers.
func (g *Gen) over4(proto byte, shim wrapper) wrapper {
	ends := g.to4("tunnel.example.net")
	return func(ip []byte, up bool) []byte {
		src, dst := ends.ends(up)
		outer := ip4{src: src, dst: dst, proto: proto, ttl: 62, id: g.nextID()}
		return ends.frame(outer.build(shim(ip, up)), up)
	}
}

func (g *Gen) over6(proto byte, shim wrapper) wrapper {
	ends := path{client: g.client6(), server: server6("tunnel.example.net")}
	return func(ip []byte, up bool) []byte {
		src, dst := ends.ends(up)
		outer := ip6{src: src, dst: dst, proto: proto, hopLimit: 62}
		return ends.frame(outer.build(shim(ip, up)), up)
	}
}

// bare puts nothing between the headers.
func bare(ip []byte, _ bool) []byte { return ip }

// ipTunnels are those directly over IP: IP-in-IP (RFC 2003), 6in4 (RFC 4213),
// 4in6 (RFC 2473), GRE without and with key, around IP and around Ethernet.
func (g *Gen) ipTunnels() {
	g.through(g.inner4(g.over4(protoIPv4, bare)))
	g.through(g.inner6(g.over4(protoIPv6, bare)))
	g.through(g.inner4(g.over6(protoIPv4, bare)))
	g.through(g.inner6(g.over6(protoIPv6, bare)))
	plain := func(ip []byte, _ bool) []byte { return gre(ipEtherType(ip), 0, ip) }
	keyed := func(ip []byte, _ bool) []byte { return gre(ipEtherType(ip), 4711, ip) }
	g.through(g.inner4(g.over4(protoGRE, plain)))
	g.through(g.inner6(g.over4(protoGRE, keyed)))
	g.through(g.inner4(g.over6(protoGRE, keyed)))
	g.through(g.inner4(g.over4(protoGRE, func(ip []byte, up bool) []byte {
		return gre(etherBridged, 0, innerFrame(ip, up))
	})))
}

// innerFrame is a frame between two hosts of a virtual network.
func innerFrame(ip []byte, up bool) []byte {
	here, there := mac{2, 0, 0, 0, 1, 1}, mac{2, 0, 0, 0, 1, 2}
	if !up {
		here, there = there, here
	}
	return ether(there, here, ipEtherType(ip), ip)
}

// udpTunnels are VXLAN and GTP-U, with and without 5G's QoS flow identifier.
func (g *Gen) udpTunnels() {
	overlay := func(ip []byte, up bool) []byte {
		return udpNoSum(40000+uint16(len(ip))%1000, portVXLAN, vxlan(5001, innerFrame(ip, up)))
	}
	g.through(g.inner4(g.over4(protoUDP, overlay)))
	g.through(g.inner6(g.over4(protoUDP, overlay)))
	teids := [2]uint32{g.u32(), g.u32()}
	for _, inner := range []func(wrapper) path{g.inner4, g.inner6} {
		g.through(inner(g.over4(protoUDP, func(ip []byte, up bool) []byte {
			return udpNoSum(portGTPU, portGTPU, gtpU(teids[direction(up)], up, 9, ip))
		})))
	}
	g.through(g.inner4(g.over4(protoUDP, func(ip []byte, up bool) []byte {
		return udpNoSum(portGTPU, portGTPU, gtpUPlain(teids[direction(up)], ip))
	})))
	g.gtpUEcho()
}

func direction(up bool) int {
	if up {
		return 1
	}
	return 0
}

// gtpUEcho tests the way between two gateways (3GPP TS 29.281 section 7.2).
func (g *Gen) gtpUEcho() {
	t := g.talk(g.to4("upf.example.net"), portGTPU)
	t.clientPort = portGTPU
	t.exchange(wire{}.u8(0x32, 1).u16(4).u32(0).u16(7).u16(0), wire{}.u8(0x32, 2).u16(6).u32(0).u16(7).u16(0).u8(14, 0))
}

// tagged are the headers between Ethernet and IP.
func (g *Gen) tagged() {
	for _, inner := range []func(wrapper) path{g.inner4, g.inner6} {
		g.through(inner(g.under(etherVLAN, func(ip []byte, _ bool) []byte { return vlan(3, 100, ipEtherType(ip), ip) })))
		g.through(inner(g.under(etherQinQ, func(ip []byte, _ bool) []byte {
			return vlan(0, 200, etherVLAN, vlan(5, 30, ipEtherType(ip), ip))
		})))
		g.through(inner(g.under(etherMPLS, func(ip []byte, _ bool) []byte { return mpls(63, ip, 16004, 24017) })))
		g.through(inner(g.under(etherPPPoE, func(ip []byte, _ bool) []byte { return pppoe(0x1234, ip) })))
	}
	g.through(g.inner4(g.under(etherVLAN, func(ip []byte, _ bool) []byte {
		return vlan(0, 7, etherPPPoE, pppoe(0x0042, ip))
	})))
	g.through(g.inner6(g.under(etherVLAN, func(ip []byte, _ bool) []byte {
		return vlan(0, 8, etherMPLS, mpls(60, ip, 300))
	})))
}

// under wraps into an Ethernet frame with another payload type than IP.
func (g *Gen) under(typ uint16, shim wrapper) wrapper {
	host := macOf(g.client())
	return func(ip []byte, up bool) []byte {
		if up {
			return ether(gatewayMAC, host, typ, shim(ip, up))
		}
		return pad(ether(host, gatewayMAC, typ, shim(ip, up)))
	}
}

// pppoeDiscovery is the finding of an access concentrator (RFC 2516 section 5).
func (g *Gen) pppoeDiscovery() {
	const etherDiscovery = 0x8863
	const initiation, offer, request, confirmation, termination = 0x09, 0x07, 0x19, 0x65, 0xa7
	const serviceName, concentrator, hostUniq = 0x0101, 0x0102, 0x0103
	host, now := macOf(g.client()), g.begin()
	tags := wire{}.u16(serviceName, 0).u16(hostUniq).len16(g.bytes(4))
	named := wire{}.raw(tags).u16(concentrator).len16([]byte("bras1"))
	for _, step := range []struct {
		code     byte
		dst, src mac
		session  uint16
		tags     []byte
	}{
		{initiation, broadcastMAC, host, 0, tags}, {offer, host, gatewayMAC, 0, named},
		{request, gatewayMAC, host, 0, tags}, {confirmation, host, gatewayMAC, 0x1234, tags},
		{termination, host, gatewayMAC, 0x1234, nil},
	} {
		body := wire{}.u8(0x11, step.code).u16(step.session).len16(step.tags)
		g.add(now, pad(ether(step.dst, step.src, etherDiscovery, body)))
		now += 4 * millisecond
	}
}
