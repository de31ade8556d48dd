package network_test

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
	"mmt/analyzer/proto/network"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

var (
	addr1 = netip.MustParseAddr("10.0.0.1")
	addr2 = netip.MustParseAddr("10.0.0.2")
	six1  = netip.MustParseAddr("2001:db8::1")
	six2  = netip.MustParseAddr("2001:db8::2")

	datagram = prototest.UDPDatagram(1000, 2000, []byte("hello"))
)

func newNet(t testing.TB, attributes ...string) *prototest.Net {
	t.Helper()
	n := prototest.New(t, network.IP, network.IPv6, network.ICMP, network.ICMPv6, network.GRE, network.ERSPAN, network.AH,
		network.ESP, network.EtherIP, network.OSPF, link.PPP, link.VLAN, link.MPLS)
	n.Register(attributes...)
	return n
}

func expect(t *testing.T, n *prototest.Net, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := n.Value(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
}

// header returns an IPv4 packet with a changed field.
func header(change func(b []byte)) []byte {
	b := prototest.IP4(17, addr1, addr2, datagram)
	change(b)
	return b
}

// withOptions returns an IPv4 packet with options, a multiple of four bytes.
func withOptions(options []byte, payload []byte) []byte {
	b := prototest.IP4(17, addr1, addr2, prototest.Bytes(options, payload))
	b[0] += byte(len(options) / 4)
	return b
}

// extended returns an IPv6 packet with headers before the payload; first is the
// kind of the first of them.
func extended(first byte, headers ...any) []byte {
	return prototest.IP6(first, six1, six2, prototest.Bytes(headers...))
}

func TestPaths(t *testing.T) {
	join := prototest.Bytes
	ip4 := func(proto byte, payload []byte) []byte {
		return prototest.Frame(0x0800, prototest.IP4(proto, addr1, addr2, payload))
	}
	six := func(b []byte) []byte { return prototest.Frame(0x86dd, b) }
	inner, inner6 := prototest.IP4(17, addr2, addr1, datagram), prototest.IP6(17, six2, six1, datagram)
	gre := func(flags, protocol uint16, rest ...any) []byte {
		return ip4(47, join(flags, protocol, join(rest...)))
	}
	ah := func(next byte, payload []byte) []byte {
		return join(next, byte(4), uint16(0), uint32(1), uint32(2), make([]byte, 12), payload)
	}
	ethernet := prototest.Frame(0x0800, inner)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"options", prototest.Frame(0x0800, withOptions([]byte{1, 1, 1, 0}, datagram)), "ethernet.ip.udp.unknown"},
		{"length 0", prototest.Frame(0x0800, header(func(b []byte) { b[2], b[3] = 0, 0 })), "ethernet.ip.udp.unknown"},
		{"length beyond the frame", prototest.Frame(0x0800, header(func(b []byte) { b[2] = 0xff })), "ethernet.ip.udp.unknown"},
		{"wrong version", prototest.Frame(0x0800, header(func(b []byte) { b[0] = 0x55 })), "ethernet.ip"},
		{"header too short", prototest.Frame(0x0800, header(func(b []byte) { b[0] = 0x44 })), "ethernet.ip"},
		{"header beyond the packet", prototest.Frame(0x0800, header(func(b []byte) { b[0] = 0x4f })), "ethernet.ip"},
		{"first fragment", prototest.Frame(0x0800, header(func(b []byte) { b[6] = 0x20 })), "ethernet.ip.udp.unknown"},
		{"later fragment", prototest.Frame(0x0800, header(func(b []byte) { b[7] = 1 })), "ethernet.ip"},
		{"unknown protocol", ip4(254, datagram), "ethernet.ip.unknown"},
		{"ICMP", ip4(1, join("\x03\x03\x00\x00\x00\x00\x00\x00", inner)), "ethernet.ip.icmp"},
		{"IP in IP", ip4(4, inner), "ethernet.ip.ip.udp.unknown"},
		{"6in4", ip4(41, inner6), "ethernet.ip.ipv6.udp.unknown"},
		{"4in6", six(extended(4, inner)), "ethernet.ipv6.ip.udp.unknown"},
		{"ESP", ip4(50, make([]byte, 40)), "ethernet.ip.esp"},
		{"AH", ip4(51, ah(17, datagram)), "ethernet.ip.ah.udp.unknown"},
		{"AH with ICMP", ip4(51, ah(1, make([]byte, 8))), "ethernet.ip.ah.icmp"},
		{"AH in tunnel mode", ip4(51, ah(4, inner)), "ethernet.ip.ah.ip.udp.unknown"},
		{"EtherIP", ip4(97, join("\x30\x00", ethernet)), "ethernet.ip.etherip.ethernet.ip.udp.unknown"},
		{"OSPF", ip4(89, make([]byte, 24)), "ethernet.ip.ospf"},

		{"IPv6", six(extended(17, datagram)), "ethernet.ipv6.udp.unknown"},
		{"IPv6 length 0", six(func() []byte { b := extended(17, datagram); b[4], b[5] = 0, 0; return b }()), "ethernet.ipv6.udp.unknown"},
		{"all extensions", six(extended(0, "\x2b\x00\x01\x04\x00\x00\x00\x00", "\x3c\x00\x00\x00\x00\x00\x00\x00",
			"\x2c\x00\x01\x04\x00\x00\x00\x00", "\x87\x00\x00\x00\x00\x00\x00\x09", "\x8b\x00\x05\x00\x00\x00\x00\x00",
			"\x8c\x00\x01\x00\x00\x00\x00\x00", "\x11\x00\x01\x00\x00\x00\x00\x00", datagram)), "ethernet.ipv6.udp.unknown"},
		{"long extension", six(extended(60, "\x11\x01\x01\x0c", make([]byte, 12), datagram)), "ethernet.ipv6.udp.unknown"},
		{"extension beyond the packet", six(extended(60, "\x11\xff\x01\x04\x00\x00\x00\x00", datagram)), "ethernet.ipv6"},
		{"AH over IPv6", six(extended(60, "\x33\x00\x01\x04\x00\x00\x00\x00", ah(17, datagram))), "ethernet.ipv6.ah.udp.unknown"},
		{"ESP over IPv6", six(extended(50, make([]byte, 40))), "ethernet.ipv6.esp"},
		{"no next header", six(extended(59, make([]byte, 8))), "ethernet.ipv6"},
		{"later IPv6 fragment", six(extended(44, "\x11\x00\x00\x08\x00\x00\x00\x01", datagram)), "ethernet.ipv6"},
		{"first IPv6 fragment", six(extended(44, "\x11\x00\x00\x01\x00\x00\x00\x01", datagram)), "ethernet.ipv6.udp.unknown"},

		{"GRE", gre(0, 0x0800, inner), "ethernet.ip.gre.ip.udp.unknown"},
		{"GRE with all fields", gre(0xb000, 0x86dd, uint32(0), uint32(1), uint32(2), inner6), "ethernet.ip.gre.ipv6.udp.unknown"},
		{"NVGRE", gre(0x2000, 0x6558, uint32(0x123400), ethernet), "ethernet.ip.gre.ethernet.ip.udp.unknown"},
		{"GRE VLAN", gre(0, 0x8100, uint16(5), uint16(0x0800), inner), "ethernet.ip.gre.8021q.ip.udp.unknown"},
		{"GRE MPLS", gre(0, 0x8847, "\x00\x01\x01\x40", inner), "ethernet.ip.gre.mpls.ip.udp.unknown"},
		{"ERSPAN I", gre(0, 0x88be, ethernet), "ethernet.ip.gre.ethernet.ip.udp.unknown"},
		{"ERSPAN II", gre(0x1000, 0x88be, uint32(1), uint32(0x10000000), uint32(0), ethernet), "ethernet.ip.gre.erspan.ethernet.ip.udp.unknown"},
		{"ERSPAN III", gre(0x1000, 0x22eb, uint32(1), uint32(0x20000000), uint32(0), uint32(0), ethernet), "ethernet.ip.gre.erspan.ethernet.ip.udp.unknown"},
		{"ERSPAN III, platform header", gre(0x1000, 0x22eb, uint32(1), uint32(0x20000000), uint32(0), uint32(1), uint64(0), ethernet), "ethernet.ip.gre.erspan.ethernet.ip.udp.unknown"},
		{"WCCP", gre(0, 0x883e, uint32(0), inner), "ethernet.ip.gre.ip.udp.unknown"},
		{"PPTP", gre(0x3081, 0x880b, uint16(4+len(inner)), uint16(7), uint32(1), uint32(0), "\xff\x03", uint16(0x21), inner), "ethernet.ip.gre.ppp.ip.udp.unknown"},
		{"PPTP acknowledgement", gre(0x2081, 0x880b, uint16(0), uint16(7), uint32(1)), "ethernet.ip.gre"},
		{"GRE of version 3", gre(3, 0x0800, inner), "ethernet.ip.gre"},
	} {
		n := newNet(t)
		if got := n.Frame(c.data); got != c.want {
			t.Errorf("%s: path %s, want %s", c.name, got, c.want)
		}
		prototest.Prefixes(c.data, func(b []byte) { n.Frame(b) })
	}
}

func TestIPAttributes(t *testing.T) {
	n := newNet(t, "ip.version", "ip.header_len", "ip.proto_tos", "ip.tot_len", "ip.identification", "ip.rf_flag", "ip.df_flag",
		"ip.mf_flag", "ip.frag_offset", "ip.proto_ttl", "ip.proto_id", "ip.checksum", "ip.src", "ip.dst", "ip.options", "ip.opts_type",
		"ip.padding_check", "ip.client_addr", "ip.server_addr", "ip.client_port", "ip.server_port", "ip.ecn", "ip.l4s_marked")
	n.Frame(prototest.Frame(0x0800, header(func(b []byte) {
		b[1] = 0xb9
		binary.BigEndian.PutUint16(b[4:], 0x1234)
		b[10], b[11] = 0xab, 0xcd
	})))
	expect(t, n, map[string]string{"ip.version": "4", "ip.header_len": "20", "ip.proto_tos": "185", "ip.ecn": "1", "ip.tot_len": "33",
		"ip.identification": "4660", "ip.rf_flag": "0", "ip.df_flag": "0", "ip.mf_flag": "0", "ip.frag_offset": "0", "ip.proto_ttl": "64",
		"ip.proto_id": "17", "ip.checksum": "43981", "ip.src": "10.0.0.1", "ip.dst": "10.0.0.2", "ip.options": "", "ip.opts_type": "",
		"ip.padding_check": "0", "ip.client_addr": "10.0.0.1", "ip.server_addr": "10.0.0.2", "ip.client_port": "1000",
		"ip.server_port": "2000", "ip.l4s_marked": ""})
	n.Frame(prototest.Frame(0x0800, header(func(b []byte) { b[6], b[7] = 0xe0, 0x03 })))
	expect(t, n, map[string]string{"ip.rf_flag": "1", "ip.df_flag": "1", "ip.mf_flag": "1", "ip.frag_offset": "24", "ip.client_port": "0"})
	n.Frame(prototest.Frame(0x0800, prototest.IP4(17, addr2, addr1, prototest.UDPDatagram(2000, 1000, nil))))
	expect(t, n, map[string]string{"ip.src": "10.0.0.2", "ip.client_addr": "10.0.0.1", "ip.server_port": "2000"})
}

func TestIPOptions(t *testing.T) {
	for _, c := range []struct {
		options         string
		first, checkBad string
	}{
		{"00000000", "0", "0"},
		{"07030400", "7", "0"},
		{"07030401 00000007", "7", "1"},
		{"01010100", "1", "0"},
		{"00000100", "0", "1"},
		{"0700ffff", "7", "0"}, // a length of 0 must not hang
		{"94040000", "148", "0"},
		{"0101 07ff", "1", "0"}, // a length beyond the header
	} {
		n := newNet(t, "ip.options", "ip.opts_type", "ip.padding_check", "ip.header_len")
		options := prototest.Hex(c.options)
		n.Frame(prototest.Frame(0x0800, withOptions(options, datagram)))
		if got := prototest.Hex(n.Value("ip.options")); string(got) != string(options) {
			t.Errorf("options %x, want %x", got, options)
		}
		expect(t, n, map[string]string{"ip.opts_type": c.first, "ip.padding_check": c.checkBad})
	}
}

func TestIPCounters(t *testing.T) {
	n := newNet(t, "ip.ip_frag_packets_count", "ip.ip_frag_data_volume", "ip.ip_df_packets_count", "ip.ip_df_data_volume",
		"ip.ip_session_count", "ip.ip_active_session_count", "ip.ip_timedout_session_count")
	plain := prototest.Frame(0x0800, header(func([]byte) {}))
	fragment := prototest.Frame(0x0800, header(func(b []byte) { b[6] = 0x20 }))
	dont := prototest.Frame(0x0800, header(func(b []byte) { b[6] = 0x40 }))
	for _, c := range []struct {
		data                  []byte
		frags, volume, df, dv string
	}{
		{plain, "0", "0", "0", "0"}, {fragment, "1", "47", "0", "0"}, {dont, "1", "47", "1", "47"}, {fragment, "2", "94", "1", "47"}, {plain, "2", "94", "1", "47"},
	} {
		n.Frame(c.data)
		expect(t, n, map[string]string{"ip.ip_frag_packets_count": c.frags, "ip.ip_frag_data_volume": c.volume,
			"ip.ip_df_packets_count": c.df, "ip.ip_df_data_volume": c.dv})
	}
	expect(t, n, map[string]string{"ip.ip_session_count": "1", "ip.ip_active_session_count": "1", "ip.ip_timedout_session_count": "0"})
	if s := n.Handler.Stats(id.Udp); s.FragPackets != 2 || s.DFData != 47 {
		t.Errorf("statistics of udp: %+v", s)
	}
	if s := n.Handler.Stats(id.Ethernet); s.FragPackets != 0 {
		t.Errorf("statistics of ethernet: %+v", s)
	}
}

// TestInnerFragment checks that a fragment inside a tunnel does not count for
// the tunnel's outer layer only, or twice.
func TestInnerFragment(t *testing.T) {
	n := newNet(t)
	inner := header(func(b []byte) { b[6] = 0x20 })
	n.Frame(prototest.IPPacket(4, addr2, addr1, inner))
	if s := n.Handler.Stats(id.Ip); s.FragPackets != 1 {
		t.Errorf("%d fragments, want 1", s.FragPackets)
	}
}

func TestJitter(t *testing.T) {
	n := newNet(t, "ip.jitter")
	f := n.UDP(1, 2)
	for _, c := range []struct {
		wait int64
		want string
	}{{0, ""}, {9e6, ""}, {9e6, "0"}, {14e6, "5000000"}, {4e6, "10000000"}} {
		n.Sleep(c.wait)
		f.Up([]byte("x"))
		expect(t, n, map[string]string{"ip.jitter": c.want})
	}
	f.Down([]byte("x"))
	expect(t, n, map[string]string{"ip.jitter": ""})
}

func TestIPv6Attributes(t *testing.T) {
	n := newNet(t, "ipv6.version", "ipv6.TC", "ipv6.flow_label", "ipv6.len", "ipv6.next_hdr", "ipv6.next_proto", "ipv6.hop_limit",
		"ipv6.src", "ipv6.dst", "ipv6.client_addr", "ipv6.server_addr", "ipv6.client_port", "ipv6.server_port",
		"ipv6.ip6_ext_headers_count", "ipv6.redundent_extension_header", "ipv6.fragment_overlapping", "ipv6.ip6_outoforder",
		"ipv6.ip6_df_packets_count", "ipv6.ip6_session_count")
	b := extended(0, "\x3c\x00\x01\x04\x00\x00\x00\x00", "\x3c\x00\x01\x04\x00\x00\x00\x00", "\x3c\x00\x01\x04\x00\x00\x00\x00",
		"\x00\x00\x01\x04\x00\x00\x00\x00", "\x11\x00\x01\x04\x00\x00\x00\x00", datagram)
	b[0], b[1], b[2], b[3] = 0x6a, 0xb1, 0x23, 0x45
	n.Frame(prototest.Frame(0x86dd, b))
	expect(t, n, map[string]string{"ipv6.version": "6", "ipv6.TC": "171", "ipv6.flow_label": "74565", "ipv6.len": "53",
		"ipv6.next_hdr": "0", "ipv6.next_proto": "17", "ipv6.hop_limit": "64", "ipv6.src": "2001:db8::1", "ipv6.dst": "2001:db8::2",
		"ipv6.client_addr": "2001:db8::1", "ipv6.server_addr": "2001:db8::2", "ipv6.client_port": "1000", "ipv6.server_port": "2000",
		// hop-by-hop twice is one too many, destination options three times as well
		"ipv6.ip6_ext_headers_count": "5", "ipv6.redundent_extension_header": "2",
		"ipv6.fragment_overlapping": "0", "ipv6.ip6_outoforder": "0", "ipv6.ip6_df_packets_count": "0", "ipv6.ip6_session_count": "1"})
}

func TestIPv6Fragments(t *testing.T) {
	n := newNet(t, "ipv6.ip6_frag_packets_count", "ipv6.ip_frag_data_volume", "ipv6.fragment_overlapping", "ipv6.ip6_outoforder")
	part := func(identification uint32, from, length int, more uint16) []byte {
		return prototest.Frame(0x86dd, extended(44, byte(17), byte(0), uint16(from)|more, identification, make([]byte, length)))
	}
	for _, c := range []struct {
		name                string
		data                []byte
		overlap, disordered string
	}{
		{"first", part(1, 0, 16, 1), "0", "0"},
		{"next but one", part(1, 32, 16, 1), "0", "0"},
		{"between", part(1, 16, 16, 1), "0", "1"},
		{"overlapping", part(1, 40, 16, 1), "1", "0"},
		{"same again", part(1, 0, 16, 1), "1", "1"},
		{"other datagram", part(2, 8, 16, 0), "0", "0"},
		{"atomic fragment", part(3, 0, 16, 0), "0", "0"},
	} {
		n.Frame(c.data)
		if got := n.Value("ipv6.fragment_overlapping") + n.Value("ipv6.ip6_outoforder"); got != c.overlap+c.disordered {
			t.Errorf("%s: overlapping and out of order are %s, want %s", c.name, got, c.overlap+c.disordered)
		}
	}
	expect(t, n, map[string]string{"ipv6.ip6_frag_packets_count": "6", "ipv6.ip_frag_data_volume": "468"})
}

func TestICMPAttributes(t *testing.T) {
	names := []string{"icmp.type", "icmp.code", "icmp.checksum", "icmp.identifier", "icmp.seq_nb", "icmp.gateway", "icmp.data"}
	for _, c := range []struct {
		message string
		want    []string
	}{
		{"0800 1234 0001 0002 616263", []string{"8", "0", "4660", "1", "2", "", "616263"}},
		{"0501 1234 0a000001 4500", []string{"5", "1", "4660", "", "", "167772161", "4500"}},
		{"0303 1234 00000000", []string{"3", "3", "4660", "", "", "", ""}},
		{"08", []string{"8", "", "", "", "", "", ""}},
	} {
		n := newNet(t, names...)
		n.Frame(prototest.IPPacket(1, addr1, addr2, prototest.Hex(c.message)))
		for i, name := range names {
			expect(t, n, map[string]string{name: c.want[i]})
		}
	}
	n := newNet(t, "icmpv6.type", "icmpv6.code", "icmpv6.checksum")
	n.Frame(prototest.IPPacket(58, six1, six2, prototest.Hex("8702 1234 00000000")))
	expect(t, n, map[string]string{"icmpv6.type": "135", "icmpv6.code": "2", "icmpv6.checksum": "4660"})
}

func TestOSPFAttributes(t *testing.T) {
	n := newNet(t, "ospf.version", "ospf.type", "ospf.len", "ospf.router_id", "ospf.area_id", "ospf.checksum", "ospf.instance_id")
	want := map[string]string{"ospf.version": "3", "ospf.type": "1", "ospf.len": "16", "ospf.router_id": "16909060",
		"ospf.area_id": "84281096", "ospf.checksum": "4660", "ospf.instance_id": "9"}
	n.Frame(prototest.IPPacket(89, six1, six2, prototest.Hex("0301 0010 01020304 05060708 1234 0900")))
	expect(t, n, want)
	want["ospf.version"], want["ospf.instance_id"] = "2", ""
	n.Frame(prototest.IPPacket(89, addr1, addr2, prototest.Hex("0201 0010 01020304 05060708 1234 0900")))
	expect(t, n, want)
}

func TestGREAttributes(t *testing.T) {
	n := newNet(t, "gre.proto", "gre.flags", "gre.checksum", "gre.key", "gre.seqnb", "gre.cflag", "gre.kflag", "gre.sflag", "gre.version")
	n.Frame(prototest.IPPacket(47, addr1, addr2, prototest.Hex("b000 0800 1234 0000 00000007 00000009 00")))
	expect(t, n, map[string]string{"gre.proto": "2048", "gre.flags": "45056", "gre.checksum": "4660", "gre.key": "7", "gre.seqnb": "9",
		"gre.cflag": "1", "gre.kflag": "1", "gre.sflag": "1", "gre.version": "0"})
	n.Frame(prototest.IPPacket(47, addr1, addr2, prototest.Hex("1000 0800 00000009 00")))
	expect(t, n, map[string]string{"gre.checksum": "", "gre.key": "", "gre.seqnb": "9", "gre.cflag": "0", "gre.kflag": "0"})
	n.Frame(prototest.IPPacket(47, addr1, addr2, prototest.Hex("0003 0800 00")))
	expect(t, n, map[string]string{"gre.version": "3", "gre.key": "", "gre.seqnb": ""})
}

func TestGRESequence(t *testing.T) {
	n := newNet(t, "gre.seq_out", "gre.seq_in", "gre.seq_gap", "gre.loss")
	send := func(from, to netip.Addr, seq uint32) {
		n.Frame(prototest.IPPacket(47, from, to, prototest.Bytes(uint16(0x1000), uint16(0x0800), seq, "x")))
	}
	for _, c := range []struct {
		up                 bool
		seq                uint32
		out, in, gap, loss string
	}{
		{true, 5, "5", "", "0", "0"},
		{true, 6, "6", "", "0", "0"},
		{false, 100, "6", "100", "0", "0"},
		{true, 10, "10", "100", "3", "3"},
		{true, 8, "10", "100", "0", "2"},
		{true, 10, "10", "100", "0", "2"},
		{false, 102, "10", "102", "1", "3"},
		{true, 0x80000000, "2147483648", "102", "0", "3"},
	} {
		from, to := addr1, addr2
		if !c.up {
			from, to = addr2, addr1
		}
		send(from, to, c.seq)
		expect(t, n, map[string]string{"gre.seq_out": c.out, "gre.seq_in": c.in, "gre.seq_gap": c.gap, "gre.loss": c.loss})
	}
	n.Frame(prototest.IPPacket(47, six1, six2, prototest.Bytes(uint16(0), uint16(0x0800), "x")))
	expect(t, n, map[string]string{"gre.seq_out": "", "gre.loss": ""})
}

// TestAHFlow checks that what has ports inside AH is a flow of its own kind.
func TestAHFlow(t *testing.T) {
	n := newNet(t)
	ah := prototest.Bytes(byte(17), byte(4), uint16(0), uint32(1), uint32(2), make([]byte, 12))
	n.Frame(prototest.IPPacket(51, addr1, addr2, prototest.Bytes(ah, datagram)))
	if f := n.LastFlow(); f == nil || f.L4 != 17 || f.Port != [2]uint16{1000, 2000} || f.Data != [2]uint64{5, 0} {
		t.Errorf("flow %+v", f)
	}
	ah[0] = 1
	n.Frame(prototest.IPPacket(51, addr1, addr2, prototest.Bytes(ah, make([]byte, 8))))
	if f := n.LastFlow(); f == nil || f.L4 != 51 || f.Port != [2]uint16{} {
		t.Errorf("flow %+v", f)
	}
}

func TestTuples(t *testing.T) {
	n := newNet(t)
	var tuples []dpi.Tuple
	if err := n.Handler.AddPacketHandler(2, func(p *dpi.Packet) { tuples = append(tuples[:0], p.Tuples()...) }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name           string
		field          uint16
		part, fragment bool
	}{
		{"whole", 0, false, false}, {"don't fragment", 0x4000, false, false}, {"first", 0x2000, true, false}, {"last", 1, true, true},
	} {
		n.Frame(prototest.Frame(0x0800, header(func(b []byte) { binary.BigEndian.PutUint16(b[6:], c.field) })))
		if got := tuples[0]; got.Part != c.part || got.Fragment != c.fragment || got.Layer != 2 {
			t.Errorf("%s: %+v", c.name, got)
		}
		field := c.field << 3 // the offset of IPv6 is in the upper bits, "more" the lowest
		if c.field == 0x2000 {
			field = 1
		}
		n.Frame(prototest.Frame(0x86dd, extended(44, byte(17), byte(0), field, uint32(1), datagram)))
		if got := tuples[0]; got.Part != c.part || got.Fragment != c.fragment {
			t.Errorf("%s, IPv6: %+v", c.name, got)
		}
	}
}

// TestDefragmented checks that a fragment that completes its datagram is still
// told as the fragment that it is.
func TestDefragmented(t *testing.T) {
	reg := prototest.Registry(t)
	table := session.NewTable(session.Config{Max: 16})
	h, err := dpi.NewHandler(reg, table, dpi.Options{Defragmenter: table})
	if err != nil {
		t.Fatal(err)
	}
	slots := map[string]*dpi.Slot{}
	for _, name := range []string{"fragment_overlapping", "ip6_outoforder", "ip6_frag_packets_count"} {
		if slots[name], err = h.RegisterByName("ipv6", name); err != nil {
			t.Fatal(err)
		}
	}
	whole := prototest.UDPDatagram(1000, 2000, make([]byte, 40))
	var layers int
	if err := h.AddPacketHandler(1, func(p *dpi.Packet) { layers = len(p.Layers()) }); err != nil {
		t.Fatal(err)
	}
	for i, part := range [][]byte{
		extended(44, "\x11\x00\x00\x01\x00\x00\x00\x01", whole[:24]),
		extended(44, "\x11\x00\x00\x18\x00\x00\x00\x01", whole[24:]),
	} {
		frame := prototest.Frame(0x86dd, part)
		h.Process([]dataplane.Packet{{Data: frame, Len: uint32(len(frame)), Time: int64(i+1) * 1e6, Link: dataplane.LinkEthernet}})
	}
	if layers != 5 { // meta, ethernet, ipv6, udp, unknown
		t.Errorf("the completed datagram has %d layers, want 5", layers)
	}
	for name, want := range map[string]uint64{"fragment_overlapping": 0, "ip6_outoforder": 0, "ip6_frag_packets_count": 2} {
		if v := slots[name].Value(); v == nil || v.N != want {
			t.Errorf("%s is %+v, want %d", name, v, want)
		}
	}
}
