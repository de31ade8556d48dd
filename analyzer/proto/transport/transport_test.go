package transport_test

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
	"mmt/analyzer/proto/network"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/proto/transport"
	"mmt/dataplane"
)

var (
	addr1 = netip.MustParseAddr("10.0.0.1")
	addr2 = netip.MustParseAddr("10.0.0.2")
	six1  = netip.MustParseAddr("2001:db8::1")
	six2  = netip.MustParseAddr("2001:db8::2")

	inner     = prototest.IP4(17, addr2, addr1, prototest.UDPDatagram(1000, 2000, []byte("hello")))
	inner6    = prototest.IP6(17, six2, six1, prototest.UDPDatagram(1000, 2000, []byte("hello")))
	innerEth  = prototest.Frame(0x0800, inner)
	protocols = []dpi.Protocol{
		transport.UDPLite, transport.DCCP, transport.SCTP, transport.SCTPData, transport.SCTPSack, transport.SCTPInit,
		transport.SCTPHeartbeat, transport.SCTPShutdown, transport.SCTPShutdownComplete, transport.SCTPAbort, transport.SCTPError,
		transport.SCTPCookieEcho, transport.SCTPEcne, transport.SCTPCwr, transport.SCTPAuth, transport.SCTPAsconf, transport.SCTPReConfig,
		transport.VXLAN, transport.VXLANGPE, transport.Geneve, transport.TZSP, transport.L2TP, transport.L2TPv3, transport.Teredo,
		network.GRE, link.MPLS, link.PPP, link.LLC, link.IEEE80211,
	}
)

func newNet(t testing.TB, attributes ...string) *prototest.Net {
	t.Helper()
	n := prototest.New(t, protocols...)
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

func udp(src, dst uint16, payload ...any) []byte {
	return prototest.IPPacket(17, addr1, addr2, prototest.UDPDatagram(src, dst, prototest.Bytes(payload...)))
}

func TestTunnels(t *testing.T) {
	wlan := prototest.Bytes("\x08\x01", make([]byte, 22), "\xaa\xaa\x03\x00\x00\x00\x08\x00", inner)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"UDP", udp(1, 2, "x"), "unknown"},
		{"VXLAN", udp(50000, 4789, uint32(0x08000000), uint32(7<<8), innerEth), "vxlan.ethernet.ip.udp.unknown"},
		{"VXLAN of old kernels", udp(50000, 8472, uint32(0x08000000), uint32(7<<8), innerEth), "vxlan.ethernet.ip.udp.unknown"},
		{"VXLAN group policy", udp(50000, 4789, uint32(0x88080001), uint32(7<<8), innerEth), "vxlan.ethernet.ip.udp.unknown"},
		{"VXLAN port as source", udp(4789, 50000, uint32(0x08000000), uint32(7<<8), innerEth), "unknown"},
		{"not VXLAN", udp(50000, 4789, uint32(0x08000001), uint32(7<<8), innerEth), "unknown"},
		{"VXLAN with nonsense", udp(50000, 4789, uint32(0x08000000), uint32(7<<8), make([]byte, 60)), "unknown"},
		{"VXLAN-GPE", udp(50000, 4790, uint32(0x0c000001), uint32(7<<8), inner), "vxlan_gpe.ip.udp.unknown"},
		{"VXLAN-GPE IPv6", udp(50000, 4790, uint32(0x0c000002), uint32(7<<8), inner6), "vxlan_gpe.ipv6.udp.unknown"},
		{"VXLAN-GPE Ethernet", udp(50000, 4790, uint32(0x0c000003), uint32(7<<8), innerEth), "vxlan_gpe.ethernet.ip.udp.unknown"},
		{"Geneve", udp(50000, 6081, uint16(0), uint16(0x6558), uint32(7<<8), innerEth), "geneve.ethernet.ip.udp.unknown"},
		{"Geneve with options", udp(50000, 6081, uint16(0x0240), uint16(0x0800), uint32(7<<8), uint64(1), inner), "geneve.ip.udp.unknown"},
		{"Geneve options cut", udp(50000, 6081, uint16(0x3f00), uint16(0x0800), uint32(7<<8), inner), "unknown"},
		{"GRE in UDP", udp(50000, 4754, uint16(0x2000), uint16(0x86dd), uint32(9), inner6), "gre.ipv6.udp.unknown"},
		{"not GRE", udp(50000, 4754, uint16(0x0001), uint16(0x86dd), inner6), "unknown"},
		{"MPLS in UDP", udp(50000, 6635, "\x00\x01\x00\x40\x00\x02\x01\x40", inner), "mpls.ip.udp.unknown"},
		{"not MPLS", udp(50000, 6635, "\x00\x01\x01\x40", inner, "x"), "unknown"},
		{"TZSP", udp(50000, 37008, "\x01\x00\x00\x01\x00\x0a\x01\x05\x01", innerEth), "tzsp.ethernet.ip.udp.unknown"},
		{"TZSP wireless", udp(50000, 37008, "\x01\x00\x00\x12\x01", wlan), "tzsp.ieee80211.llc.ip.udp.unknown"},
		{"TZSP keep-alive", udp(50000, 37008, "\x01\x04\x00\x00\x01"), "unknown"},
		{"L2TP control", udp(1701, 50000, uint16(0xc802), uint16(12), uint32(0), uint32(0)), "l2tp"},
		{"L2TP control of wrong length", udp(1701, 50000, uint16(0xc802), uint16(13), uint32(0), uint32(0)), "unknown"},
		{"L2TP data", udp(1701, 1701, uint16(0x0002), uint16(7), uint16(8), "\xff\x03", uint16(0x21), inner), "l2tp.ppp.ip.udp.unknown"},
		{"L2TP data with all fields", udp(1701, 1701, uint16(0x4a02), uint16(18), uint16(7), uint16(8), uint32(1), uint16(2), "pp", uint16(0x57), inner6), "l2tp.ppp.ipv6.udp.unknown"},
		{"L2TP with nonsense", udp(1701, 1701, uint16(0x0002), uint16(7), uint16(8), "nonsense"), "unknown"},
		{"L2TPv3 data", udp(1701, 1701, uint32(0x00030000), uint32(5), "x"), "l2tpv3"},
		{"L2TPv3 control", udp(1701, 1701, uint16(0xc803), uint16(12), uint32(5), uint32(0)), "l2tpv3"},
		{"GTP-U", udp(2152, 2152, "\x30\xff", uint16(len(inner)), uint32(1), inner), "gtp"},
		{"GTP-U with extension", udp(2152, 2152, "\x34\xff", uint16(8+len(inner)), uint32(1), "\x00\x00\x00\x85\x01\x10\x05\x00", inner), "gtp"},
		{"GTP-U of wrong length", udp(2152, 2152, "\x30\xff", uint16(len(inner)+1), uint32(1), inner), "unknown"},
		{"GTP-U extension beyond the packet", udp(2152, 2152, "\x34\xff", uint16(8), uint32(1), "\x00\x00\x00\x85\x02\x10\x05\x00"), "unknown"},
		{"GTP-U extension of length 0", udp(2152, 2152, "\x34\xff", uint16(8), uint32(1), "\x00\x00\x00\x85\x00\x10\x05\x00"), "unknown"},
		{"GTP echo", udp(50000, 2152, "\x32\x01\x00\x04\x00\x00\x00\x00\x00\x01\x00\x00"), "gtp"},
		{"GTP-C", udp(2123, 2123, "\x32\x10\x00\x04\x00\x00\x00\x00\x00\x01\x00\x00"), "gtp"},
		{"GTP-C without number", udp(2123, 2123, "\x30\x10\x00\x00\x00\x00\x00\x00"), "unknown"},
		{"options that are not there", udp(2123, 2123, "\x37\x03\x00\x00\x42\x00\x00\x00"), "unknown"},
		{"GTPv0", udp(3386, 3386, "\x1e\xff", uint16(len(inner)), make([]byte, 16), inner), "gtp"},
		{"GTP'", udp(3386, 50000, "\x4e\x01\x00\x00\x00\x01"), "gtp_prime"},
		{"GTP' with long header", udp(3386, 50000, "\x0e\xf0\x00\x01\x00\x01", make([]byte, 14), "x"), "gtp_prime"},
		{"GTPv2", udp(2123, 2123, "\x48\x20\x00\x09\x00\x00\x00\x01\x00\x00\x02\x00x"), "gtpv2"},
		{"GTPv2 echo", udp(2123, 2123, "\x40\x01\x00\x04\x00\x00\x02\x00"), "gtpv2"},
		{"GTPv2 twice", udp(2123, 2123, "\x50\x01\x00\x04\x00\x00\x02\x00\x40\x01\x00\x04\x00\x00\x03\x00"), "gtpv2"},
		{"GTPv2 of wrong length", udp(2123, 2123, "\x40\x01\x00\x05\x00\x00\x02\x00"), "unknown"},
	} {
		n := newNet(t)
		if got, want := n.Frame(c.data), "ethernet.ip.udp."+c.want; got != want {
			t.Errorf("%s: path %s, want %s", c.name, got, want)
		}
		prototest.Prefixes(c.data, func(b []byte) { n.Frame(b) })
	}
}

// TestTruncatedCapture checks that a tunnel is still told where the capture has
// cut the packet.
func TestTruncatedCapture(t *testing.T) {
	n := newNet(t)
	long := prototest.IP4(17, addr2, addr1, prototest.UDPDatagram(1000, 2000, make([]byte, 500)))
	data := udp(2152, 2152, "\x30\xff", uint16(len(long)), uint32(1), long)
	if got := n.Frame(data[:128]); got != "ethernet.ip.udp.gtp" {
		t.Errorf("path %s", got)
	}
}

func TestTunnelAttributes(t *testing.T) {
	n := newNet(t, "vxlan.flags", "vxlan.vni", "geneve.vni", "geneve.proto", "l2tp.flags", "l2tp.tunnel_id", "l2tp.session_id")
	n.Frame(udp(50000, 4789, uint32(0x08000000), uint32(0x12345600), innerEth))
	expect(t, n, map[string]string{"vxlan.flags": "8", "vxlan.vni": "1193046"})
	n.Frame(udp(50000, 6081, uint16(0), uint16(0x6558), uint32(0x12345600), innerEth))
	expect(t, n, map[string]string{"geneve.vni": "1193046", "geneve.proto": "25944"})
	n.Frame(udp(1701, 1701, uint16(0x4002), uint16(12+len(inner)), uint16(7), uint16(8), "\xff\x03", uint16(0x21), inner))
	expect(t, n, map[string]string{"l2tp.flags": "16386", "l2tp.tunnel_id": "7", "l2tp.session_id": "8"})
}

func TestTeredo(t *testing.T) {
	teredo1 := netip.MustParseAddr("2001:0:53aa:64c:0:1234:f5fe:ac10")
	packet := prototest.IP6(58, teredo1, six1, make([]byte, 8))
	solicitation := prototest.IP6(58, netip.MustParseAddr("fe80::ffff:ffff:ffff"), netip.MustParseAddr("ff02::2"), make([]byte, 8))
	auth := prototest.Bytes("\x00\x01\x00\x00", make([]byte, 9))
	origin := prototest.Bytes("\x00\x00", make([]byte, 6))
	n := newNet(t)
	for _, c := range []struct {
		name    string
		port    uint16
		payload []byte
		want    string
	}{
		{"packet", 3544, packet, "teredo"},
		{"packet between clients", 50000, packet, "teredo"},
		{"solicitation", 3544, prototest.Bytes(auth, solicitation), "teredo"},
		{"solicitation at another port", 3545, prototest.Bytes(auth, solicitation), "unknown"},
		{"origin", 3544, prototest.Bytes(origin, packet), "teredo"},
		{"authentication and origin", 3544, prototest.Bytes(auth, origin, packet), "teredo"},
		{"trailer", 3544, prototest.Bytes(packet, "\x01\x04abcd"), "teredo"},
		{"other IPv6", 3544, prototest.IP6(58, six1, six2, make([]byte, 8)), "unknown"},
		{"wrong length", 3544, packet[:len(packet)-1], "unknown"},
	} {
		f := n.UDP(40000, c.port).Up(c.payload)
		if got, want := f.Final(), "ethernet.ip.udp."+c.want; got != want {
			t.Errorf("%s: path %s, want %s", c.name, got, want)
		}
		prototest.Prefixes(c.payload, func(b []byte) { n.UDP(40000, c.port).Up(b) })
	}
}

func TestUDPAttributes(t *testing.T) {
	n := newNet(t, "udp.src_port", "udp.dest_port", "udp.len", "udp.checksum", "udplite.coverage", "dccp.type", "dccp.dest_port")
	n.Frame(udp(1000, 2000, "hello"))
	expect(t, n, map[string]string{"udp.src_port": "1000", "udp.dest_port": "2000", "udp.len": "13", "udp.checksum": "0"})
	if got := n.Frame(prototest.IPPacket(136, addr1, addr2, prototest.Hex("03e8 07d0 0008 1234 00"))); got != "ethernet.ip.udplite.unknown" {
		t.Errorf("path %s", got)
	}
	expect(t, n, map[string]string{"udplite.coverage": "8"})
	if got := n.Frame(prototest.IPPacket(33, addr1, addr2, prototest.Hex("03e8 07d0 04 00 0000 05 00 0000 00000001 00"))); got != "ethernet.ip.dccp.unknown" {
		t.Errorf("path %s", got)
	}
	expect(t, n, map[string]string{"dccp.type": "2", "dccp.dest_port": "2000"})
	if got := n.Frame(prototest.IPPacket(33, addr1, addr2, prototest.Hex("03e8 07d0 04 00 0000 0f 00 0000 00000001 00"))); got != "ethernet.ip.dccp" {
		t.Errorf("path of a packet without data %s", got)
	}
}

func TestTCPAttributes(t *testing.T) {
	names := []string{"src_port", "dest_port", "seq_nb", "ack_nb", "data_offset", "flags", "fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr",
		"window", "checksum", "urg_pointer", "payload_len", "tsval", "tsecr", "rtt", "closed"}
	n := newNet(t)
	for _, name := range names {
		n.Register("tcp." + name)
	}
	segment := prototest.Hex("03e8 07d0 00000001 00000002 80 aa 1234 5678 0009 0101 080a 00000003 00000004 616263")
	n.Frame(prototest.IPPacket(6, addr1, addr2, segment))
	for i, want := range []string{"1000", "2000", "1", "2", "8", "170", "0", "1", "0", "1", "0", "1", "0", "1", "4660", "22136", "9", "3", "3", "4", "", ""} {
		expect(t, n, map[string]string{"tcp." + names[i]: want})
	}
	segment[13] = 0x55
	n.Frame(prototest.Bytes(prototest.IPPacket(6, addr1, addr2, segment), "padding"))
	expect(t, n, map[string]string{"tcp.fin": "1", "tcp.syn": "0", "tcp.rst": "1", "tcp.psh": "0", "tcp.ack": "1", "tcp.urg": "0", "tcp.ece": "1",
		"tcp.cwr": "0", "tcp.payload_len": "3"})
	cut := prototest.IPPacket(6, six1, six2, prototest.Bytes(segment, make([]byte, 100)))
	n.Frame(cut[:len(cut)-90])
	expect(t, n, map[string]string{"tcp.payload_len": "103"})
	prototest.Prefixes(segment, func(b []byte) { n.Frame(prototest.IPPacket(6, addr1, addr2, b)) })
}

func TestTCPOptions(t *testing.T) {
	for _, c := range []struct{ options, tsval string }{
		{"080a 00000003 00000004 0000", "3"},
		{"0204 05b4 080a 00000003 00000004 0101", "3"},
		{"00 080a 00000003 00000004 01", ""},     // after the end
		{"0800 080a 00000003 00000004", ""},      // a length of 0 must not hang
		{"05ff 080a 00000003 00000004", ""},      // a length beyond the header
		{"0806 0000 0003 01010101 01010101", ""}, // a wrong length
	} {
		options := prototest.Hex(c.options)
		n := newNet(t, "tcp.tsval")
		b := prototest.Bytes(uint16(1), uint16(2), uint64(0), byte((20+len(options))/4<<4), byte(0x10), uint32(0), uint16(0), options)
		n.Frame(prototest.IPPacket(6, addr1, addr2, b))
		expect(t, n, map[string]string{"tcp.tsval": c.tsval})
	}
}

// table is a session table with one flow that says what it is told about every
// packet.
type table struct {
	flow dpi.Flow
	info dpi.TCPInfo
	dir  dpi.Direction
}

func (*table) See(int64) {}

func (t *table) Lookup(p *dpi.Packet) *dpi.Flow {
	p.TCP, p.Dir, p.Stream = t.info, t.dir, p.Payload
	return &t.flow
}

func TestTCPSessionAttributes(t *testing.T) {
	fake := &table{}
	h, err := dpi.NewHandler(prototest.Registry(t), fake, dpi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	slots := map[string]*dpi.Slot{}
	for _, name := range []string{"rtt", "syn_received", "retransmission", "outoforder", "tcp_session_retransmission", "tcp_session_payload_up_len",
		"tcp_session_payload_up", "tcp_session_payload_down_len", "tcp_session_payload_down", "closed", "established"} {
		if slots[name], err = h.RegisterByName("tcp", name); err != nil {
			t.Fatal(err)
		}
	}
	frame := prototest.IPPacket(6, addr1, addr2, prototest.TCPSegment(1, 2, 3, 4, prototest.ACK, []byte("abc")))
	for _, c := range []struct {
		info dpi.TCPInfo
		dir  dpi.Direction
		want map[string]string
	}{
		{dpi.TCPInfo{}, dpi.Up, map[string]string{"rtt": "", "syn_received": "", "retransmission": "0", "outoforder": "0",
			"tcp_session_retransmission": "0", "tcp_session_payload_up": "616263", "tcp_session_payload_down": "", "closed": "", "established": ""}},
		{dpi.TCPInfo{RTT: 5, Retransmitted: true, OutOfOrder: true, Retransmissions: [2]uint32{1, 2}, SynReceived: true, Established: true, Closed: true, UpLen: 7, DownLen: 8},
			dpi.Down, map[string]string{"rtt": "5", "syn_received": "1", "retransmission": "1", "outoforder": "1", "tcp_session_retransmission": "3",
				"tcp_session_payload_up_len": "7", "tcp_session_payload_down_len": "8", "tcp_session_payload_up": "",
				"tcp_session_payload_down": "616263", "closed": "1", "established": "1"}},
	} {
		fake.info, fake.dir = c.info, c.dir
		h.Process([]dataplane.Packet{{Data: frame, Len: uint32(len(frame)), Link: dataplane.LinkEthernet}})
		for name, want := range c.want {
			got := ""
			if v := slots[name].Value(); v != nil {
				got = prototest.Text(v)
			}
			if got != want {
				t.Errorf("%+v: %s = %q, want %q", c.info, name, got, want)
			}
		}
	}
}

// upper is a protocol over SCTP that is known by its payload protocol.
var upper = dpi.Protocol{
	ID: id.S1ap, Name: "s1ap",
	Classifiers: []dpi.Classifier{{Parent: id.SctpData, Weight: 100, Classify: func(p *dpi.Packet, d []byte) dpi.Verdict {
		ppid, data := transport.SCTPPayloadProtocol(p)
		if ppid == 18 && string(d) == string(data) && string(p.Payload) == string(data) && string(p.Stream) == string(data) {
			return dpi.Yes
		}
		return dpi.No
	}}},
}

// sctp builds a packet of chunks, padded to words.
func sctp(src, dst uint16, chunks ...[]byte) []byte {
	b := prototest.Bytes(src, dst, uint32(7), uint32(8))
	for _, c := range chunks {
		b = prototest.Bytes(b, c, make([]byte, -len(c)&3))
	}
	return prototest.IPPacket(132, addr1, addr2, b)
}

// chunk builds a chunk; its length is that of the value.
func chunk(kind, flags byte, value ...any) []byte {
	v := prototest.Bytes(value...)
	return prototest.Bytes(kind, flags, uint16(4+len(v)), v)
}

func data(ppid uint32, payload string) []byte {
	return chunk(0, 3, uint32(1), uint16(2), uint16(3), ppid, payload)
}

func TestSCTPPaths(t *testing.T) {
	sack := chunk(3, 0, uint32(1), uint32(2), uint16(3), uint16(4))
	for _, c := range []struct {
		name   string
		chunks [][]byte
		want   string
	}{
		{"none", nil, ""},
		{"init", [][]byte{chunk(1, 0, make([]byte, 16))}, ".sctp_init"},
		{"init acknowledgement", [][]byte{chunk(2, 0, make([]byte, 16))}, ".sctp_init"},
		{"cookie and data", [][]byte{chunk(10, 0, "cookie"), data(18, "x")}, ".sctp_cookie_echo.sctp_data.s1ap"},
		{"sack and data", [][]byte{sack, data(18, "abcde"), data(18, "fgh")}, ".sctp_sack.sctp_data.s1ap"},
		{"other data", [][]byte{data(46, "x")}, ".sctp_data.unknown"},
		{"unknown chunk", [][]byte{chunk(0xc0, 0, uint32(1))}, ".unknown"},
		{"unknown chunk before data", [][]byte{chunk(0xc0, 0, uint32(1)), data(18, "x")}, ".sctp_data.s1ap"},
		{"heartbeat", [][]byte{chunk(5, 0)}, ".sctp_heartbeat"},
		{"shutdown", [][]byte{chunk(7, 0, uint32(1)), chunk(14, 0), chunk(6, 0), chunk(9, 0)}, ".sctp_shutdown.sctp_shutdown_complete.sctp_abort.sctp_error"},
		{"others", [][]byte{chunk(12, 0), chunk(13, 0), chunk(15, 0), chunk(0xc1, 0), chunk(0x82, 0)}, ".sctp_ecne.sctp_cwr.sctp_auth.sctp_asconf.sctp_re_config"},
		{"length 0", [][]byte{{3, 0, 0, 0}}, ".sctp_sack"},
		{"data too short", [][]byte{{0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 18, 'x'}}, ".sctp_data"},
	} {
		n := prototest.New(t, append(protocols, upper)...)
		packet := sctp(36412, 36412, c.chunks...)
		if got, want := n.Frame(packet), "ethernet.ip.sctp"+c.want; got != want {
			t.Errorf("%s: path %s, want %s", c.name, got, want)
		}
		prototest.Prefixes(packet, func(b []byte) { n.Frame(b) })
	}
}

// TestSCTPFlowPath checks that the path of a flow is that of its data, not of
// the chunks that open it, and that sessions are counted accordingly.
func TestSCTPFlowPath(t *testing.T) {
	n := prototest.New(t, append(protocols, upper)...)
	path := func() []dpi.ProtocolID { return n.Handler.AppendFlowPath(nil, n.LastFlow(), dpi.Up) }
	n.Frame(sctp(1, 36412, chunk(1, 0, make([]byte, 16))))
	if p := path(); len(p) != 4 || p[3] != id.SctpInit || n.Handler.Stats(id.SctpInit).Sessions != 1 {
		t.Errorf("path %v", p)
	}
	n.Frame(sctp(1, 36412, data(18, "x")))
	n.Frame(sctp(1, 36412, chunk(3, 0, make([]byte, 12))))
	if p := path(); len(p) != 5 || p[3] != id.SctpData || p[4] != id.S1ap {
		t.Errorf("path %v", p)
	}
	for _, c := range []struct {
		protocol dpi.ProtocolID
		want     uint64
	}{{id.SctpInit, 0}, {id.SctpData, 1}, {id.Sctp, 1}} {
		if got := n.Handler.Stats(c.protocol).Sessions; got != c.want {
			t.Errorf("sessions of protocol %d: %d, want %d", c.protocol, got, c.want)
		}
	}
}

func TestSCTPAttributes(t *testing.T) {
	n := newNet(t, "sctp.src_port", "sctp.dest_port", "sctp.verif_tag", "sctp.checksum", "sctp.ch_type", "sctp.ch_flags", "sctp.ch_length",
		"sctp_sack.ch_type", "sctp_sack.sack_cum_tsn", "sctp_sack.sack_a_rwnd", "sctp_sack.sack_num_gap_blocks", "sctp_sack.sack_num_dup_tsn",
		"sctp_data.ch_type", "sctp_data.ch_flags", "sctp_data.ch_length", "sctp_data.data_tsn", "sctp_data.data_stream", "sctp_data.data_ssn", "sctp_data.data_ppid",
		"sctp_init.init_ini_tag", "sctp_init.init_a_rwnd", "sctp_init.init_num_out_streams", "sctp_init.init_num_in_streams", "sctp_init.init_ini_tsn")
	n.Frame(sctp(1, 2, chunk(3, 0, uint32(11), uint32(12), uint16(13), uint16(14)), data(18, "abc"), data(19, "def")))
	expect(t, n, map[string]string{"sctp.src_port": "1", "sctp.dest_port": "2", "sctp.verif_tag": "7", "sctp.checksum": "8",
		"sctp.ch_type": "3", "sctp.ch_flags": "0", "sctp.ch_length": "16",
		"sctp_sack.ch_type": "3", "sctp_sack.sack_cum_tsn": "11", "sctp_sack.sack_a_rwnd": "12", "sctp_sack.sack_num_gap_blocks": "13", "sctp_sack.sack_num_dup_tsn": "14",
		"sctp_data.ch_type": "0", "sctp_data.ch_flags": "3", "sctp_data.ch_length": "19", "sctp_data.data_tsn": "1", "sctp_data.data_stream": "2",
		"sctp_data.data_ssn": "3", "sctp_data.data_ppid": "18"})
	n.Frame(sctp(1, 2, chunk(1, 0, uint32(1), uint32(2), uint16(3), uint16(4), uint32(5))))
	expect(t, n, map[string]string{"sctp_init.init_ini_tag": "1", "sctp_init.init_a_rwnd": "2", "sctp_init.init_num_out_streams": "3",
		"sctp_init.init_num_in_streams": "4", "sctp_init.init_ini_tsn": "5", "sctp_data.data_tsn": ""})
}

// TestHotPath holds that dissection of tunnels does not allocate.
func TestHotPath(t *testing.T) {
	h, err := dpi.NewHandler(prototest.Registry(t, protocols...), nil, dpi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var packets []dataplane.Packet
	for _, frame := range [][]byte{
		udp(50000, 4789, uint32(0x08000000), binary.BigEndian.Uint32([]byte{0, 0, 7, 0}), innerEth),
		udp(1701, 1701, uint16(0x0002), uint16(7), uint16(8), "\xff\x03", uint16(0x21), inner),
		sctp(1, 2, chunk(3, 0, make([]byte, 12)), data(18, "abc")),
	} {
		packets = append(packets, dataplane.Packet{Data: frame, Len: uint32(len(frame)), Link: dataplane.LinkEthernet})
	}
	if got := testing.AllocsPerRun(100, func() { h.Process(packets) }); got != 0 {
		t.Errorf("%v allocations a burst", got)
	}
}
