package traffic

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"net/netip"
	"testing"
)

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestChecksum(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       uint16
	}{
		{"RFC 1071 section 3", "0001f203f4f5f6f7", 0x220d},
		{"nothing", "", 0xffff},
		{"odd length", "01", 0xfeff},
		{"carry after carry", "ffffffff0001", 0xfffe},
		{"IPv4 header", "450000730000400040110000c0a80001c0a800c7", 0xb861},
	} {
		if got := checksum(fromHex(t, c.data)); got != c.want {
			t.Errorf("%s: %04x, want %04x", c.name, got, c.want)
		}
	}
}

// TestIPv4Header compares with a header worked out by hand.
func TestIPv4Header(t *testing.T) {
	h := ip4{src: addr("192.168.0.1"), dst: addr("192.168.0.199"), proto: protoUDP, ttl: 64, frag: dontFragment}
	got := h.build(make([]byte, 95))
	if want := fromHex(t, "45000073000040004011b861c0a80001c0a800c7"); !bytes.Equal(got[:20], want) {
		t.Errorf("%x, want %x", got[:20], want)
	}
}

// TestTransportChecksums: a segment with a right checksum and its pseudo
// header sum up to all ones, which fold complements to zero.
func TestTransportChecksums(t *testing.T) {
	v4 := [2]netip.Addr{addr("10.1.2.3"), addr("198.18.7.9")}
	v6 := [2]netip.Addr{addr("2001:db8:c::1"), addr("2001:db8:5e::ffff")}
	for n := range 70 {
		data := bytes.Repeat([]byte{0xa7, 0x5c, 0xff}, n)[:n*2+n%2]
		for _, a := range [][2]netip.Addr{v4, v6} {
			tcp := tcpSegment{srcPort: 1, dstPort: 65535, seq: 1 << 31, ack: 7, flags: ack, window: 9, options: tcpMSS(1460).u8(1)}
			sumsToZero(t, a, protoTCP, tcp.build(a[0], a[1], data))
			sumsToZero(t, a, protoUDP, udp(a[0], a[1], 53, uint16(n), data))
		}
		sumsToZero(t, v6, protoICMPv6, icmp6(v6[0], v6[1], 128, 0, 5, data))
		if checksum(icmp4(8, 0, 5, data)) != 0 {
			t.Errorf("wrong ICMP checksum over %d bytes", len(data))
		}
	}
}

func sumsToZero(t *testing.T, a [2]netip.Addr, proto byte, segment []byte) {
	t.Helper()
	if got := transportSum(a[0], a[1], proto, segment); got != 0 {
		t.Errorf("protocol %d, %v to %v, %d bytes: checksum is off by %04x", proto, a[0], a[1], len(segment), got)
	}
}

// TestUDPZeroSum: a sum that comes out as zero is sent as all ones.
func TestUDPZeroSum(t *testing.T) {
	a := [2]netip.Addr{addr("10.0.0.1"), addr("10.0.0.2")}
	plain := udp(a[0], a[1], 1, 2, []byte{0, 0})
	zero := udp(a[0], a[1], 1, 2, plain[6:8])
	if got := binary.BigEndian.Uint16(zero[6:]); got != 0xffff {
		t.Errorf("checksum %04x, want ffff", got)
	}
}

func TestSCTPChecksum(t *testing.T) {
	if got := crc32.Checksum([]byte("123456789"), castagnoli); got != 0xe3069283 {
		t.Fatalf("CRC-32c of the digits is %08x, want e3069283", got)
	}
	p := sctpPacket(1, 2, 3, sctpChunk(sctpCookieEcho, 0, []byte("abcde")))
	sum := binary.LittleEndian.Uint32(p[8:])
	clear(p[8:12])
	if got := crc32.Checksum(p, castagnoli); got != sum {
		t.Errorf("checksum field %08x, computed %08x", sum, got)
	}
	if len(p) != 12+12 || p[15] != 9 {
		t.Errorf("chunk of 5 bytes: packet length %d and chunk length %d, want 24 and 9", len(p), p[15])
	}
}

// TestShims compares the headers around IP with bytes written out by hand.
func TestShims(t *testing.T) {
	v4 := []byte{0x45, 0}
	for _, c := range []struct {
		name, want string
		got        []byte
	}{
		{"VLAN", "6064" + "0800" + "4500", vlan(3, 100, etherIPv4, v4)},
		{"MPLS", "03e8403f" + "05dd113f" + "4500", mpls(63, v4, 16004, 24017)},
		{"PPPoE", "1100" + "1234" + "0004" + "0021" + "4500", pppoe(0x1234, v4)},
		{"PPPoE IPv6", "1100" + "0001" + "0003" + "0057" + "60", pppoe(1, []byte{0x60})},
		{"GRE", "0000" + "0800" + "4500", gre(etherIPv4, 0, v4)},
		{"GRE key", "2000" + "0800" + "00001267" + "4500", gre(etherIPv4, 4711, v4)},
		{"VXLAN", "08000000" + "00138900" + "4500", vxlan(5001, v4)},
		{"GTP-U up", "34ff" + "000a" + "00000007" + "00000085" + "01100900" + "4500", gtpU(7, true, 9, v4)},
		{"GTP-U down", "34ff" + "000a" + "00000007" + "00000085" + "01000900" + "4500", gtpU(7, false, 9, v4)},
		{"GTP-U plain", "30ff" + "0002" + "00000007" + "4500", gtpUPlain(7, v4)},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestExtensionHeaderChain(t *testing.T) {
	h := ip6{src: addr("::1"), dst: addr("::2"), proto: protoUDP, hopLimit: 1, ext: []ext6{
		{protoHopByHop, []byte{1, 4, 0, 0, 0, 0}}, {protoDestOpts, make([]byte, 10)}, {protoFragment, make([]byte, 6)}}}
	p := h.build([]byte{0xaa})
	want := fromHex(t, "3c00010400000000"+"2c01"+"0000000000000000000000000000"+"1100000000000000"+"aa")
	if p[6] != protoHopByHop || binary.BigEndian.Uint16(p[4:]) != uint16(len(want)) || !bytes.Equal(p[40:], want) {
		t.Errorf("next header %d, length %x, rest %x; want 0, %x, %x", p[6], p[4:6], p[40:], len(want), want)
	}
}

// TestFragment4 puts the pieces together again.
func TestFragment4(t *testing.T) {
	payload := newGen(1, "pieces", 0).bytes(1000)
	h := ip4{src: addr("10.0.0.1"), dst: addr("10.0.0.2"), proto: protoUDP, ttl: 9, id: 77, options: []byte{1, 1, 1}}
	whole := h.build(payload)
	got := make([]byte, len(payload))
	pieces := fragment4(whole, 256)
	for i, p := range pieces {
		word := binary.BigEndian.Uint16(p[6:])
		copy(got[int(word&0x1fff)*8:], p[24:])
		if more := word&moreFragments != 0; more != (i < len(pieces)-1) {
			t.Errorf("piece %d of %d says more = %v", i+1, len(pieces), more)
		}
		if checksum(p[:24]) != 0 || ip4Len(p) != len(p) || !bytes.Equal(p[4:6], whole[4:6]) {
			t.Errorf("piece %d has a wrong header: %x", i+1, p[:24])
		}
	}
	if len(pieces) != 4 || !bytes.Equal(got, payload) {
		t.Errorf("%d pieces, want 4; payload restored: %v", len(pieces), bytes.Equal(got, payload))
	}
}

func TestBER(t *testing.T) {
	for _, c := range []struct {
		got  wire
		want string
	}{
		{berInt(berInteger, 0), "020100"},
		{berInt(berInteger, 127), "02017f"},
		{berInt(berInteger, 128), "02020080"},
		{berInt(snmpCounter, 3_000_000_000), "410500b2d05e00"},
		{berObject(1, 3, 6, 1, 4, 1, 8072, 0), "06082b06010401bf0800"},
		{ber(berOctets, make([]byte, 130))[:3], "048182"},
		{ber(berOctets, make([]byte, 300))[:4], "0482012c"},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestVarint(t *testing.T) {
	for v, want := range map[int]string{37: "25", 63: "3f", 64: "4040", 15293: "7bbd", 16384: "80004000", 494878333: "9d7f3e7d"} {
		if got := hex.EncodeToString(wire{}.varint(v)); got != want {
			t.Errorf("%d: %s, want %s", v, got, want)
		}
	}
}

func TestDNSCompression(t *testing.T) {
	q := dnsMessage{id: 1, flags: dnsWanted, questions: []dnsQuestion{{name: "a.example", typ: dnsA}}}
	got := hex.EncodeToString(q.reply(0, recordAddr("a.example", addr("192.0.2.1"))).build())
	want := "0001" + "8180" + "0001000100000000" + "0161076578616d706c6500" + "00010001" + "c00c" + "00010001" + "0000012c" + "0004c0000201"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
