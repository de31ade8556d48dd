package traffic

import "crypto/ecdh"

// TLS protocol versions.
const (
	tls10 = 0x0301
	tls12 = 0x0303
	tls13 = 0x0304
)

// TLS named groups and the signature scheme of Ed25519 (RFC 8446 section 4.2).
const (
	groupX25519   = 29
	groupP256     = 23
	groupHybrid   = 4588 // X25519MLKEM768
	hybridShare   = 1184 + 32
	schemeEd25519 = 0x0807
)

// TLS handshake types.
const (
	helloClient = 1
	helloServer = 2
)

var (
	alpnHTTP2 = []string{"h2", "http/1.1"}
	alpnHTTP1 = []string{"http/1.1"}
	alpnHTTP3 = []string{"h3"}
)

// clientHello says what a ClientHello offers.
type clientHello struct {
	name    string // of the server (SNI), none where empty
	alpn    []string
	version uint16 // highest on offer; zero means TLS 1.3
	session []byte // to be resumed
	hybrid  bool   // a post-quantum key share, too big for one segment
	quic    []byte // transport parameters (RFC 9001 section 8.2)
}

// handshake builds a handshake message.
func handshake(typ byte, body []byte) wire { return wire{}.u8(typ).len24(body) }

// extension builds a TLS extension.
func extension(typ uint16, body []byte) wire { return wire{}.u16(typ).len16(body) }

// grease is a reserved value that must be ignored (RFC 8701).
func (g *Gen) grease() uint16 { return uint16(g.rng.IntN(16))<<4*0x101 | 0x0a0a }

// x25519 returns a new public key.
func (g *Gen) x25519() []byte {
	key, _ := ecdh.X25519().NewPrivateKey(g.bytes(32)) // fails for other lengths only
	return key.PublicKey().Bytes()
}

func (h clientHello) is13() bool { return h.version == 0 || h.version == tls13 }

// build makes the handshake message.
func (h clientHello) build(g *Gen) wire {
	body := wire{}.u16(min(h.top(), tls12)).raw(g.bytes(32)).len8(h.session)
	body = body.len16(h.ciphers(g)).u8(1, 0)
	return handshake(helloClient, body.len16(h.extensions(g)))
}

func (h clientHello) top() uint16 {
	if h.is13() {
		return tls13
	}
	return h.version
}

func (h clientHello) ciphers(g *Gen) wire {
	if h.quic != nil {
		return wire{}.u16(0x1301, 0x1302, 0x1303)
	}
	list := wire{}
	if h.is13() {
		list = list.u16(g.grease(), 0x1301, 0x1302, 0x1303)
	}
	return list.u16(0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035)
}

func (h clientHello) extensions(g *Gen) wire {
	var w wire
	if h.is13() && h.quic == nil {
		w = w.raw(extension(g.grease(), nil))
	}
	w = w.raw(extServerName(h.name)).
		raw(extension(10, wire{}.len16(h.groups()))).raw(extALPN(h.alpn))
	if h.quic == nil {
		w = w.raw(extension(23, nil)).raw(extension(0xff01, []byte{0})).
			raw(extension(11, []byte{1, 0})).raw(extension(35, nil)).raw(extension(5, []byte{1, 0, 0, 0, 0}))
	}
	if h.version != tls10 {
		schemes := wire{}.u16(schemeEd25519, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501)
		w = w.raw(extension(13, wire{}.len16(schemes)))
	}
	if h.is13() {
		w = w.raw(h.extensions13(g))
	}
	return w
}

// extensions13 are those of TLS 1.3 and QUIC.
func (h clientHello) extensions13(g *Gen) wire {
	versions := wire{}.u16(tls13)
	if h.quic == nil {
		versions = wire{}.u16(g.grease(), tls13, tls12)
	}
	w := extension(43, wire{}.len8(versions)).raw(extension(45, []byte{1, 1}))
	var shares wire
	if h.hybrid {
		shares = shares.u16(groupHybrid).len16(g.bytes(hybridShare))
	}
	shares = shares.u16(groupX25519).len16(g.x25519())
	w = w.raw(extension(51, wire{}.len16(shares)))
	if h.quic != nil {
		w = w.raw(extension(57, h.quic))
	}
	return w
}

func (h clientHello) groups() wire {
	if h.hybrid {
		return wire{}.u16(groupHybrid, groupX25519, groupP256)
	}
	return wire{}.u16(groupX25519, groupP256, 24)
}

// extServerName is the extension of RFC 6066 section 3, empty without a name.
func extServerName(name string) wire {
	if name == "" {
		return nil
	}
	return extension(0, wire{}.len16(wire{}.u8(0).len16([]byte(name))))
}

// extALPN is the extension of RFC 7301, empty without protocols.
func extALPN(protocols []string) wire {
	if len(protocols) == 0 {
		return nil
	}
	var list wire
	for _, p := range protocols {
		list = list.len8([]byte(p))
	}
	return extension(16, wire{}.len16(list))
}

// serverHello12 answers in TLS 1.2 or older with the ID of a session, and
// promises a ticket (RFC 5077 section 3.2) where the session is new.
func (g *Gen) serverHello12(h clientHello, session []byte) wire {
	ext := extension(0xff01, []byte{0}).raw(extension(23, nil))
	if len(h.alpn) > 0 {
		ext = ext.raw(extALPN(h.alpn[:1]))
	}
	if h.session == nil {
		ext = ext.raw(extension(35, nil))
	}
	cipher := uint16(0xc02b)
	if h.version == tls10 {
		cipher = 0xc009
	}
	return handshake(helloServer, wire{}.u16(h.top()).raw(g.bytes(32)).len8(session).
		u16(cipher).u8(0).len16(ext))
}

// serverHello13 answers in TLS 1.3 with a key share.
func (g *Gen) serverHello13(h clientHello) wire {
	share := wire{}.u16(groupX25519).len16(g.x25519())
	if h.hybrid {
		share = wire{}.u16(groupHybrid).len16(g.bytes(1088 + 32))
	}
	ext := extension(43, wire{}.u16(tls13)).raw(extension(51, share))
	return handshake(helloServer, wire{}.u16(tls12).raw(g.bytes(32)).len8(h.session).
		u16(0x1301).u8(0).len16(ext))
}
