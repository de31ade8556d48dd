package link_test

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
	"mmt/analyzer/proto/prototest"
	"mmt/dataplane"
)

var (
	addr1 = netip.MustParseAddr("10.0.0.1")
	addr2 = netip.MustParseAddr("10.0.0.2")
	six1  = netip.MustParseAddr("2001:db8::1")
	six2  = netip.MustParseAddr("2001:db8::2")

	udpPacket  = prototest.UDPDatagram(1000, 2000, []byte("hello"))
	ipPacket   = prototest.IP4(17, addr1, addr2, udpPacket)
	ip6Packet  = prototest.IP6(17, six1, six2, udpPacket)
	ethernetIP = prototest.Frame(0x0800, ipPacket)
)

// newNet returns a handler of all link protocols that starts packets as the
// probe does.
func newNet(t testing.TB) *prototest.Net {
	reg := prototest.Registry(t,
		link.VLAN, link.QinQ, link.LLC, link.ARP, link.VNTag, link.ETag, link.HSR, link.CiscoMetadata, link.PBB,
		link.FabricPath, link.TRILL, link.Batman, link.PPP, link.PPPoE, link.CHDLC, link.MPLS, link.MPLSInIP,
		link.SLL, link.SLL2, link.Loopback, link.Radiotap, link.IEEE80211, link.IEEE802154, link.Sixlowpan)
	for number, root := range map[dataplane.LinkType]dpi.ProtocolID{
		dataplane.LinkNull: id.Loopback, dataplane.LinkLoop: id.Loopback, dataplane.LinkSLL: id.Sll, dataplane.LinkSLL2: id.Sll2,
		dataplane.LinkCHDLC: id.Chdlc, dataplane.LinkPPPoE: id.Pppoe, dataplane.Link80211: id.Ieee80211,
		dataplane.LinkRadiotap: id.Radiotap, dataplane.Link802154NoFCS: id.Ieee802154,
	} {
		reg.SetRoot(number, func(*dpi.Packet) (dpi.ProtocolID, int) { return root, 0 })
	}
	reg.SetRoot(dataplane.LinkPPP, link.RootPPP)
	reg.SetRoot(dataplane.LinkPPI, link.RootPPI)
	reg.SetRoot(dataplane.Link802154, link.RootIEEE802154)
	return prototest.NewWith(t, reg, nil)
}

// withLength builds an IEEE 802.3 frame that has a length and trailing bytes.
func withLength(payload []byte) []byte {
	return prototest.Bytes(prototest.Frame(uint16(len(payload)), payload), make([]byte, 10))
}

// ppi builds a per-packet information header and a frame of a link type.
func ppi(link byte, fields, frame []byte) []byte {
	return prototest.Bytes(0, 0, 8+len(fields), 0, link, 0, 0, 0, fields, frame)
}

func TestPaths(t *testing.T) {
	join := prototest.Bytes
	snap := func(oui uint32, protocol uint16, payload []byte) []byte {
		return join("\xaa\xaa\x03", byte(oui>>16), uint16(oui), protocol, payload)
	}
	wlan := func(control uint16, extra, payload []byte) []byte {
		return join(control, uint16(0), make([]byte, 18), uint16(0), extra, payload)
	}
	pseudowire := func(control []byte) []byte {
		return prototest.Frame(0x8847, join("\x00\x01\x01\x40", control, ethernetIP))
	}
	for _, c := range []struct {
		name string
		link dataplane.LinkType
		data []byte
		want string
	}{
		{"Ethernet", 1, ethernetIP, "ethernet.ip.udp.unknown"},
		{"padding", 1, join(ethernetIP, make([]byte, 18)), "ethernet.ip.udp.unknown"},
		{"unknown type", 1, prototest.Frame(0x1234, ipPacket), "ethernet.unknown"},
		{"type below 1536", 1, prototest.Frame(1505, ipPacket), "ethernet.unknown"},
		{"ARP", 1, prototest.Frame(0x0806, make([]byte, 28)), "ethernet.arp"},
		{"LACP", 1, prototest.Frame(0x8809, []byte{1, 1}), "ethernet.lacp"},
		{"other slow protocol", 1, prototest.Frame(0x8809, []byte{3, 0}), "ethernet.unknown"},
		{"PROFINET DCP", 1, prototest.Frame(0x8892, []byte{0xfe, 0xfe}), "ethernet.profinet_dcp"},
		{"PROFINET IO", 1, prototest.Frame(0x8892, []byte{0x80, 0}), "ethernet.profinet_io"},

		{"VLAN", 1, prototest.Frame(0x8100, join(uint16(5), uint16(0x0800), ipPacket)), "ethernet.8021q.ip.udp.unknown"},
		{"QinQ", 1, prototest.Frame(0x88a8, join(uint16(7), uint16(0x8100), uint16(5), uint16(0x86dd), ip6Packet)), "ethernet.8021ad.8021q.ipv6.udp.unknown"},
		{"VLAN with length", 1, prototest.Frame(0x8100, join(uint16(5), uint16(38), snap(0, 0x0800, ipPacket))), "ethernet.8021q.llc.ip.udp.unknown"},
		{"VNTag", 1, prototest.Frame(0x8926, join(uint32(0), uint16(0x0800), ipPacket)), "ethernet.vntag.ip.udp.unknown"},
		{"E-Tag", 1, prototest.Frame(0x893f, join(uint32(0), uint16(0), uint16(0x0800), ipPacket)), "ethernet.etag.ip.udp.unknown"},
		{"HSR", 1, prototest.Frame(0x892f, join(uint32(0), uint16(0x0800), ipPacket)), "ethernet.hsr.ip.udp.unknown"},
		{"Cisco metadata", 1, prototest.Frame(0x8909, join("\x01\x01\x00\x01\x00\x02", uint16(0x0800), ipPacket)), "ethernet.cisco_metadata.ip.udp.unknown"},
		{"PBB", 1, prototest.Frame(0x88e7, join(uint32(9), ethernetIP)), "ethernet.pbb.ethernet.ip.udp.unknown"},
		{"FabricPath", 1, prototest.Frame(0x8903, join(uint16(0x0040), ethernetIP)), "ethernet.fabricpath.ethernet.ip.udp.unknown"},
		{"TRILL", 1, prototest.Frame(0x22f3, join(uint16(1<<6), uint32(0), uint32(0), ethernetIP)), "ethernet.trill.ethernet.ip.udp.unknown"},
		{"batman unicast", 1, prototest.Frame(0x4305, join("\x40\x0f", make([]byte, 8), ethernetIP)), "ethernet.batman.ethernet.ip.udp.unknown"},
		{"batman originator", 1, prototest.Frame(0x4305, join("\x00\x0f", make([]byte, 22))), "ethernet.batman"},

		{"LLC SNAP", 1, withLength(snap(0, 0x0800, ipPacket)), "ethernet.llc.ip.udp.unknown"},
		{"LLC SNAP VLAN", 1, withLength(snap(0, 0x8100, join(uint16(5), uint16(0x0800), ipPacket))), "ethernet.llc.8021q.ip.udp.unknown"},
		{"jumbo LLC", 1, prototest.Frame(0x8870, snap(0, 0x0800, ipPacket)), "ethernet.llc.ip.udp.unknown"},
		{"STP", 1, withLength([]byte("\x42\x42\x03\x00\x00")), "ethernet.llc.stp"},
		{"PVST", 1, withLength(snap(0xc, 0x010b, []byte{0})), "ethernet.llc.stp"},
		{"CDP", 1, withLength(snap(0xc, 0x2000, []byte{2})), "ethernet.llc.cdp"},
		{"DTP", 1, withLength(snap(0xc, 0x2004, []byte{1})), "ethernet.llc.dtp"},
		{"unknown organisation", 1, withLength(snap(0x123456, 0x0800, ipPacket)), "ethernet.llc.unknown"},
		{"XID", 1, withLength([]byte("\x00\x01\xbf\x81\x01\x00")), "ethernet.llc.xid"},
		{"IPX over LLC", 1, withLength([]byte("\xe0\xe0\x03\xff\xff")), "ethernet.llc.ipx"},
		{"IPX without LLC", 1, withLength([]byte("\xff\xff\x00\x20")), "ethernet.ipx"},
		{"NetBIOS over LLC", 1, withLength([]byte("\xf0\xf0\x03\x2c")), "ethernet.llc.netbios"},
		{"IS-IS", 1, withLength([]byte("\xfe\xfe\x03\x83")), "ethernet.llc.is_is"},
		{"bridged Ethernet", 1, withLength(snap(0x80c2, 7, join(uint16(0), ethernetIP))), "ethernet.llc.ethernet.ip.udp.unknown"},

		{"PPPoE session", 1, prototest.Frame(0x8864, join("\x11\x00\x00\x01", uint16(len(ipPacket)+2), uint16(0x21), ipPacket)), "ethernet.pppoe.ppp.ip.udp.unknown"},
		{"PPPoE discovery", 1, prototest.Frame(0x8863, []byte("\x11\x09\x00\x00\x00\x00")), "ethernet.pppoe"},
		{"PPPoE link", dataplane.LinkPPPoE, join("\x11\x00\x00\x01", uint16(6), uint16(0xc021), uint32(0)), "pppoe.ppp.lcp"},
		{"PPP", dataplane.LinkPPP, join("\xff\x03", uint16(0x57), ip6Packet), "ppp.ipv6.udp.unknown"},
		{"PPP without address", dataplane.LinkPPP, join(uint16(0x21), ipPacket), "ppp.ip.udp.unknown"},
		{"PPP with short protocol", dataplane.LinkPPP, join("\x21", ipPacket), "ppp.ip.udp.unknown"},
		{"PPP MPLS", dataplane.LinkPPP, join(uint16(0x281), "\x00\x01\x01\x40", ipPacket), "ppp.mpls.ip.udp.unknown"},
		{"HDLC on PPP", dataplane.LinkPPP, join("\x0f\x00", uint16(0x0800), ipPacket), "chdlc.ip.udp.unknown"},
		{"HDLC SLARP", dataplane.LinkCHDLC, join("\x8f\x00", uint16(0x8035), make([]byte, 14)), "chdlc.slarp"},
		{"HDLC IS-IS", dataplane.LinkCHDLC, join("\x8f\x00", uint16(0xfefe), "\x03\x83"), "chdlc.is_is"},

		{"MPLS", 1, prototest.Frame(0x8847, join("\x00\x01\x00\x40\x00\x02\x01\x40", ipPacket)), "ethernet.mpls.ip.udp.unknown"},
		{"MPLS IPv6", 1, prototest.Frame(0x8848, join("\x00\x01\x01\x40", ip6Packet)), "ethernet.mpls.ipv6.udp.unknown"},
		{"pseudowire with control word", 1, pseudowire(make([]byte, 4)), "ethernet.mpls.ethernet.ip.udp.unknown"},
		{"pseudowire without", 1, pseudowire(nil), "ethernet.mpls.ethernet.ip.udp.unknown"},
		{"MPLS without bottom", 1, prototest.Frame(0x8847, []byte("\x00\x01\x00\x40")), "ethernet.mpls"},
		{"MPLS in IP", 1, prototest.IPPacket(137, addr1, addr2, join("\x00\x01\x01\x40", ip6Packet)), "ethernet.ip.mpls_in_ip.mpls.ipv6.udp.unknown"},

		{"SLL", dataplane.LinkSLL, join(uint16(0), uint16(1), uint16(6), make([]byte, 8), uint16(0x0800), ipPacket), "sll.ip.udp.unknown"},
		{"SLL VLAN", dataplane.LinkSLL, join(uint16(0), uint16(1), uint16(6), make([]byte, 8), uint16(0x8100), uint16(5), uint16(0x0800), ipPacket), "sll.8021q.ip.udp.unknown"},
		{"SLL LLC", dataplane.LinkSLL, join(uint16(0), uint16(1), uint16(6), make([]byte, 8), uint16(4), "\x42\x42\x03"), "sll.llc.stp"},
		{"SLL netlink", dataplane.LinkSLL, join(uint16(0), uint16(824), uint16(0), make([]byte, 8), uint16(0x0800), ipPacket), "sll.unknown"},
		{"SLL2", dataplane.LinkSLL2, join(uint16(0x86dd), uint16(0), uint32(1), uint16(1), uint16(6), make([]byte, 8), ip6Packet), "sll2.ipv6.udp.unknown"},
		{"null, little endian", dataplane.LinkNull, join("\x02\x00\x00\x00", ipPacket), "loopback.ip.udp.unknown"},
		{"null, big endian", dataplane.LinkNull, join("\x00\x00\x00\x1e", ip6Packet), "loopback.ipv6.udp.unknown"},
		{"loop", dataplane.LinkLoop, join(uint32(2), ipPacket), "loopback.ip.udp.unknown"},
		{"null, unknown family", dataplane.LinkNull, join("\x07\x00\x00\x00", ipPacket), "loopback.unknown"},

		{"802.11", dataplane.Link80211, wlan(0x0801, nil, snap(0, 0x0800, ipPacket)), "ieee80211.llc.ip.udp.unknown"},
		{"802.11 four addresses", dataplane.Link80211, wlan(0x0803, make([]byte, 6), snap(0, 0x0800, ipPacket)), "ieee80211.llc.ip.udp.unknown"},
		{"802.11 QoS", dataplane.Link80211, wlan(0x8802, make([]byte, 2), snap(0, 0x0800, ipPacket)), "ieee80211.llc.ip.udp.unknown"},
		{"802.11 HT control", dataplane.Link80211, wlan(0x8882, make([]byte, 6), snap(0, 0x0800, ipPacket)), "ieee80211.llc.ip.udp.unknown"},
		{"802.11 aggregate", dataplane.Link80211, wlan(0x8802, join("\x80\x00", make([]byte, 12), uint16(8+len(ipPacket))), join(snap(0, 0x0800, ipPacket), make([]byte, 60))), "ieee80211.llc.ip.udp.unknown"},
		{"802.11 encrypted", dataplane.Link80211, wlan(0x0841, nil, make([]byte, 60)), "ieee80211"},
		{"802.11 null function", dataplane.Link80211, wlan(0x4801, nil, nil), "ieee80211"},
		{"802.11 beacon", dataplane.Link80211, wlan(0x8000, nil, make([]byte, 60)), "ieee80211"},
		{"radiotap", dataplane.LinkRadiotap, join("\x00\x00\x08\x00\x00\x00\x00\x00", wlan(0x0801, nil, snap(0, 0x0800, ipPacket))), "radiotap.ieee80211.llc.ip.udp.unknown"},
		{"radiotap padded", dataplane.LinkRadiotap, join("\x00\x00\x09\x00\x02\x00\x00\x00\x20", wlan(0x8802, make([]byte, 4), snap(0, 0x0800, ipPacket))), "radiotap.ieee80211.llc.ip.udp.unknown"},
		{"PPI Ethernet", dataplane.LinkPPI, ppi(1, nil, ethernetIP), "ethernet.ip.udp.unknown"},
		{"PPI 802.11 with check sum", dataplane.LinkPPI, ppi(105, []byte("\x02\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), join(wlan(0x0801, nil, snap(0, 0x0800, ipPacket)), uint32(0))), "ieee80211.llc.ip.udp.unknown"},

		{"802.15.4 acknowledgement", dataplane.Link802154NoFCS, []byte{2, 0, 9}, "ieee802154"},
		{"802.15.4 secured", dataplane.Link802154NoFCS, []byte("\x49\x88\x01\xcd\xab\xff\xff\x01\x00xxxxx"), "ieee802154"},
		{"802.15.4 other payload", dataplane.Link802154NoFCS, []byte("\x41\x88\x01\xcd\xab\xff\xff\x01\x00\x00xxxx"), "ieee802154.unknown"},
		{"6LoWPAN uncompressed", dataplane.Link802154NoFCS, join("\x41\x88\x01\xcd\xab\xff\xff\x01\x00\x41", ip6Packet), "ieee802154.sixlowpan.ipv6.udp.unknown"},
		{"6LoWPAN after mesh", dataplane.Link802154NoFCS, join("\x41\x88\x01\xcd\xab\xff\xff\x01\x00\xb1\x00\x01\x00\x02\x41", ip6Packet), "ieee802154.sixlowpan.ipv6.udp.unknown"},
		{"6LoWPAN later fragment", dataplane.Link802154NoFCS, []byte("\x41\x88\x01\xcd\xab\xff\xff\x01\x00\xe0\x80\x00\x01\x0fxxxx"), "ieee802154.sixlowpan"},
	} {
		n := newNet(t)
		n.Raw(c.link, c.data)
		if got := n.Path(); got != c.want {
			t.Errorf("%s: path %s, want %s", c.name, got, c.want)
		}
		prototest.Prefixes(c.data, func(b []byte) { n.Raw(c.link, b) })
	}
}

func TestEthernetAttributes(t *testing.T) {
	n := newNet(t)
	n.Register("ethernet.proto", "ethernet.src", "ethernet.dst", "ethernet.length", "llc.dsap", "llc.ssap", "llc.control_field",
		"8021q.tpid", "8021q.pcp", "8021q.dei", "8021q.vid")
	n.Frame(withLength([]byte("\x42\x43\x03\x00\x00")))
	expect(t, n, map[string]string{"ethernet.proto": "5", "ethernet.length": "5", "ethernet.src": "02:00:00:00:00:01",
		"ethernet.dst": "02:00:00:00:00:02", "llc.dsap": "66", "llc.ssap": "67", "llc.control_field": "3"})
	n.Frame(prototest.Frame(0x8100, prototest.Bytes(uint16(0xb123), uint16(0x0800), ipPacket)))
	expect(t, n, map[string]string{"ethernet.proto": "33024", "ethernet.length": "", "llc.dsap": "",
		"8021q.tpid": "33024", "8021q.pcp": "5", "8021q.dei": "1", "8021q.vid": "291"})
}

func expect(t *testing.T, n *prototest.Net, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := n.Value(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
}

func TestARPAttributes(t *testing.T) {
	n := newNet(t)
	names := []string{"ar_hrd", "ar_pro", "ar_hln", "ar_pln", "ar_op", "ar_sha", "ar_sip", "ar_tha", "ar_tip", "src_hard", "src_proto", "dst_hard", "dst_proto"}
	for _, name := range names {
		n.Register("arp." + name)
	}
	n.Frame(prototest.Frame(0x0806, prototest.Hex("0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002")))
	for i, want := range []string{"1", "2048", "6", "4", "2", "02:00:00:00:00:01", "10.0.0.1", "02:00:00:00:00:02", "10.0.0.2",
		"020000000001", "0a000001", "020000000002", "0a000002"} {
		if got := n.Value("arp." + names[i]); got != want {
			t.Errorf("%s = %q, want %q", names[i], got, want)
		}
	}
	n.Frame(prototest.Frame(0x0806, prototest.Hex("0020 0800 08 04 0001 0102030405060708 0a000001 0000000000000000 0a000002")))
	expect(t, n, map[string]string{"arp.ar_sha": "", "arp.src_hard": "0102030405060708", "arp.ar_tip": "10.0.0.2"})
}

func TestSLLAttributes(t *testing.T) {
	n := newNet(t)
	n.Register("sll.pkttype", "sll.hatype", "sll.halen", "sll.addr", "sll.protocol")
	n.Raw(dataplane.LinkSLL, prototest.Bytes(uint16(4), uint16(1), uint16(6), prototest.Hex("0102030405060708"), uint16(0x0800), ipPacket))
	expect(t, n, map[string]string{"sll.pkttype": "4", "sll.hatype": "1", "sll.halen": "6",
		"sll.addr": "72623859790382856", "sll.protocol": "2048"})
}

func TestIEEE802154Attributes(t *testing.T) {
	n := newNet(t)
	n.Register("ieee802154.type", "ieee802154.seq_nb", "ieee802154.dst_pan", "ieee802154.dst", "ieee802154.src")
	n.Raw(dataplane.Link802154NoFCS, []byte("\x41\xc8\x07\xcd\xab\xff\xff\x08\x07\x06\x05\x04\x03\x02\x01\x00"))
	expect(t, n, map[string]string{"ieee802154.type": "1", "ieee802154.seq_nb": "7", "ieee802154.dst_pan": "43981",
		"ieee802154.dst": "65535", "ieee802154.src": "72623859790382856"})
}

// TestSixlowpanExpands compares what comes out of compressed headers with the
// packets that RFC 6282 says they stand for.
func TestSixlowpanExpands(t *testing.T) {
	for _, c := range []struct {
		name, iphc, src, dst, sport, dport, next, hops string
	}{
		{"all elided", "7e 33 f3 12 0000", "fe80::302:304:506:708", "fe80::ff:fe00:ffff", "61617", "61618", "17", "64"},
		{"addresses in line", "78 00 3b 40 20010db8000000000000000000000001 20010db8000000000000000000000002",
			"2001:db8::1", "2001:db8::2", "", "", "59", "64"},
		{"group of 8 bits", "7e 3b 02 f0 1633 1634 0000", "fe80::302:304:506:708", "ff02::2", "5683", "5684", "17", "64"},
		{"short in line", "7f 22 abcd 1234 f1 1633 01 0000", "fe80::ff:fe00:abcd", "fe80::ff:fe00:1234", "5683", "61441", "17", "255"},
		{"group of 32 bits", "7e 3a 05 010203 f2 02 1633 0000", "fe80::302:304:506:708", "ff05::1:203", "61442", "5683", "17", "64"},
		{"group of 48 bits", "7e 39 05 0102030405 f2 02 1633 0000", "fe80::302:304:506:708", "ff05::1:203:405", "61442", "5683", "17", "64"},
		{"identifier in line, no check sum", "7e 11 0000000000000001 0000000000000002 f4 0001 0002", "fe80::1", "fe80::2", "1", "2", "17", "64"},
		{"unspecified", "79 c0 00 3a ff020000000000000000000000000001", "::", "ff02::1", "", "", "58", "1"},
	} {
		n := newNet(t)
		n.Register("ipv6.src", "ipv6.dst", "ipv6.len", "ipv6.next_hdr", "ipv6.hop_limit", "udp.src_port", "udp.dest_port", "udp.len")
		frame := prototest.Bytes("\x41\xc8\x07\xcd\xab\xff\xff\x08\x07\x06\x05\x04\x03\x02\x01", prototest.Hex(c.iphc), "data")
		n.Raw(dataplane.Link802154NoFCS, frame)
		want := map[string]string{"ipv6.src": c.src, "ipv6.dst": c.dst, "ipv6.next_hdr": c.next, "ipv6.hop_limit": c.hops,
			"udp.src_port": c.sport, "udp.dest_port": c.dport, "ipv6.len": "4"}
		if c.sport != "" {
			want["udp.len"], want["ipv6.len"] = "12", "12"
		}
		t.Run(c.name, func(t *testing.T) { expect(t, n, want) })
		prototest.Prefixes(frame, func(b []byte) { n.Raw(dataplane.Link802154NoFCS, b) })
	}
}

func TestSixlowpanTrafficClass(t *testing.T) {
	for iphc, want := range map[string][2]string{
		"60 33 b9 012345 3b 40": {"230", "74565"}, // congestion bits 10, service class 57
		"68 33 80 5678 3b 40":   {"2", "22136"},
		"70 33 b9 3b 40":        {"230", "0"},
	} {
		n := newNet(t)
		n.Register("ipv6.TC", "ipv6.flow_label", "ipv6.next_hdr")
		n.Raw(dataplane.Link802154NoFCS, prototest.Bytes("\x41\xc8\x07\xcd\xab\xff\xff\x08\x07\x06\x05\x04\x03\x02\x01", prototest.Hex(iphc)))
		expect(t, n, map[string]string{"ipv6.TC": want[0], "ipv6.flow_label": want[1], "ipv6.next_hdr": "59"})
	}
}

func TestLoopbackOrder(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		head := make([]byte, 4)
		order.PutUint32(head, 2)
		n := newNet(t)
		n.Raw(dataplane.LinkNull, append(head, ipPacket...))
		if n.Path() != "loopback.ip.udp.unknown" {
			t.Errorf("%v: path %s", order, n.Path())
		}
	}
}
