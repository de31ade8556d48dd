package application

import (
	"net/netip"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

func TestRoutingProtocols(t *testing.T) {
	route := prototest.Bytes(uint16(2), uint16(0), []byte{10, 0, 0, 0}, uint32(0), uint32(0), uint32(1))
	rip := prototest.Bytes(2, 2, uint16(0), route)
	ripng := prototest.Bytes(2, 1, uint16(0), make([]byte, 16), uint16(0), 64, 1)
	bgpMessage := strings.Repeat("\xff", 16)
	initiation := prototest.Bytes(3, uint32(6+4+6+4+5), 4, uint16(2), behind("router"), uint16(1), behind("IOS 1"))
	monitoring := prototest.Bytes(3, uint32(6+42+23), 0, make([]byte, 42), bgpMessage, uint16(23), 2, uint32(0))
	recognise(t, []dpi.Protocol{RIP, RIPng, BGP, BMP, RPKIRTR}, []conversation{
		{name: "BMP", port: 11019, say: []string{clientSays(initiation, monitoring)}, want: "bgp_bmp"},
		{name: "BMP, joined later", port: 5000, say: []string{clientSays(monitoring)}, want: "bgp_bmp"},
		{name: "BMP, broken element", port: 11019, say: []string{clientSays(initiation[:8], uint16(99), initiation[10:])}, want: "unknown"},
		{name: "RPKI to router", port: 323, say: []string{clientSays(1, 2, uint16(0), uint32(8)), serverSays(1, 3, uint16(7), uint32(8))}, want: "rpki_rtr"},
		{name: "RPKI to router, wrong length", port: 323, say: []string{clientSays(1, 2, uint16(0), uint32(9))}, want: "unknown"},
		{name: "RIP", udp: true, port: 520, say: []string{clientSays(rip)}, want: "rip"},
		{name: "RIP, broken entry", udp: true, port: 520, say: []string{clientSays(rip[:20])}, want: "unknown"},
		{name: "RIP, metric beyond infinity", udp: true, port: 520, say: []string{clientSays(rip[:23], 99)}, want: "unknown"},
		{name: "RIPng", udp: true, port: 521, say: []string{clientSays(ripng)}, want: "ripng"},
		{name: "RIPng, prefix too long", udp: true, port: 521, say: []string{clientSays(ripng[:22], 200, 1)}, want: "unknown"},
		{name: "BGP", port: 179, say: []string{clientSays(bgpMessage, uint16(19), 4)}, want: "bgp"},
		{name: "BGP, another port", port: 10179, say: []string{clientSays(bgpMessage, uint16(19), 4)}, want: "bgp"},
		{name: "BGP, no such type", port: 179, say: []string{clientSays(bgpMessage, uint16(19), 44)}, want: "unknown"},
	})
}

func TestGatewayRedundancy(t *testing.T) {
	hsrp1 := prototest.Bytes(0, 0, 16, 3, 10, 120, 1, 0, "cisco\x00\x00\x00", []byte{10, 0, 0, 1})
	hsrp2 := prototest.Bytes(1, 40, 2, 0, make([]byte, 38))
	glbp := prototest.Bytes(1, 0, uint16(1), uint16(0), "\x02\x00\x00\x00\x00\x01", 1, 28, make([]byte, 26))
	all := []dpi.Protocol{HSRP, GLBP}
	recognise(t, all, datagrams("hsrp", 1985, map[string][]byte{"version 1": hsrp1, "version 2": hsrp2, "interface state": prototest.Bytes(2, 4, 0, 0, 0, 1)}))
	recognise(t, all, datagrams("hsrp", 2029, map[string][]byte{"IPv6's port": hsrp2}))
	recognise(t, all, datagrams("unknown", 1985, map[string][]byte{"two states": prototest.Bytes(0, 0, 3, hsrp1[3:]), "wrong length": hsrp2[:30]}))
	recognise(t, all, datagrams("glbp", 3222, map[string][]byte{"hello": glbp}))
	recognise(t, all, datagrams("unknown", 3222, map[string][]byte{"cut": glbp[:30]}))
}

func TestBFD(t *testing.T) {
	control := prototest.Bytes(0x20, 0xc0, 3, 24, make([]byte, 20))
	recognise(t, []dpi.Protocol{BFD}, datagrams("bfd", 3784, map[string][]byte{"control": control}))
	recognise(t, []dpi.Protocol{BFD}, datagrams("unknown", 3784, map[string][]byte{"wrong length": append(control[:24:24], 0), "version 5": prototest.Bytes(0xa0, control[1:])}))
	n := prototest.New(t, BFD)
	self, other := netip.MustParseAddrPort("10.0.0.1:49152"), netip.MustParseAddrPort("10.0.0.2:49152")
	echo := netip.MustParseAddrPort("10.0.0.1:3785")
	if got := n.UDPBetween(self, echo).Up(make([]byte, 12)).Final(); got != "ethernet.ip.udp.bfd" {
		t.Errorf("echo: path %s", got)
	}
	if got := n.UDPBetween(other, echo).Up(make([]byte, 12)).Final(); got != "ethernet.ip.udp.unknown" {
		t.Errorf("not an echo: path %s", got)
	}
}

func TestLabelsAndLocators(t *testing.T) {
	ldp := prototest.Bytes(uint16(1), uint16(30), []byte{10, 0, 0, 1}, uint16(0), uint16(0x0100), uint16(20), make([]byte, 20))
	register := prototest.Bytes(0x30, 0, 1, 1, uint64(0x1234), make([]byte, 40))
	inner := prototest.IP4(1, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), make([]byte, 8))
	reliable := prototest.Bytes(uint16(0x14), uint16(15), uint32(0), "\x00\x00\x00", uint32(lispEnd))
	dlep := prototest.Bytes("DLEP", uint16(1), uint16(5), uint16(4), behind(0))
	session := prototest.Bytes(uint16(1), uint16(12), uint16(5), behind(uint32(60000)), uint16(2), uint16(0))
	hip := prototest.Bytes(uint32(0), 59, 4, 1, 0x11, make([]byte, 36))
	wccp := prototest.Bytes(uint32(10), uint16(0x0200), uint16(4), uint16(0), uint16(0))
	all := []dpi.Protocol{LDP, LISP, DLEP, HIP, WCCP}
	recognise(t, all, []conversation{
		{name: "LDP", udp: true, port: 646, say: []string{clientSays(ldp)}, want: "ldp"},
		{name: "LDP, TCP", port: 646, say: []string{clientSays(ldp)}, want: "ldp"},
		{name: "LDP, message too long", udp: true, port: 646, say: []string{clientSays(ldp[:12], uint16(99), ldp[14:])}, want: "unknown"},
		{name: "LISP register", udp: true, port: 4342, say: []string{clientSays(register)}, want: "lisp"},
		{name: "LISP, too many records", udp: true, port: 4342, say: []string{clientSays(0x30, 0, 1, 200, register[4:])}, want: "unknown"},
		{name: "LISP data", udp: true, port: 4341, say: []string{clientSays(uint64(0), inner)}, want: "lisp"},
		{name: "LISP data, not IP", udp: true, port: 4341, say: []string{clientSays(make([]byte, 60))}, want: "unknown"},
		{name: "LISP over TCP", port: 4342, say: []string{serverSays(reliable)}, want: "lisp"},
		{name: "LISP over TCP, no end", port: 4342, say: []string{serverSays(reliable[:11], uint32(0))}, want: "unknown"},
		{name: "DLEP signal", udp: true, port: 854, say: []string{clientSays(dlep)}, want: "dlep"},
		{name: "DLEP message", port: 854, say: []string{clientSays(session)}, want: "dlep"},
		{name: "DLEP, broken item", port: 854, say: []string{clientSays(session[:6], uint16(99), session[8:])}, want: "unknown"},
		{name: "HIP", udp: true, port: 10500, say: []string{clientSays(hip)}, want: "hip"},
		{name: "HIP, wrong length", udp: true, port: 10500, say: []string{clientSays(hip, 0)}, want: "unknown"},
		{name: "WCCP", udp: true, port: 2048, say: []string{clientSays(wccp)}, want: "wccp"},
		{name: "WCCP, wrong length", udp: true, port: 2048, say: []string{clientSays(wccp, 0)}, want: "unknown"},
	})
}

func TestPortMapping(t *testing.T) {
	all := []dpi.Protocol{NATPMP, PCP}
	recognise(t, all, datagrams("nat_pmp", 5351, map[string][]byte{"address": {0, 0}, "mapping": prototest.Bytes(0, 1, make([]byte, 10)), "answer": prototest.Bytes(0, 128, make([]byte, 10))}))
	recognise(t, all, datagrams("pcp", 5351, map[string][]byte{"mapping": prototest.Bytes(2, 1, make([]byte, 58))}))
	recognise(t, all, datagrams("unknown", 5351, map[string][]byte{"wrong length": {0, 1, 0}, "version 9": prototest.Bytes(9, 1, make([]byte, 58))}))
}

func TestISAKMP(t *testing.T) {
	ike := prototest.Bytes(uint64(0x1c1869f6d29ba0cc), uint64(0), 33, 0x20, 34, 8, uint32(0), uint32(40), make([]byte, 12))
	ike1 := prototest.Bytes(uint64(0x1c1869f6d29ba0cc), uint64(0), 1, 0x10, 2, 0, uint32(0), uint32(40), make([]byte, 12))
	odd := prototest.Bytes(uint64(0x1c1869f6d29ba0cc), uint64(0), 1, 0x10, 99, 0, uint32(0), uint32(40), make([]byte, 12))
	esp := func(spi, sequence uint32) string {
		return clientSays(spi, sequence, "0123456789abcdef0123456789abcdef")
	}
	recognise(t, []dpi.Protocol{ISAKMP}, []conversation{
		{name: "IKEv2", udp: true, port: 500, say: []string{clientSays(ike)}, want: "isakmp"},
		{name: "IKEv1", udp: true, port: 500, say: []string{clientSays(ike1)}, want: "isakmp"},
		{name: "behind NAT", udp: true, port: 4500, say: []string{clientSays(uint32(0), ike)}, want: "isakmp"},
		{name: "another port", udp: true, port: 10500, say: []string{clientSays(ike)}, want: "isakmp"},
		{name: "another port, cut", udp: true, port: 10500, say: []string{clientSays(ike[:30])}, want: "unknown"},
		{name: "no such exchange", udp: true, port: 500, say: []string{clientSays(odd)}, want: "unknown"},
		{name: "ESP", udp: true, port: 4500, say: []string{esp(0xc0ffee00, 1), esp(0xc0ffee00, 2)}, want: "ipsec"},
		{name: "keepalive", udp: true, port: 4500, say: []string{clientSays(0xff)}, want: "ipsec"},
		{name: "noise", udp: true, port: 4500, say: []string{esp(0xc0ffee00, 1), esp(0xc0ffee00, 77777)}, want: "unknown"},
		{name: "TCP", port: 4500, say: []string{clientSays("IKETCP", behind(uint32(0), ike))}, want: "isakmp"},
	})
}

func TestSOCKS(t *testing.T) {
	connect := clientSays(5, 1, 0, 3, 15, "www.example.org", uint16(80))
	v4 := clientSays(4, 1, uint16(80), []byte{192, 0, 2, 7}, "user", 0)
	recognise(t, []dpi.Protocol{SOCKS}, []conversation{
		{name: "version 5", port: 1080, whole: true, say: []string{clientSays(5, 1, 0), serverSays(5, 0), connect}, want: "socks"},
		{name: "version 5, another port", port: 9050, whole: true, say: []string{clientSays(5, 1, 0), serverSays(5, 0), connect}, want: "socks"},
		{name: "version 5, client only", port: 9050, whole: true, say: []string{clientSays(5, 1, 2), clientSays(1, 1, "u", 1, "p"), connect}, want: "socks"},
		{name: "version 5, server only", port: 9050, whole: true, say: []string{serverSays(5, 2), serverSays(1, 0), serverSays(5, 0, 0, 1, uint32(0), uint16(0))}, want: "socks"},
		{name: "version 5, no answer", port: 9050, whole: true, say: []string{clientSays(5, 1, 0)}, want: "unknown"},
		{name: "version 5, a method not offered", port: 9050, whole: true, say: []string{clientSays(5, 1, 0), serverSays(5, 2)}, want: "unknown"},
		{name: "version 4", port: 1080, whole: true, say: []string{v4}, want: "socks"},
		{name: "version 4, another port", port: 9050, whole: true, say: []string{v4, serverSays(0, 0x5a, make([]byte, 6))}, want: "socks"},
		{name: "version 4, odd answer", port: 9050, whole: true, say: []string{v4, serverSays(0, 0x99, make([]byte, 6))}, want: "unknown"},
	})
	n := prototest.New(t, SOCKS)
	if got := n.TCP(40000, 1080).Up([]byte{5, 1, 0}).Down([]byte{5, 0}).Up([]byte(connect[1:])).Host(); got != "www.example.org" {
		t.Errorf("version 5: host %q", got)
	}
	v4a := prototest.Bytes(4, 1, uint16(80), []byte{0, 0, 0, 1}, 0, "www.example.org", 0)
	if got := n.TCP(40000, 1080).Up(v4a).Host(); got != "www.example.org" {
		t.Errorf("version 4A: host %q", got)
	}
}

func TestHAProxy(t *testing.T) {
	text := "PROXY TCP4 192.0.2.1 192.0.2.2 52176 443\r\n"
	binary := prototest.Bytes("\r\n\r\n\x00\r\nQUIT\n", 0x21, 0x11, uint16(12), make([]byte, 12))
	recognise(t, []dpi.Protocol{HAProxy}, []conversation{
		{name: "version 1", port: 443, say: []string{">" + text}, want: "haproxy"},
		{name: "version 1, then HTTP", port: 80, say: []string{">" + text + "GET / HTTP/1.1\r\n"}, want: "haproxy"},
		{name: "version 2", port: 443, say: []string{clientSays(binary)}, want: "haproxy"},
		{name: "version 3", port: 443, say: []string{clientSays(binary[:12], 0x31, binary[13:])}, want: "unknown"},
		{name: "other", port: 443, say: []string{">PROXY WHAT\r\n"}, want: "unknown"},
	})
}

// TestTLSBehindProxy: the hello may come in a packet of its own.
func TestTLSBehindProxy(t *testing.T) {
	hello := record(22, clientHello(sni("c.example.org")))
	text := []byte("PROXY TCP4 192.0.2.1 192.0.2.2 52176 443\r\n")
	n := prototest.New(t, HAProxy, SOCKS, TLS)
	flow := n.TCP(40000, 443).Up(text).Up(hello)
	if got, path := flow.Host(), flow.Path(); got != "c.example.org" || path != "ethernet.ip.tcp.haproxy.ssl" {
		t.Errorf("HAProxy: host %q, path %q", got, path)
	}
	flow = n.TCP(40001, 1080).Up([]byte{5, 1, 0}).Down([]byte{5, 0}).Up([]byte{5, 1, 0, 1, 192, 0, 2, 7, 1, 187}).Down([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}).Up(hello)
	if got, path := flow.Host(), flow.Path(); got != "c.example.org" || path != "ethernet.ip.tcp.socks.ssl" {
		t.Errorf("SOCKS: host %q, path %q", got, path)
	}
}
