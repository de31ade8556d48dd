package mobile_test

import (
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/mobile"
	"mmt/analyzer/proto/prototest"
)

var (
	node1 = netip.MustParseAddr("172.16.0.1")
	node2 = netip.MustParseAddr("172.16.0.2")
	user  = netip.MustParseAddr("10.45.0.2")
	web   = netip.MustParseAddr("93.184.216.34")
	six1  = netip.MustParseAddr("2001:db8::1")
	six2  = netip.MustParseAddr("2001:db8::2")
)

func newGTP(t testing.TB, attributes ...string) *prototest.Net {
	t.Helper()
	n := prototest.New(t, mobile.GTP, mobile.GTPv2, mobile.GTPPrime)
	n.Register(attributes...)
	return n
}

func udp(src, dst netip.Addr, port uint16, payload ...any) []byte {
	return prototest.IPPacket(17, src, dst, prototest.UDPDatagram(port, port, prototest.Bytes(payload...)))
}

// userPacket builds a GTP-U packet with a PDU session container of the given
// type and QoS flow.
func userPacket(src, dst netip.Addr, teid uint32, kind, qfi byte, inner []byte) []byte {
	return udp(src, dst, 2152, "\x34\xff", uint16(8+len(inner)), teid, "\x00\x00\x00\x85\x01", kind<<4, qfi, "\x00", inner)
}

func expect(t *testing.T, n *prototest.Net, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := n.Value(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
}

func TestGTPPaths(t *testing.T) {
	inner := prototest.IP4(6, user, web, prototest.TCPSegment(1000, 80, 1, 0, prototest.SYN, nil))
	inner6 := prototest.IP6(6, six1, six2, prototest.TCPSegment(1000, 80, 1, 0, prototest.SYN, nil))
	ethernet := prototest.Frame(0x0800, inner)
	head := func(inner []byte) []byte { return prototest.Bytes("\x30\xff", uint16(len(inner)), uint32(1)) }
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"IPv4", udp(node1, node2, 2152, head(inner), inner), "gtp.ip.tcp.unknown"},
		{"IPv6", udp(node1, node2, 2152, head(inner6), inner6), "gtp.ipv6.tcp.unknown"},
		{"Ethernet", udp(node1, node2, 2152, head(ethernet), ethernet), "gtp.ethernet.ip.tcp.unknown"},
		{"unstructured", udp(node1, node2, 2152, head([]byte("abc")), "abc"), "gtp.unknown"},
		{"empty", udp(node1, node2, 2152, head(nil)), "gtp"},
		{"5G", userPacket(node1, node2, 1, 1, 5, inner), "gtp.ip.tcp.unknown"},
		{"two extensions", udp(node1, node2, 2152, "\x34\xff", uint16(12+len(inner)), uint32(1), "\x00\x00\x00\xc0\x01\x00\x00\x85\x01\x10\x05\x00", inner), "gtp.ip.tcp.unknown"},
		{"end marker", udp(node1, node2, 2152, "\x30\xfe\x00\x00", uint32(1)), "gtp"},
		{"version 0", udp(node1, node2, 3386, "\x1e\xff", uint16(len(inner)), make([]byte, 16), inner), "gtp.ip.tcp.unknown"},
	} {
		n := newGTP(t)
		if got, want := n.Frame(c.data), "ethernet.ip.udp."+c.want; got != want {
			t.Errorf("%s: path %s, want %s", c.name, got, want)
		}
		prototest.Prefixes(c.data, func(b []byte) { n.Frame(b) })
	}
}

func TestGTPAttributes(t *testing.T) {
	names := []string{"version", "proto_type", "reserved", "flag_ext_hdr", "flag_seq_num", "flag_ndpu_num", "flags", "msg_type", "length", "teid",
		"seq_num", "imsi_mmc", "imsi_mnc", "next_hdr_type", "ext_pdu_length", "ext_pdu_type", "ext_pdu_qfi", "ext_pdu_next_hdr_type"}
	n := newGTP(t)
	for _, name := range names {
		n.Register("gtp." + name)
	}
	createPDP := func(imsi string) []byte {
		return udp(node1, node2, 2123, "\x32\x10\x00\x0d", uint32(0), "\x12\x34\x00\x00\x02", prototest.Hex(imsi))
	}
	for _, c := range []struct {
		name string
		data []byte
		want []string
	}{
		{"5G user packet", userPacket(node1, node2, 4097, 1, 0x45, prototest.IP4(17, user, web, prototest.UDPDatagram(1, 2, nil))),
			[]string{"1", "1", "0", "1", "0", "0", "52", "255", "36", "4097", "", "", "", "133", "1", "1", "5", "0"}},
		{"create PDP context", createPDP("02 08 91 21 43 65 87 f9"),
			[]string{"1", "1", "0", "0", "1", "0", "50", "16", "13", "0", "4660", "208", "1", "", "", "", "", ""}},
		{"three digits of network", createPDP("13 00 14 21 43 65 87 f9"),
			[]string{"1", "1", "0", "0", "1", "0", "50", "16", "13", "0", "4660", "310", "41", "", "", "", "", ""}},
		{"version 0", udp(node1, node2, 3386, "\x1e\x01\x00\x00", make([]byte, 16)),
			[]string{"0", "1", "1", "1", "1", "0", "30", "1", "0", "", "", "", "", "", "", "", "", ""}},
	} {
		n.Frame(c.data)
		for i, name := range names {
			if got := n.Value("gtp." + name); got != c.want[i] {
				t.Errorf("%s: %s = %q, want %q", c.name, name, got, c.want[i])
			}
		}
	}
}

func TestGTPv2Attributes(t *testing.T) {
	n := newGTP(t, "gtpv2.version", "gtpv2.flag_type", "gtpv2.flag_p", "gtpv2.message_type", "gtpv2.message_length", "gtpv2.teid",
		"gtpv2.sequence_number", "gtp_prime.version", "gtp_prime.msg_type", "gtp_prime.seq_num")
	n.Frame(udp(node1, node2, 2123, "\x48\x20\x00\x08", uint32(7), "\x00\x01\x02\x00"))
	expect(t, n, map[string]string{"gtpv2.version": "2", "gtpv2.flag_type": "1", "gtpv2.flag_p": "0", "gtpv2.message_type": "32",
		"gtpv2.message_length": "8", "gtpv2.teid": "7", "gtpv2.sequence_number": "258"})
	n.Frame(udp(node1, node2, 2123, "\x50\x01\x00\x04\x00\x01\x02\x00\x40\x01\x00\x04\x00\x00\x03\x00"))
	expect(t, n, map[string]string{"gtpv2.flag_type": "0", "gtpv2.flag_p": "1", "gtpv2.teid": "", "gtpv2.sequence_number": "258"})
	n.Frame(udp(node1, node2, 3386, "\x4e\xf0\x00\x00\x00\x09"))
	expect(t, n, map[string]string{"gtp_prime.version": "2", "gtp_prime.msg_type": "240", "gtp_prime.seq_num": "9"})
}

// TestTunnel follows the endpoints of a session's tunnels, both ways.
func TestTunnel(t *testing.T) {
	up := prototest.IP4(6, user, web, prototest.TCPSegment(1000, 80, 1, 0, prototest.SYN, nil))
	down := prototest.IP4(6, web, user, prototest.TCPSegment(80, 1000, 1, 2, prototest.SYN|prototest.ACK, nil))
	n := newGTP(t)
	n.Frame(userPacket(node1, node2, 4097, 1, 5, up))
	if dpi.FlowState[mobile.Tunnel](n.Handler, n.LastFlow(), id.Gtp, false) != nil {
		t.Error("a tunnel is kept though nobody asked for it")
	}
	n = newGTP(t)
	n.Handler.TrackProtocol(id.Gtp)
	for range 2 {
		n.Frame(userPacket(node1, node2, 4097, 1, 5, up))
		n.Frame(userPacket(node2, node1, 8193, 0, 5, down))
	}
	got := dpi.FlowState[mobile.Tunnel](n.Handler, n.LastFlow(), id.Gtp, false)
	if got == nil || got.N != 2 || got.TEID[0] != 4097 || got.TEID[1] != 8193 {
		t.Fatalf("tunnel %+v", got)
	}
	if got.Src != node1.As16() || got.Dst != node2.As16() {
		t.Errorf("from %v to %v", got.Src, got.Dst)
	}
	if f := n.LastFlow(); f.Addr[0] != user.As16() || f.Addr[1] != web.As16() {
		t.Errorf("the session is not the one inside: %+v", f)
	}
	for teid := range uint32(20) {
		n.Frame(userPacket(node1, node2, teid, 1, 5, up))
	}
	if got.N != mobile.MaxTEIDs {
		t.Errorf("%d endpoints, want %d", got.N, mobile.MaxTEIDs)
	}
}
