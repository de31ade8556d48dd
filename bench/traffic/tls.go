package traffic

import "crypto/ed25519"

const portHTTPS = 443

// TLS record types (RFC 8446 section 5.1).
const (
	recordCipherChange = 20
	recordAlert        = 21
	recordHandshake    = 22
	recordData         = 23
)

// tls is the scenario of RFC 5246 and RFC 8446.
func tls(g *Gen) {
	for range 3 {
		g.https12(clientHello{name: pick(g, sites), alpn: alpnHTTP2, version: tls12})
		g.https13(clientHello{name: pick(g, sites), alpn: alpnHTTP2})
	}
	g.https12(clientHello{name: pick(g, sites), version: tls12})
	g.https13(clientHello{name: pick(g, sites), alpn: alpnHTTP1, session: g.bytes(32), hybrid: true})
	g.https12(clientHello{version: tls12})
	g.tlsResumed(clientHello{version: tls10, session: g.bytes(32)})
	g.tlsResumed(clientHello{name: pick(g, sites), version: tls12, session: g.bytes(32)})
	g.tlsRefused()
	g.tlsTinySegments()
	g.tlsTwoRecords()
}

// https12 and https13 are whole conversations on a new connection.
func (g *Gen) https12(h clientHello) {
	c := g.dial(g.to(h.host()), portHTTPS)
	g.tls12(c, h)
	c.close()
}

func (g *Gen) https13(h clientHello) {
	c := g.dial(g.to(h.host()), portHTTPS)
	g.tls13(c, h)
	c.close()
}

// host is the server's name even where the hello does not tell it.
func (h clientHello) host() string {
	if h.name == "" {
		return "www.example.net"
	}
	return h.name
}

func record(typ byte, version uint16, payload []byte) wire {
	return wire{}.u8(typ).u16(version).len16(payload)
}

// secret is a record whose content nobody can read.
func (g *Gen) secret(typ byte, n int) wire { return record(typ, tls12, g.bytes(n)) }

// cipherChange is the whole record that announces encryption.
func cipherChange(version uint16) wire { return record(recordCipherChange, version, []byte{1}) }

// tls12 is a full handshake with ECDHE and Ed25519, some data and the closing
// alerts, on an open connection.
func (g *Gen) tls12(c *conn, h clientHello) {
	hello := h.build(g)
	c.request(record(recordHandshake, tls10, hello))
	serverHello := g.serverHello12(h, g.bytes(32))
	c.reply(record(recordHandshake, tls12, serverHello).
		raw(record(recordHandshake, tls12, handshake(11, g.chain(h.host())))).
		raw(record(recordHandshake, tls12, g.serverKey(h, hello, serverHello))).
		raw(record(recordHandshake, tls12, handshake(14, nil))))
	c.request(record(recordHandshake, tls12, handshake(16, wire{}.len8(g.x25519()))).
		raw(cipherChange(tls12)).raw(g.secret(recordHandshake, 40)))
	ticket := handshake(4, wire{}.u32(7200).len16(g.bytes(176)))
	c.reply(record(recordHandshake, tls12, ticket).raw(cipherChange(tls12)).raw(g.secret(recordHandshake, 40)))
	g.tlsData(c)
	c.request(g.secret(recordAlert, 26))
}

// serverKey is a ServerKeyExchange whose signature holds (RFC 8422 section 5.4).
func (g *Gen) serverKey(h clientHello, clientHello, serverHello wire) wire {
	params := wire{}.u8(3).u16(groupX25519).len8(g.x25519())
	randoms := wire{}.raw(clientHello[6:38]).raw(serverHello[6:38])
	signature := ed25519.Sign(g.identity(h.host()).key, randoms.raw(params))
	return handshake(12, params.u16(schemeEd25519).len16(signature))
}

// tls13 is a full handshake, of which only the hellos can be read, and data.
func (g *Gen) tls13(c *conn, h clientHello) {
	if h.session == nil {
		h.session = g.bytes(32)
	}
	c.request(record(recordHandshake, tls10, h.build(g)))
	g.tls13Answer(c, h)
}

// tls13Answer is all that follows the ClientHello.
func (g *Gen) tls13Answer(c *conn, h clientHello) {
	c.reply(record(recordHandshake, tls12, g.serverHello13(h)).raw(cipherChange(tls12)).
		raw(g.secret(recordData, g.between(1900, 3200))))
	c.request(cipherChange(tls12).raw(g.secret(recordData, 53)))
	g.tlsData(c)
	c.request(g.secret(recordData, 19))
}

// tlsData is a few requests and responses of a browser.
func (g *Gen) tlsData(c *conn) {
	c.request(g.secret(recordData, g.between(90, 140)))
	for range g.between(1, 3) {
		c.request(g.secret(recordData, g.between(60, 700)))
		c.reply(g.secret(recordData, g.between(40, 120)).raw(g.secret(recordData, g.size())))
		c.ackNow(true)
		c.wait(g.between(1, 200))
	}
}

// tlsResumed is an abbreviated handshake (RFC 5246 section 7.3), without
// certificates.
func (g *Gen) tlsResumed(h clientHello) {
	c := g.dial(g.to(h.host()), portHTTPS)
	c.request(record(recordHandshake, tls10, h.build(g)))
	finished := record(recordHandshake, h.version, g.bytes(40))
	c.reply(record(recordHandshake, h.version, g.serverHello12(h, h.session)).raw(cipherChange(h.version)).raw(finished))
	c.request(cipherChange(h.version).raw(finished))
	c.request(record(recordData, h.version, g.bytes(400)))
	c.reply(record(recordData, h.version, g.bytes(3000)))
	c.end(false)
}

// tlsRefused ends in a fatal alert in clear: unrecognized name.
func (g *Gen) tlsRefused() {
	h := clientHello{name: "unknown.example.net", version: tls12}
	c := g.dial(g.to(h.name), portHTTPS)
	c.request(record(recordHandshake, tls10, h.build(g)))
	c.reply(record(recordAlert, tls12, []byte{2, 112}))
	c.end(false)
}

// tlsTinySegments sends the ClientHello in pieces of 60 bytes, so that the
// name spreads over segments.
func (g *Gen) tlsTinySegments() {
	h := clientHello{name: "www.wikipedia.org", alpn: alpnHTTP2}
	c := g.dial(g.to(h.name), portHTTPS)
	mss := c.mss
	c.mss = 60
	h.session = g.bytes(32)
	c.request(record(recordHandshake, tls10, h.build(g)))
	c.mss = mss
	g.tls13Answer(c, h)
	c.close()
}

// tlsTwoRecords cuts the ClientHello into two records.
func (g *Gen) tlsTwoRecords() {
	h := clientHello{name: "www.openstreetmap.org", alpn: alpnHTTP2, session: g.bytes(32)}
	c := g.dial(g.to(h.name), portHTTPS)
	hello := h.build(g)
	c.request(record(recordHandshake, tls10, hello[:90]).raw(record(recordHandshake, tls10, hello[90:])))
	g.tls13Answer(c, h)
	c.close()
}
