package traffic

// quic is the scenario of RFC 9000, RFC 9001 and RFC 9369.
func quic(g *Gen) {
	for range 3 {
		g.quicVisit(pick(g, sites))
	}
	g.quicScattered("www.youtube.com")
	g.quicTwoInitials("www.google.com")
	g.quicRetry("www.facebook.com")
	g.quicVersion2("www.cloudflare.com")
	g.quicNegotiation("www.instagram.com")
}

// Frame types (RFC 9000 section 19).
const (
	quicPing   = 0x01
	quicACK    = 0x02
	quicCrypto = 0x06
)

const (
	quicDatagram = 1200 // least size of a datagram with an Initial packet
	quicTag      = 16   // length of what authenticates a packet
)

// quicLink is a connection with its IDs.
type quicLink struct {
	*talk
	version  quicVersion
	keyID    []byte // what the Initial keys derive from
	serverID []byte // what the client addresses
	clientID []byte
	token    []byte
	number   uint16 // of the client's next Initial packet
}

func (g *Gen) quicLink(host string, v quicVersion) *quicLink {
	id := g.bytes(8)
	return &quicLink{talk: g.talk(g.to(host), portHTTPS), version: v, keyID: id, serverID: id, clientID: g.bytes(5)}
}

// varint encodes a number of at most 30 bits (RFC 9000 section 16).
func (w wire) varint(v int) wire {
	switch {
	case v < 1<<6:
		return w.u8(byte(v))
	case v < 1<<14:
		return w.u16(0x4000 | uint16(v))
	}
	return w.u32(0x80000000 | uint32(v))
}

// hello is the ClientHello with transport parameters.
func (l *quicLink) hello(host string, hybrid bool) wire {
	params := wire{}.varint(0x01).len8(wire{}.varint(30000)).varint(0x04).len8(wire{}.varint(15728640)).
		varint(0x05).len8(wire{}.varint(6291456)).varint(0x08).len8(wire{}.varint(100)).
		varint(0x09).len8(wire{}.varint(103)).varint(0x0f).len8(l.clientID)
	return clientHello{name: host, alpn: alpnHTTP3, quic: params, hybrid: hybrid}.build(l.g)
}

func cryptoFrame(offset int, data []byte) wire {
	return wire{}.u8(quicCrypto).varint(offset).varint(len(data)).raw(data)
}

// longHeader is what all long packets begin with.
func (l *quicLink) longHeader(typ byte, to, from []byte) wire {
	return wire{}.u8(0xc0 | typ).u32(l.version.number).len8(to).len8(from)
}

// initialHeader is the header of an Initial packet around n bytes of frames.
func (l *quicLink) initialHeader(up bool, number uint16, n int) wire {
	to, from, token := l.clientID, l.serverID, []byte(nil)
	if up {
		to, from, token = l.serverID, l.clientID, l.token
	}
	const twoByteNumber = 1
	return l.longHeader(l.version.initial|twoByteNumber, to, from).varint(len(token)).raw(token).
		u16(0x4000 | uint16(2+n+quicTag)).u16(number)
}

// initial builds a protected Initial packet.
func (l *quicLink) initial(up bool, number uint16, frames wire) wire {
	header := l.initialHeader(up, number, len(frames))
	return l.version.initialKeys(l.keyID, up).protect(header, number, frames)
}

// sendInitial sends frames, padded so that the datagram has the least size.
func (l *quicLink) sendInitial(frames wire) {
	overhead := len(l.initialHeader(true, l.number, 0)) + quicTag
	l.ask(l.initial(true, l.number, frames.zero(max(0, quicDatagram-overhead-len(frames)))))
	l.number++
}

// opaqueHandshake and opaqueData are packets of later encryption levels, which
// nobody can read: with a long header and with a short one.
func (l *quicLink) opaqueHandshake(up bool, n int) wire {
	to, from := l.clientID, l.serverID
	if up {
		to, from = from, to
	}
	return l.longHeader(l.version.handshake|byte(l.g.rng.IntN(16)), to, from).u16(0x4000 | uint16(n)).raw(l.g.bytes(n))
}

func (l *quicLink) opaqueData(up bool, n int) wire {
	to := l.clientID
	if up {
		to = l.serverID
	}
	return wire{}.u8(0x40 | byte(l.g.rng.IntN(64))).raw(to).raw(l.g.bytes(n))
}

// established is all that follows the client's first flight: the server's
// hello with an ID of its own, certificates, and data.
func (l *quicLink) established() {
	g := l.g
	l.serverID = g.bytes(8)
	hello := g.serverHello13(clientHello{})
	frames := wire{}.u8(quicACK).varint(int(l.number)-1).u8(0, 0).varint(int(l.number) - 1).raw(cryptoFrame(0, hello))
	first := l.initial(false, 0, frames)
	l.answer(first.raw(l.opaqueHandshake(false, quicDatagram-len(first)-22)))
	l.answer(l.opaqueHandshake(false, 900))
	acknowledge := wire{}.u8(quicACK, 0, 0, 0, 0)
	l.sendInitial(acknowledge)
	l.ask(l.opaqueHandshake(true, 74).raw(l.opaqueData(true, 60)))
	for range g.between(1, 4) {
		l.ask(l.opaqueData(true, g.between(60, 400)))
		for range g.between(1, 4) {
			l.answer(l.opaqueData(false, g.between(200, 1220)))
		}
		l.ask(l.opaqueData(true, 24))
		l.wait(g.between(1, 100))
	}
}

// quicVisit is the usual connection.
func (g *Gen) quicVisit(host string) {
	l := g.quicLink(host, quicV1)
	l.sendInitial(cryptoFrame(0, l.hello(host, false)))
	l.established()
}

// quicScattered cuts the ClientHello into frames in disorder, with pings and
// padding between them.
func (g *Gen) quicScattered(host string) {
	l := g.quicLink(host, quicV1)
	hello := l.hello(host, false)
	a, b := 40, len(hello)*2/3
	l.sendInitial(cryptoFrame(b, hello[b:]).u8(quicPing).raw(cryptoFrame(0, hello[:a])).zero(7).
		u8(quicPing).raw(cryptoFrame(a, hello[a:b])))
	l.established()
}

// quicTwoInitials has a ClientHello too big for one datagram.
func (g *Gen) quicTwoInitials(host string) {
	l := g.quicLink(host, quicV1)
	hello := l.hello(host, true)
	const first = 1100
	l.sendInitial(cryptoFrame(0, hello[:first]))
	l.sendInitial(cryptoFrame(first, hello[first:]))
	l.established()
}

// quicRetry must prove its address with a token; the keys change with the
// server's new ID.
func (g *Gen) quicRetry(host string) {
	l := g.quicLink(host, quicV1)
	hello := l.hello(host, false)
	l.sendInitial(cryptoFrame(0, hello))
	original := l.serverID
	l.serverID, l.token = g.bytes(8), g.bytes(48)
	retry := l.longHeader(quicRetryType, l.clientID, l.serverID).raw(l.token)
	l.answer(retry.raw(retryTag(original, retry)))
	l.keyID = l.serverID
	l.sendInitial(cryptoFrame(0, hello))
	l.established()
}

// quicVersion2 is a connection of RFC 9369.
func (g *Gen) quicVersion2(host string) {
	l := g.quicLink(host, quicV2)
	l.sendInitial(cryptoFrame(0, l.hello(host, false)))
	l.established()
}

// quicNegotiation begins with a version that does not exist (RFC 9000 section
// 15), is told those that do, and starts again.
func (g *Gen) quicNegotiation(host string) {
	unknown := quicVersion{number: 0x1a2a3a4a, salt: quicV1.salt, label: quicV1.label}
	l := g.quicLink(host, unknown)
	l.sendInitial(cryptoFrame(0, l.hello(host, false)))
	l.version.number = 0
	l.answer(l.longHeader(0, l.clientID, l.serverID).u32(quicV1.number, quicV2.number))
	again := g.quicLink(host, quicV1)
	again.path, again.now = l.path, l.now+millisecond
	again.sendInitial(cryptoFrame(0, again.hello(host, false)))
	again.established()
}
