package traffic

import "net/netip"

// path is a pair of hosts and the way their packets are framed. "Up" is from
// client to server everywhere.
type path struct {
	client, server netip.Addr
	wrap           wrapper // nil for plain Ethernet
}

// wrapper puts an IP packet into all that surrounds it on the wire.
type wrapper func(ip []byte, up bool) []byte

// ends returns source and destination of a direction.
func (p path) ends(up bool) (src, dst netip.Addr) {
	if up {
		return p.client, p.server
	}
	return p.server, p.client
}

func (p path) frame(ip []byte, up bool) []byte {
	if p.wrap != nil {
		return p.wrap(ip, up)
	}
	src, dst := p.ends(up)
	frame := frameIP(src, dst, ip)
	if up {
		return frame
	}
	return pad(frame)
}

// to is the path from a new client to a host on the Internet, over IPv4 or, in
// one of five cases, IPv6.
func (g *Gen) to(name string) path {
	if g.chance(20) {
		return path{client: g.client6(), server: server6(name)}
	}
	return g.to4(name)
}

func (g *Gen) to4(name string) path { return path{client: g.client(), server: server(name)} }

// local is the path from a new client to a host of its own network.
func (g *Gen) local() path {
	host := g.client()
	return path{client: host, server: g.neighbour(host)}
}

// talk is a conversation between two ports with a clock of its own. The
// capture is taken close to the client: answers of the server come after a
// round trip, those of the client at once.
type talk struct {
	g *Gen
	path
	clientPort, serverPort uint16
	now, rtt               int64 // ns
	up                     bool  // direction of the last packet
}

// talk starts a conversation with a port of the server.
func (g *Gen) talk(p path, serverPort uint16) *talk {
	rtt := int64(g.between(300, 60_000)) * microsecond
	return &talk{g: g, path: p, clientPort: g.port(), serverPort: serverPort, now: g.begin(), rtt: rtt, up: true}
}

// wait lets time pass, in milliseconds.
func (t *talk) wait(ms int) { t.now += int64(ms) * millisecond }

// step moves the clock to the next packet in that direction.
func (t *talk) step(up bool) {
	switch {
	case up == t.up:
		t.now += int64(t.g.between(4, 40)) * microsecond
	case up:
		t.now += int64(t.g.between(30, 400)) * microsecond
	default:
		t.now += t.rtt + int64(t.g.between(0, 500))*microsecond
	}
	t.up = up
}

func (t *talk) ports(up bool) (src, dst uint16) {
	if up {
		return t.clientPort, t.serverPort
	}
	return t.serverPort, t.clientPort
}

// ip builds the IP packet of a direction around a transport segment.
func (t *talk) ip(up bool, proto byte, segment []byte) wire {
	src, dst := t.ends(up)
	if src.Is6() {
		h := ip6{src: src, dst: dst, proto: proto, hopLimit: t.ttl(up), flowLabel: uint32(t.clientPort) * 7}
		return h.build(segment)
	}
	h := ip4{src: src, dst: dst, proto: proto, ttl: t.ttl(up), id: t.g.nextID()}
	if proto == protoTCP {
		h.frag = dontFragment
	}
	return h.build(segment)
}

// ttl is what is left of the usual 64 where the capture is taken.
func (t *talk) ttl(up bool) byte {
	if t.server.IsLinkLocalMulticast() {
		return 255
	}
	if up {
		return 64
	}
	return 64 - t.server.As16()[15]%20
}

// emit adds an IP packet now.
func (t *talk) emit(up bool, proto byte, segment []byte) {
	t.g.add(t.now, t.frame(t.ip(up, proto, segment), up))
}

// send adds finished IP packets of the client one after the other.
func (t *talk) send(packets ...wire) {
	for _, p := range packets {
		t.step(true)
		t.g.add(t.now, t.frame(p, true))
	}
}

// say sends a UDP datagram.
func (t *talk) say(up bool, payload []byte) {
	t.step(up)
	src, dst := t.ends(up)
	srcPort, dstPort := t.ports(up)
	t.emit(up, protoUDP, udp(src, dst, srcPort, dstPort, payload))
}

// ask and answer are say in one direction; exchange is both.
func (t *talk) ask(payload []byte)    { t.say(true, payload) }
func (t *talk) answer(payload []byte) { t.say(false, payload) }

func (t *talk) exchange(question, reply []byte) {
	t.ask(question)
	t.answer(reply)
}
