package application

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

var messengers = []dpi.Protocol{
	WhatsApp, Telegram, Jabber, IRC, Oscar, MSN, YahooMessenger, GaduGadu, QQ, WeChat, Viber, IMO, Threema, Discord, Zug,
	Paltalk, ApplePush, Kakao, Skype, LineCall,
}

func TestWhatsApp(t *testing.T) {
	recognise(t, messengers, []conversation{
		{name: "with a route", port: 5222, say: []string{clientSays("ED\x00\x01"), clientSays(0, 0, 4, 8, 8, 8, 2)}, want: "whatsapp"},
		{name: "handshake", port: 443, say: []string{clientSays("WA", 5, 2, 0, 1, 2, 0x12, arbitrary(1, 257))}, want: "whatsapp"},
		{name: "older", port: 5222, say: []string{clientSays("WA", 1, 5, 0, 0, 0x18, 0xf8, 5, 1, arbitrary(1, 21))}, want: "whatsapp"},
		{name: "word", port: 5222, say: []string{clientSays("WARNING: no such thing")}, want: "unknown"},
	})
}

func TestTelegram(t *testing.T) {
	request := prototest.Bytes(nulls(8), arbitrary(1, 8), little32(20), arbitrary(2, 20))
	message := arbitrary(3, 8+16+64)
	recognise(t, messengers, []conversation{
		{name: "abridged, no key yet", port: 443, say: []string{clientSays(0xef, len(request)/4, request)}, want: "telegram"},
		{name: "abridged", port: 443, whole: true, want: "telegram", say: []string{
			clientSays(0xef, len(message)/4, message), serverSays(len(message)/4, message),
		}},
		{name: "abridged, long", port: 443, whole: true, want: "telegram", say: []string{
			clientSays(0xef, 0x7f, 0x96, 0, 0, arbitrary(4, 600)), serverSays(len(message)/4, message),
		}},
		{name: "abridged, other answer", port: 443, whole: true, want: "unknown", say: []string{
			clientSays(0xef, len(message)/4, message), serverSays(len(message)/4, message, 0),
		}},
		{name: "intermediate", port: 5222, say: []string{clientSays(uint32(0xeeeeeeee), little32(40), request)}, want: "telegram"},
		{name: "padded", port: 80, say: []string{clientSays(uint32(0xdddddddd), little32(47), request, arbitrary(1, 7))}, want: "telegram"},
		{name: "call", udp: true, port: 597, say: []string{clientSays(arbitrary(1, 16), uint64(1<<64-1), uint64(1<<64-2), nulls(8))}, want: "telegram.telegram_voip"},
		{name: "two runs", port: 80, say: []string{clientSays(uint32(0xeeeedddd), little32(47), request)}, want: "unknown"},
	})
}

func TestJabber(t *testing.T) {
	recognise(t, messengers, []conversation{
		{name: "stream", port: 5222, want: "jabber", say: []string{
			clientSays("<?xml version='1.0'?><stream:stream to='example.org' xmlns='jabber:client'>"),
		}},
		{name: "declaration alone", port: 40001, want: "jabber", say: []string{
			clientSays("<?xml version='1.0' ?>"), clientSays("\n<stream:stream to=\"example.org\">"),
		}},
		{name: "stanza", port: 40001, say: []string{clientSays("<iq type='get' id='a1'><query/></iq>")}, want: "jabber"},
		{name: "end", port: 5222, say: []string{clientSays("</stream:stream>")}, want: "jabber"},
		{name: "gmail", port: 5222, say: []string{clientSays("<stream:stream to=\"gmail.com\" version=\"1.0\">")}, want: "jabber.gtalk"},
		{name: "other XML", port: 5222, say: []string{clientSays("<?xml version='1.0'?><rpc message-id=\"1\">")}, want: "unknown"},
		{name: "binary", port: 5223, whole: true, want: "jabber", say: []string{
			clientSays(0x25, uint16(23), arbitrary(1, 20)), serverSays(0x26, uint16(16), arbitrary(2, 13)),
		}},
		{name: "binary of other lengths", port: 5223, whole: true, want: "unknown", say: []string{
			clientSays(0x25, uint16(23), arbitrary(1, 20)), serverSays(0x26, uint16(17), arbitrary(2, 13)),
		}},
	})
}

// TestJabberTLS holds that the domain is the flow's host and that TLS within
// the stream is found.
func TestJabberTLS(t *testing.T) {
	n := prototest.New(t, Jabber, TLS)
	f := n.TCP(40000, 5222).Up([]byte("<stream:stream to='example.org'>")).Down([]byte("<stream:features/>"))
	hello := prototest.Bytes(uint16(0x0303), arbitrary(1, 32), 0, uint16(2), uint16(0x2f), 1, 0)
	f.Up(prototest.Bytes("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))
	f.Up(prototest.Bytes(0x16, uint16(0x0301), uint16(len(hello)+4), 1, 0, uint16(len(hello)), hello))
	if got := f.Final(); got != "ethernet.ip.tcp.jabber.ssl" {
		t.Errorf("path %s", got)
	}
	if f.Host() != "example.org" {
		t.Errorf("host %q", f.Host())
	}
}

func TestIRC(t *testing.T) {
	recognise(t, messengers, []conversation{
		{name: "client", port: 6667, say: []string{clientSays("NICK someone\r\nUSER someone 0 * :Some One\r\n")}, want: "irc"},
		{name: "server", port: 40001, say: []string{serverSays(":irc.example.org 001 someone :Welcome\r\n:irc.example.org 002 someone :x\r\n")}, want: "irc"},
		{name: "capabilities", port: 40001, say: []string{clientSays("CAP LS 302\r\n")}, want: "irc"},
		{name: "both", port: 40001, say: []string{clientSays("NICK someone\r\n"), serverSays(":a.b NOTICE * :*** Looking up\r\n")}, want: "irc"},
		{name: "files", port: 6667, say: []string{clientSays("USER someone\r\nPASS secret\r\n")}, want: "unknown"},
	})
}

func TestOldMessengers(t *testing.T) {
	flap := func(channel int, number uint16, parts ...any) []byte {
		return prototest.Bytes(0x2a, channel, number, behind(parts...))
	}
	qq := prototest.Bytes(2, 0x17, 0x41, uint16(0x0017), uint16(77), uint32(1234567), arbitrary(1, 20), 3)
	recognise(t, messengers, []conversation{
		{name: "OSCAR opens", port: 5190, say: []string{serverSays(flap(1, 7, uint32(1)))}, want: "oscar"},
		{name: "OSCAR goes on", port: 40001, say: []string{serverSays(flap(2, 7, arbitrary(1, 30)), flap(2, 8, arbitrary(2, 30)))}, want: "oscar"},
		{name: "OSCAR out of order", port: 40001, whole: true, want: "unknown", say: []string{
			serverSays(flap(2, 7, arbitrary(1, 30)), flap(2, 3, arbitrary(2, 30))),
		}},
		{name: "MSN", port: 1863, say: []string{clientSays("VER 1 MSNP15 CVR0\r\n")}, want: "msn"},
		{name: "MSN conversation", port: 40001, say: []string{clientSays("ANS 1 a@example.org 123.456 789\r\n")}, want: "msn"},
		{name: "VER of others", port: 1863, say: []string{clientSays("VER 2.0.1\r\n")}, want: "unknown"},
		{name: "Yahoo", port: 5050, say: []string{clientSays("YMSG", uint16(16), uint16(0), uint16(4), "data")}, want: "yahoomsg"},
		{name: "Gadu-Gadu", port: 8074, say: []string{serverSays(little32(1), little32(4), arbitrary(1, 4)), clientSays(little32(0x31), little32(20), arbitrary(2, 20))}, want: "gadugadu", whole: true},
		{name: "Gadu-Gadu, no login", port: 8074, say: []string{serverSays(little32(1), little32(4), arbitrary(1, 4)), clientSays(little32(0x32), little32(20), arbitrary(2, 20))}, want: "unknown", whole: true},
		{name: "QQ", udp: true, port: 8000, say: []string{clientSays(qq)}, want: "qq"},
		{name: "QQ elsewhere", udp: true, port: 40001, say: []string{clientSays(qq), serverSays(qq)}, want: "qq"},
		{name: "QQ alone", udp: true, port: 40001, say: []string{clientSays(qq)}, want: "unknown"},
		{name: "QQ over TCP", port: 443, say: []string{clientSays(uint16(len(qq)+2), qq)}, want: "qq"},
	})
}

func TestMessengers(t *testing.T) {
	frame := func(n int) []byte { return prototest.Bytes(little16(n), arbitrary(uint32(n), n)) }
	handshake := []string{clientSays(arbitrary(1, 48)), serverSays(arbitrary(2, 80)), clientSays(arbitrary(3, 191))}
	loco := prototest.Bytes(little32(7), little16(0), "CHECKIN", nulls(4), 0, little32(20), arbitrary(1, 20))
	ping := prototest.Bytes(little32(170_000), nulls(4))
	recognise(t, messengers, []conversation{
		{name: "WeChat", port: 8080, say: []string{clientSays(uint32(20), uint16(16), uint16(1), uint32(6), uint32(0xffffffff), "data")}, want: "wechat"},
		{name: "mmtls", port: 443, say: []string{clientSays(0x19, uint16(0xf103), behind(arbitrary(1, 90)), 0x17, uint16(0xf103), behind(arbitrary(2, 50)))}, want: "wechat"},
		{name: "Viber", port: 4244, whole: true, want: "viber", say: []string{
			clientSays(little16(11), uint16(0), arbitrary(1, 7)), serverSays(little16(30), uint16(0), arbitrary(2, 26)),
		}},
		{name: "Viber, one end", port: 4244, whole: true, say: []string{clientSays(little16(11), uint16(0), arbitrary(1, 7))}, want: "viber"},
		{name: "Viber elsewhere", port: 40001, whole: true, say: []string{clientSays(little16(11), uint16(0), arbitrary(1, 7))}, want: "unknown"},
		{name: "Viber, pings", udp: true, port: 7985, want: "viber", say: []string{
			clientSays(uint16(77), little16(3), arbitrary(1, 8)), serverSays(uint16(77), little16(9), arbitrary(2, 16)),
		}},
		{name: "IMO", udp: true, port: 40001, say: []string{clientSays(7), serverSays(0x76), clientSays(9, 2, ping)}, want: "imo"},
		{name: "IMO, relay", udp: true, port: 40001, say: []string{serverSays(0, 9, 3, ping)}, want: "imo"},
		{name: "IMO, far time", udp: true, port: 40001, say: []string{clientSays(9, 2, arbitrary(1, 8))}, want: "unknown"},
		{name: "Threema", port: 5222, whole: true, say: append(handshake, serverSays(arbitrary(4, 32), frame(20))), want: "threema"},
		{name: "Threema, client first", port: 5222, whole: true, say: append(handshake, clientSays(frame(40), frame(60))), want: "threema"},
		{name: "Threema, no frame", port: 5222, whole: true, say: append(handshake, clientSays(arbitrary(5, 100))), want: "unknown"},
		{name: "Discord", udp: true, port: 50003, say: []string{clientSays(uint32(0x00010046), uint32(7), nulls(66))}, want: "discord"},
		{name: "Discord, pings", udp: true, port: 50003, say: []string{serverSays(arbitrary(1, 52)), clientSays(uint32(0x1337cafe), little32(9))}, want: "discord"},
		{name: "zug", udp: true, port: 19000, say: []string{clientSays("\x00zUG\x10", arbitrary(1, 3), uint16(40), arbitrary(2, 42))}, want: "zug"},
		{name: "Paltalk", port: 5001, whole: true, say: []string{clientSays(arbitrary(1, 8), uint32(0x00020001), arbitrary(2, 4), uint32(0x5afdffff))}, want: "paltalk"},
		{name: "Kakao, keys", port: 40001, say: []string{clientSays(little32(256), little32(12), little32(2), arbitrary(1, 256))}, want: "kakao"},
		{name: "Kakao", port: 40001, say: []string{clientSays(loco)}, want: "kakao"},
		{name: "Skype", udp: true, port: 40001, want: "skype.skype_teams_call", say: []string{
			clientSays(uint16(0x1234), 2, arbitrary(1, 30)), serverSays(uint16(0x1234), 0x57, 192, 0, 2, 1, uint32(9)),
		}},
		{name: "Skype, other number", udp: true, port: 40001, want: "unknown", say: []string{
			clientSays(uint16(0x1234), 2, arbitrary(1, 30)), serverSays(uint16(0x1235), 0x57, 192, 0, 2, 1, uint32(9)),
		}},
		{name: "Skype, several", udp: true, port: 40001, want: "skype.skype_teams_call", say: []string{
			clientSays(uint16(0x1234), 2, arbitrary(1, 30)), clientSays(uint16(0x5678), 2, arbitrary(1<<20, 30)), clientSays(uint16(0x9abc), 13),
		}},
		{name: "Skype, the same again", udp: true, port: 40001, want: "unknown", say: []string{
			clientSays(uint16(0x1234), 2, arbitrary(1, 30)), clientSays(uint16(0x1234), 2, arbitrary(1, 30)), clientSays(uint16(0x1234), 2, arbitrary(1, 30)),
		}},
		{name: "LINE, control", udp: true, port: 40001, say: []string{clientSays(0xb6, 7, uint16(4), arbitrary(1, 4))}, want: "line_call"},
		{name: "LINE, counters", udp: true, port: 40001, say: lineCounters(), want: "line_call"},
	})
}

// lineCounters makes packets of both ends whose fourth bytes count.
func lineCounters() (say []string) {
	for i := range 4 {
		say = append(say, clientSays(arbitrary(uint32(i)*1000003, 3), 9+i, arbitrary(1, 40)), serverSays(arbitrary(uint32(90+i)*1000003, 3), 100+i, arbitrary(2, 40)))
	}
	return say
}

// TestApplePush holds that TLS on the port is Apple's with an address of Apple's
// only.
func TestApplePush(t *testing.T) {
	n := prototest.New(t, ApplePush, TLS)
	record := prototest.Bytes(0x17, uint16(0x0303), behind(arbitrary(1, 60)))
	client := netip.MustParseAddrPort("10.0.0.1:40000")
	for server, want := range map[string]string{
		"17.1.2.3:5223":              "ethernet.ip.tcp.ssl.apple_push",
		"[2620:149:a44::1]:5223":     "ethernet.ipv6.tcp.ssl.apple_push",
		"192.0.2.1:5223":             "ethernet.ip.tcp.ssl",
		"17.1.2.3:443":               "ethernet.ip.tcp.ssl",
		"[2001:db8:2620:149::]:5223": "ethernet.ipv6.tcp.ssl",
	} {
		to := netip.MustParseAddrPort(server)
		from := client
		if to.Addr().Is6() {
			from = netip.MustParseAddrPort("[2001:db8::1]:40000")
		}
		if got := n.TCPBetween(from, to).Up(record, record).Down(record, record).Final(); got != want {
			t.Errorf("%s: path %s, want %s", server, got, want)
		}
	}
}
