package application

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

var private = []dpi.Protocol{
	WireGuard, CloudflareWARP, Tailscale, OpenVPN, SoftEther, Tinc, ZeroTier, PPTP, TeamViewer, RustDesk, LagoFast,
	Mudfish,
}

// clock is the time of the packets of package prototest, in seconds.
const clock = 1_700_000_000

func TestWireGuard(t *testing.T) {
	data := func(receiver, counter uint32) []byte {
		return prototest.Bytes(little32(4), receiver, little32(counter), nulls(4), arbitrary(counter, 32))
	}
	disco := prototest.Bytes("TS\xf0\x9f\x92\xac", arbitrary(1, 80))
	recognise(t, private, []conversation{
		{name: "initiation", udp: true, port: 40001, say: []string{clientSays(little32(1), arbitrary(1, 144))}, want: "wireguard"},
		{name: "response", udp: true, port: 40001, say: []string{serverSays(little32(2), arbitrary(1, 88))}, want: "wireguard"},
		{name: "cookie", udp: true, port: 40001, say: []string{serverSays(little32(3), arbitrary(1, 60))}, want: "wireguard"},
		{name: "data", udp: true, port: 40001, say: []string{clientSays(data(9, 5)), clientSays(data(9, 6))}, want: "wireguard"},
		{name: "data to others", udp: true, port: 40001, say: []string{clientSays(data(9, 5)), clientSays(data(8, 6))}, want: "unknown"},
		{name: "data that counts back", udp: true, port: 40001, say: []string{clientSays(data(9, 5)), clientSays(data(9, 4))}, want: "unknown"},
		{name: "longer handshake", udp: true, port: 51820, want: "wireguard", say: []string{
			clientSays(little32(1), uint32(77), arbitrary(1, 196)), serverSays(little32(2), uint32(88), uint32(77), arbitrary(2, 88)),
		}},
		{name: "longer handshake of others", udp: true, port: 51820, want: "unknown", say: []string{
			clientSays(little32(1), uint32(77), arbitrary(1, 196)), serverSays(little32(2), uint32(88), uint32(78), arbitrary(2, 88)),
		}},
		{name: "WARP", udp: true, port: 2408, want: "wireguard.cloudflare_warp", say: []string{
			clientSays(1, 7, 8, 9, uint32(77), arbitrary(1, 140)), serverSays(2, 7, 8, 9, uint32(88), uint32(77), arbitrary(2, 80)),
		}},
		{name: "Tailscale", udp: true, port: 40001, say: []string{clientSays(disco)}, want: "tailscale"},
		{name: "Tailscale later", udp: true, port: 40001, say: []string{clientSays(little32(1), arbitrary(1, 144)), clientSays(disco)}, want: "tailscale"},
	})
}

func TestOpenVPN(t *testing.T) {
	const session = uint64(0x1122334455667788)
	const other = uint64(0x99aabbccddeeff00)
	client := prototest.Bytes(0x38, session, 0, uint32(0))
	server := prototest.Bytes(0x40, other, 1, uint32(0), session, uint32(0))
	signed := prototest.Bytes(0x38, session, arbitrary(1, 20), uint32(1), uint32(clock), 0, uint32(0))
	signedServer := prototest.Bytes(0x40, other, arbitrary(1, 64), uint32(1), uint32(clock), 1, uint32(0), session, uint32(0))
	sealed := prototest.Bytes(0x38, session, uint32(1), uint32(clock), arbitrary(1, 37))
	sealedAge := prototest.Bytes(0x38, session, uint32(1), uint32(clock-1_000_000), arbitrary(1, 37))
	clientKey := prototest.Bytes(0x50, session, uint32(0x0f000001), uint32(clock), arbitrary(1, 330))
	ack := prototest.Bytes(0x28, session, 1, uint32(5), other)
	control := prototest.Bytes(0x20, other, 0, uint32(6), arbitrary(1, 100))
	recognise(t, private, []conversation{
		{name: "bare", udp: true, port: 40001, say: []string{clientSays(client)}, want: "openvpn"},
		{name: "bare, server", udp: true, port: 40001, say: []string{serverSays(server)}, want: "openvpn"},
		{name: "signed", udp: true, port: 40001, say: []string{clientSays(signed)}, want: "openvpn"},
		{name: "signed, server", udp: true, port: 40001, say: []string{serverSays(signedServer)}, want: "openvpn"},
		{name: "encrypted", udp: true, port: 40001, say: []string{clientSays(sealed)}, want: "openvpn"},
		{name: "encrypted long ago", udp: true, port: 40001, say: []string{clientSays(sealedAge)}, want: "unknown"},
		{name: "key of the client", udp: true, port: 40001, say: []string{clientSays(clientKey)}, want: "openvpn"},
		{name: "in the middle", udp: true, port: 40001, say: []string{clientSays(control), serverSays(ack)}, want: "openvpn"},
		{name: "in the middle of others", udp: true, port: 40001, say: []string{clientSays(control[:1], arbitrary(9, 100)), serverSays(ack)}, want: "unknown"},
		{name: "over TCP", port: 443, say: []string{clientSays(behind(client)), serverSays(behind(server))}, want: "openvpn"},
		{name: "signed over TCP", port: 443, say: []string{clientSays(behind(signed))}, want: "openvpn"},
	})
}

func TestTunnels(t *testing.T) {
	hello := prototest.Bytes(arbitrary(1, 18), 0, arbitrary(2, 8), 1, 12, 1, 10, uint16(2), uint64(clock*1000), arbitrary(3, 60))
	recognise(t, private, []conversation{
		{name: "address", udp: true, port: 5004, say: []string{clientSays("A"), serverSays("IP=192.0.2.1,PORT=1234")}, want: "softether"},
		{name: "values", udp: true, port: 5004, want: "softether", say: []string{
			clientSays(uint32(2), uint32(10), "host_name", uint32(2), uint32(1), uint32(3), "vpn"),
		}},
		{name: "letter only", udp: true, port: 5004, say: []string{clientSays("A"), serverSays("B")}, want: "unknown"},
		{name: "tinc", port: 655, say: []string{clientSays("0 alpha 17.7\n"), serverSays("0 beta 17\n")}, want: "tinc"},
		{name: "tinc of no version", port: 655, say: []string{clientSays("0 alpha beta\n")}, want: "unknown"},
		{name: "ZeroTier", udp: true, port: 9993, say: []string{clientSays(hello)}, want: "zerotier"},
		{name: "ZeroTier encrypted", udp: true, port: 9993, say: []string{clientSays(arbitrary(1, 137))}, want: "unknown"},
		{name: "PPTP", port: 1723, say: []string{clientSays(uint16(156), uint16(1), uint32(0x1a2b3c4d), uint16(1), nulls(146))}, want: "pptp"},
		{name: "TeamViewer 1", port: 5938, say: []string{clientSays(0x17, 0x24, 0x0a, little16(32), nulls(32))}, want: "teamviewer"},
		{name: "TeamViewer 2", port: 40001, say: []string{clientSays(0x11, 0x30, 0x36, 0, little32(24), nulls(16+24))}, want: "teamviewer"},
		{name: "TeamViewer cut", port: 40001, whole: true, say: []string{clientSays(0x17, 0x24, 0x0a, little16(32), nulls(33))}, want: "unknown"},
		{name: "TeamViewer over UDP", udp: true, port: 40001, say: []string{clientSays(nulls(8), uint16(7), 3, 0x17, 0x24, 0x47, nulls(20))}, want: "teamviewer"},
		{name: "RustDesk", udp: true, port: 21116, say: []string{clientSays(0x32, 13, 0x0a, 9, "123456789", 0x10, 1)}, want: "rustdesk"},
		{name: "RustDesk, no number", udp: true, port: 21116, say: []string{clientSays(0x32, 13, 0x0a, 9, "12345678x", 0x10, 1)}, want: "unknown"},
		{name: "RustDesk, discovery", udp: true, port: 21119, say: []string{clientSays(0xb2, 1, 6, 0x0a, 4, "ping")}, want: "rustdesk"},
		{name: "RustDesk over TCP", port: 40001, say: []string{clientSays(15<<2, 0x42, 13, 0x0a, 9, "123456789", 0x10, 1)}, want: "rustdesk"},
		{name: "LagoFast", udp: true, port: 40001, say: []string{clientSays(uint32(0x006e5d03), uint16(20), arbitrary(1, 20))}, want: "lagofast"},
		{name: "Mudfish", port: 40001, say: []string{clientSays("UN v2\r\n")}, want: "mudfish"},
		{name: "Mudfish ping", udp: true, port: 10007, say: []string{clientSays("P"), serverSays("P")}, want: "mudfish"},
		{name: "Mudfish ping alone", udp: true, port: 10007, say: []string{clientSays("P"), serverSays("Q")}, want: "unknown"},
	})
}

// TestTincData holds that the datagrams of two hosts are told by their meta
// connection, and nobody else's.
func TestTincData(t *testing.T) {
	n := prototest.New(t, private...)
	end := func(host byte, port uint16) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, host}), port)
	}
	n.TCPBetween(end(1, 40000), end(2, 655)).Up([]byte("0 alpha 17\n"))
	for _, c := range []struct {
		a, b netip.AddrPort
		want string
	}{
		{end(1, 655), end(2, 655), "ethernet.ip.udp.tinc"},
		{end(2, 655), end(1, 1024), "ethernet.ip.udp.tinc"},
		{end(1, 655), end(3, 655), "ethernet.ip.udp.unknown"},
		{end(1, 1000), end(2, 1000), "ethernet.ip.udp.unknown"},
	} {
		if got := n.UDPBetween(c.a, c.b).Up(arbitrary(5, 100)).Final(); got != c.want {
			t.Errorf("%v to %v: path %s, want %s", c.a, c.b, got, c.want)
		}
	}
}
