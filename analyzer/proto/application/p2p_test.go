package application

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

var sharing = []dpi.Protocol{
	BitTorrent, Gnutella, EDonkey, DirectConnect, FastTrack, Soulseek, AppleJuice, Ares, StealthNet, Pando, Kontiki, PPLive,
	PPStream, SopCast, TVAnts, Thunder, Socrates, Syncthing, IPFS, Freenet, I2P,
}

var coins = []dpi.Protocol{Bitcoin, Litecoin, Bitmessage, Monero, Ethereum, Nano, Mining}

// btHello makes the handshake of a peer.
func btHello() []byte { return prototest.Bytes(btHandshake, nulls(8), arbitrary(1, 40)) }

// utp makes a packet of uTP with an extension chain and a payload.
func utp(kind, first int, connection, seq, ack uint16, rest ...any) []byte {
	return prototest.Bytes(kind<<4|1, first, connection, uint32(77777), uint32(4444), uint32(1<<20), seq, ack, prototest.Bytes(rest...))
}

func TestBitTorrent(t *testing.T) {
	exchange := conversation{name: "after a key exchange", port: 6881, whole: true, want: "bittorrent", say: []string{
		clientSays(arbitrary(1, 198)), serverSays(arbitrary(2, 424)), clientSays(arbitrary(3, 300)), serverSays(btHello()),
	}}
	late := conversation{name: "handshake after text", port: 6881, whole: true, want: "unknown", say: []string{
		clientSays("some text that is no key exchange, but long enough to be one if it were not text at all, is it not, so it is"),
		serverSays(btHello()[1:]),
	}}
	recognise(t, sharing, []conversation{exchange, late,
		{name: "peers", port: 51413, say: []string{clientSays(btHello()), serverSays(btHello())}, want: "bittorrent"},
		{name: "only the server", port: 40001, say: []string{serverSays(btHello())}, want: "bittorrent"},
		{name: "messages", port: 40001, whole: true, want: "bittorrent", say: []string{
			clientSays(uint32(5), 4, uint32(17), uint32(5), 4, uint32(9), uint32(1), 1),
		}},
		{name: "extensions", port: 40001, whole: true, want: "bittorrent", say: []string{
			clientSays(uint32(40), 20, 0, "d1:md6:ut_pexi1ee1:v5:test0e"),
		}},
		{name: "messages that do not end", port: 40001, whole: true, want: "unknown", say: []string{
			clientSays(uint32(5), 4, uint32(17), uint32(5), 4, uint32(9), uint32(1), 1, 0),
		}},
	})
}

func TestBitTorrentDatagrams(t *testing.T) {
	recognise(t, sharing, []conversation{
		{name: "query", udp: true, port: 6881, say: []string{clientSays("d1:ad2:id20:", arbitrary(1, 20), "e1:q4:ping1:t2:aa1:y1:qe")}, want: "bittorrent"},
		{name: "response", udp: true, port: 40001, say: []string{clientSays("d2:ip6:", arbitrary(1, 6), "1:rd2:id20:", arbitrary(2, 20), "e1:t2:aa1:y1:re")}, want: "bittorrent"},
		{name: "other dictionary", udp: true, port: 40001, say: []string{clientSays("d3:foo3:bar5:helloi12345ee")}, want: "unknown"},
		{name: "tracker, connect", udp: true, port: 80, say: []string{clientSays(uint64(udpTrackerMagic), uint32(0), arbitrary(1, 4))}, want: "bittorrent"},
		{name: "tracker, announce", udp: true, port: 80, want: "bittorrent", say: []string{
			clientSays(arbitrary(1, 8), uint32(1), arbitrary(2, 4+20+20+24), uint32(2), uint32(0), uint32(7), uint32(0xffffffff), uint16(6881)),
		}},
		{name: "local", udp: true, port: 6771, say: []string{clientSays("BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n")}, want: "bittorrent"},
		{name: "uTP opens", udp: true, port: 40001, want: "bittorrent", say: []string{
			clientSays(0x41, 0, uint16(100), uint32(77), uint32(0), uint32(0), uint16(1), uint16(0)),
		}},
		{name: "uTP handshake", udp: true, port: 40001, say: []string{clientSays(utp(0, 1, 100, 2, 9, 0, 4, uint32(0), btHello()))}, want: "bittorrent"},
		{name: "uTP goes on", udp: true, port: 40001, want: "bittorrent", say: []string{
			clientSays(utp(0, 0, 100, 500, 900, arbitrary(1, 30))), serverSays(utp(2, 1, 101, 901, 500, 0, 4, uint32(0))),
		}},
		{name: "uTP of other numbers", udp: true, port: 40001, want: "unknown", say: []string{
			clientSays(utp(0, 0, 100, 500, 900, arbitrary(1, 30))), serverSays(utp(2, 0, 105, 901, 500)),
		}},
		{name: "uTP extension too long", udp: true, port: 40001, want: "unknown", say: []string{
			clientSays(utp(0, 1, 100, 500, 900, 0, 200)), serverSays(utp(2, 0, 101, 901, 500)),
		}},
	})
}

func TestGnutella(t *testing.T) {
	hello := func(suites ...any) []byte {
		body := prototest.Bytes(uint16(0x0303), arbitrary(1, 32), 0, prototest.Bytes(suites...), 1, 0)
		return prototest.Bytes(0x16, uint16(0x0301), uint16(len(body)+4), 1, 0, uint16(len(body)), body)
	}
	message := func(kind, ttl int, payload []byte) []byte {
		return prototest.Bytes(arbitrary(1, 16), kind, ttl, 0, little32(uint32(len(payload))), payload)
	}
	recognise(t, sharing, []conversation{
		{name: "handshake", port: 6346, say: []string{clientSays("GNUTELLA CONNECT/0.6\r\n"), serverSays("GNUTELLA/0.6 200 OK\r\n")}, want: "gnutella"},
		{name: "giv", port: 40001, say: []string{clientSays("GIV 123:0123456789ABCDEFabcdef0123456789/file\n\n")}, want: "gnutella"},
		{name: "other giv", port: 40001, say: []string{clientSays("GIV x")}, want: "unknown"},
		{name: "download", port: 6346, say: []string{clientSays("GET /uri-res/N2R?urn:sha1:ABC HTTP/1.1\r\n")}, want: "http.gnutella"},
		{name: "anonymous TLS", port: 40001, whole: true, say: []string{clientSays(hello(uint16(2), uint16(0x34)))}, want: "ssl.gnutella"},
		{name: "other TLS", port: 40001, whole: true, say: []string{clientSays(hello(uint16(2), uint16(0x2f)))}, want: "unknown"},
		{name: "ping", udp: true, port: 40001, say: []string{clientSays(message(0, 1, nil))}, want: "gnutella"},
		{name: "query", udp: true, port: 40001, say: []string{clientSays(message(0x80, 4, []byte("\x00\x00words\x00")))}, want: "gnutella"},
		{name: "too far", udp: true, port: 40001, say: []string{clientSays(message(0x80, 99, []byte("\x00\x00words\x00")))}, want: "unknown"},
		{name: "Gnutella2", udp: true, port: 6346, say: []string{clientSays("GND\x02", uint16(7), 1, 1, "packet")}, want: "gnutella"},
	})
}

func TestEDonkey(t *testing.T) {
	message := func(proto, kind int, parts ...any) []byte {
		b := prototest.Bytes(parts...)
		return prototest.Bytes(proto, little32(uint32(len(b)+1)), kind, b)
	}
	hash := prototest.Bytes(arbitrary(1, 5), 14, arbitrary(2, 8), 111, 0)
	recognise(t, sharing, []conversation{
		{name: "hello", port: 4662, say: []string{clientSays(message(0xe3, 1, 16, hash, arbitrary(3, 20)))}, want: "edonkey"},
		{name: "login", port: 4661, say: []string{clientSays(message(0xe3, 1, hash, arbitrary(3, 20)))}, want: "edonkey"},
		{name: "two messages", port: 40001, say: []string{clientSays(message(0xe3, 0x58, arbitrary(1, 16)), message(0xc5, 0x92, arbitrary(2, 16)))}, want: "edonkey"},
		{name: "unknown protocol", port: 4662, say: []string{clientSays(message(0xe9, 0x58, arbitrary(1, 16)))}, want: "unknown"},
		{name: "server status", udp: true, port: 4665, say: []string{clientSays(0xe3, 0x96, arbitrary(1, 4))}, want: "edonkey"},
		{name: "server status elsewhere", udp: true, port: 40001, want: "edonkey", say: []string{
			clientSays(0xe3, 0x96, arbitrary(1, 4)), serverSays(0xe3, 0x97, arbitrary(2, 30)),
		}},
		{name: "Kad bootstrap", udp: true, port: 40001, say: []string{clientSays(0xe4, 1), serverSays(0xe4, 9, arbitrary(1, 40))}, want: "edonkey"},
		{name: "Kad contacts", udp: true, port: 40001, say: []string{clientSays(0xe4, 0x29, arbitrary(1, 16), 1, arbitrary(2, 24), 8)}, want: "edonkey"},
		{name: "Kad search", udp: true, port: 4672, say: []string{clientSays(0xe4, 0x21, 2, arbitrary(1, 32))}, want: "edonkey"},
		{name: "Kad without an answer", udp: true, port: 40001, say: []string{clientSays(0xe4, 1), serverSays(0xe4, 0x33, arbitrary(1, 40))}, want: "unknown"},
	})
}

func TestSharing(t *testing.T) {
	text := func(s string) []byte { return prototest.Bytes(little32(uint32(len(s))), s) }
	framed := func(parts ...any) []byte {
		b := prototest.Bytes(parts...)
		return prototest.Bytes(little32(uint32(len(b))), b)
	}
	login := framed(little32(1), text("someone"), text("secret"), little32(160), text("0123456789abcdef0123456789abcdef"), little32(1))
	recognise(t, sharing, []conversation{
		{name: "hub", port: 411, say: []string{serverSays("$Lock EXTENDEDPROTOCOLABC Pk=Hub|")}, want: "directconnect"},
		{name: "ADC", port: 40001, say: []string{clientSays("HSUP ADBASE ADTIGR\n")}, want: "directconnect"},
		{name: "search result", udp: true, port: 412, say: []string{clientSays("$SR nick path\\file\x05123 1/2\x05Hub (192.0.2.1:411)|")}, want: "directconnect"},
		{name: "ADC result", udp: true, port: 40001, want: "directconnect", say: []string{
			clientSays("URES ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFG FN/x\n"),
		}},
		{name: "KaZaA file", port: 1214, say: []string{clientSays("GET /.hash=0123456789abcdef HTTP/1.1\r\n")}, want: "http.fasttrack"},
		{name: "KaZaA give", port: 1214, say: []string{clientSays("GIVE 123456\r\n\r\n")}, want: "fasttrack"},
		{name: "KaZaA ping", udp: true, port: 1214, say: []string{clientSays(0x27, uint32(0xa9), 0x80, "KaZaA\x00")}, want: "fasttrack"},
		{name: "Soulseek login", port: 2242, say: []string{clientSays(login)}, want: "soulseek"},
		{name: "Soulseek peer", port: 40001, say: []string{clientSays(framed(1, text("someone"), text("P"), little32(5)))}, want: "soulseek"},
		{name: "Soulseek firewall", port: 2234, say: []string{clientSays(framed(0, little32(5)))}, want: "soulseek"},
		{name: "no Soulseek peer", port: 40001, say: []string{clientSays(framed(1, text("someone"), text("X"), little32(5)))}, want: "unknown"},
		{name: "appleJuice", port: 40001, say: []string{clientSays("ajprot\r\n")}, want: "applejuice"},
		{name: "Ares", port: 40001, say: []string{clientSays("GET sha1:abcdef")}, want: "ares"},
		{name: "StealthNet", port: 40001, say: []string{clientSays("LARS REGENSBURGER'S FILE SHARING PROTOCOL 0.2")}, want: "stealthnet"},
		{name: "Pando", port: 40001, say: []string{clientSays("\x0ePando protocol")}, want: "pando"},
		{name: "multistream", port: 4001, say: []string{clientSays("\x13/multistream/1.0.0\n")}, want: "ipfs"},
		{name: "Freenet", port: 9481, say: []string{clientSays("ClientHello\nName=x\n")}, want: "freenet"},
		{name: "I2P", port: 7656, say: []string{clientSays("HELLO VERSION MIN=3.1 MAX=3.3\n")}, want: "i2p"},
		{name: "Kontiki", udp: true, port: 40001, say: []string{clientSays(uint32(0x02010100))}, want: "kontiki"},
		{name: "Kontiki long", udp: true, port: 40001, say: []string{clientSays(2, arbitrary(1, 11), uint32(0x4e4))}, want: "kontiki"},
		{name: "PPLive", udp: true, port: 40001, say: []string{clientSays(uint32(0xe9034101), uint32(0x98ab0102), arbitrary(1, 30))}, want: "pplive"},
		{name: "PPLive over TCP", port: 40001, say: []string{clientSays(little32(38), uint32(0xe9034101), uint32(0x98ab0102), arbitrary(1, 30))}, want: "pplive"},
		{name: "PPStream", udp: true, port: 17788, say: []string{clientSays(little16(20), "D", arbitrary(1, 9), "PPStream")}, want: "ppstream"},
		{name: "PPStream, two", udp: true, port: 17788, want: "ppstream", say: []string{
			clientSays(little16(20), "C", arbitrary(1, 21)), serverSays(little16(30), "C", arbitrary(2, 27)),
		}},
		{name: "PPStream over TCP", port: 40001, say: []string{clientSays("PSProtocol\x00", nulls(50))}, want: "ppstream"},
		{name: "SopCast", udp: true, port: 40001, say: []string{clientSays(uint16(0xffff), 1, arbitrary(1, 5), 2, 0xff, uint16(44), nulls(40))}, want: "sopcast"},
		{name: "TVAnts", udp: true, port: 40001, say: []string{clientSays(4, 0, 7, 0, little16(58), uint16(0), arbitrary(1, 40), "TVANTS", nulls(4))}, want: "tvants"},
		{name: "TVAnts over TCP", port: 40001, say: []string{clientSays(4, 0, 7, 0, little16(20), uint16(0), "TVANTS", nulls(6))}, want: "tvants"},
		{name: "Thunder", port: 40001, whole: true, say: []string{clientSays(little32(0x3b), little32(1), little32(30), arbitrary(1, 30))}, want: "thunder"},
		{name: "Thunder over UDP", udp: true, port: 15000, want: "thunder", say: []string{
			clientSays(little32(0x32), arbitrary(1, 20)), serverSays(little32(0x32), arbitrary(2, 20)),
		}},
		{name: "Socrates", udp: true, port: 40001, say: []string{clientSays(0xfe, 9, "socrates", 5)}, want: "socrates"},
		{name: "Socrates over TCP", port: 40001, say: []string{clientSays(0xfe, 9, uint32(16), "socrates", 0, 5)}, want: "socrates"},
		{name: "Syncthing", udp: true, port: 21027, say: []string{clientSays(uint32(0x2ea7d90b), arbitrary(1, 40))}, want: "syncthing"},
		{name: "Syncthing relay", port: 22067, say: []string{clientSays(uint32(0x9e79bc40), uint32(0), uint32(0))}, want: "syncthing"},
	})
}

func TestCoins(t *testing.T) {
	coin := func(magic uint32, command string, n int) []byte {
		return prototest.Bytes(magic, command, nulls(12-len(command)), little32(uint32(n)), arbitrary(1, 4+n))
	}
	list := prototest.Bytes(0xf8, 60, arbitrary(1, 60))
	handshake := func(seed uint32, n int) []byte { return prototest.Bytes(uint16(n+1), 4, arbitrary(seed, n)) }
	stratum := func(s string) []string { return []string{clientSays(s + "\n")} }
	recognise(t, coins, []conversation{
		{name: "Bitcoin", port: 40001, say: []string{clientSays(coin(0xf9beb4d9, "version", 85))}, want: "bitcoin"},
		{name: "Bitcoin test network", port: 18333, say: []string{clientSays(coin(0x0b110907, "version", 85))}, want: "bitcoin"},
		{name: "Bitcoin later", port: 8333, whole: true, say: []string{clientSays(arbitrary(1, 100)), clientSays(coin(0xf9beb4d9, "inv", 37))}, want: "bitcoin"},
		{name: "capital letters", port: 40001, say: []string{clientSays(coin(0xf9beb4d9, "VERSION", 85))}, want: "unknown"},
		{name: "Litecoin", port: 9333, say: []string{clientSays(coin(0xfbc0b6db, "version", 85))}, want: "litecoin"},
		{name: "Bitmessage", port: 8444, say: []string{clientSays(coin(0xe9beb4d9, "version", 85))}, want: "bitmessage"},
		{name: "Monero", port: 18080, say: []string{clientSays(levinMagic, little32(262), nulls(20))}, want: "monero"},
		{name: "discovery", udp: true, port: 30303, say: []string{clientSays(arbitrary(1, 96), 1, 1, list)}, want: "ethereum"},
		{name: "discovery cut", udp: true, port: 30303, say: []string{clientSays(arbitrary(1, 96), 1, 1, list[:40])}, want: "unknown"},
		{name: "RLPx", port: 40001, whole: true, say: []string{clientSays(handshake(1, 400)), serverSays(handshake(2, 380))}, want: "ethereum"},
		{name: "RLPx before EIP-8", port: 40001, whole: true, say: []string{clientSays(4, arbitrary(1, 306)), serverSays(4, arbitrary(2, 209))}, want: "ethereum"},
		{name: "Nano", port: 7075, say: []string{clientSays("RC", 20, 20, 18, 10, uint16(0x0500), arbitrary(1, 32))}, want: "nano"},
		{name: "Nano over UDP", udp: true, port: 7075, say: []string{clientSays("RC", 18, 18, 17, 2, uint16(0), arbitrary(1, 144))}, want: "nano"},
		{name: "Nano of no version", udp: true, port: 7075, say: []string{clientSays("RC", 18, 19, 17, 2, uint16(0), arbitrary(1, 144))}, want: "unknown"},
		{name: "Bitcoin's pool", port: 3333, say: stratum(`{"id": 1, "method": "mining.subscribe", "params": []}`), want: "mining"},
		{name: "Ethereum's pool", port: 40001, say: stratum(`{"worker": "eth1.0", "jsonrpc": "2.0", "params": ["0x0", "x"], "id": 2, "method": "eth_submitLogin"}`), want: "mining"},
		{name: "Monero's pool", port: 40001, say: stratum(`{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4x","pass":"x","agent":"miner/1.0"}}`), want: "mining"},
		{name: "other JSON", port: 3333, say: stratum(`{"id":1,"jsonrpc":"2.0","method":"getinfo","params":{}}`), want: "unknown"},
	})
}
