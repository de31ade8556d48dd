package industrial

import (
	"hash/crc32"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/prototest"
)

// all are the protocols of this package, so that a test sees them compete.
var all = []dpi.Protocol{
	Modbus, EthernetIP, CIP, Profinet, FINS, ADS, HARTIP, OPCUA, EGD, EtherSBus, EtherSIO, TriStation,
	MELSEC, GESRTP, CODESYS, Moxa, Lantronix, IEC60870, DNP3, Synchrophasor, IEC62056, C1222, CNPIP, MBus,
	TPKT, COTP, S7, SOMEIP, DoIP, CAN, TRDP, BACnet, NiagaraFox, KNX, RTPS, CoAP, Crimson, EtherCAT,
}

// conversation is an example of a protocol: a message, and an answer where one
// direction alone does not tell.
type conversation struct {
	name     string
	tcp      bool
	port     uint16
	up, down []byte
	want     string
	anyPort  bool  // recognised on other ports too
	spoil    []int // bytes of up that may not be different
}

func (c *conversation) play(n *prototest.Net, port uint16, up []byte) string {
	f := n.UDP(40000, port)
	if c.tcp {
		f = n.TCP(40000, port)
	}
	if f.Up(up); c.down != nil {
		f.Down(c.down)
	}
	return strings.TrimPrefix(strings.TrimPrefix(f.Final(), "ethernet.ip."), "tcp.")
}

func (c *conversation) name4() string { return strings.TrimPrefix(c.want, "udp.") }

// withSum appends a sum of b.
func withSum(b []byte, sum func(b []byte) []byte) []byte { return append(b, sum(b)...) }

func ccitt(start uint16) func([]byte) []byte {
	return func(b []byte) []byte { return be.AppendUint16(nil, crc16(b, 0x1021, start)) }
}

// Bytes of the wire in the order that a specification's tables have them.
var (
	hex   = prototest.Hex
	wire  = prototest.Bytes
	zeros = func(n int) []byte { return make([]byte, n) }
)

var (
	dnp3Reset   = withSum(hex("05 64 05 c0 01 00 0a 00"), func(b []byte) []byte { return le.AppendUint16(nil, ^crc16Reflected(b, 0xa6bc, 0)) })
	pmuCommand  = withSum(hex("aa41 0012 0001 5f000000 00000000 0002"), ccitt(0xffff))
	sbusRequest = withSum(hex("0000000e 01 00 0001 00 01 06 00"), ccitt(0))
	hdlcSNRM    = append(withSum(hex("7e a0 07 03 21 93"), func(b []byte) []byte { return le.AppendUint16(nil, ^crc16Reflected(b[1:], 0x8408, 0xffff)) }), 0x7e)
	triPing     = withSum(hex("01 00 0000"), func(b []byte) []byte { return le.AppendUint16(nil, crc16Reflected(b, 0xa001, 0)) })
	trdpData    = withSum(wire(uint32(1), hex("0100"), "Pd", uint32(1000), zeros(20), uint32(0)),
		func(b []byte) []byte { return le.AppendUint32(nil, crc32.ChecksumIEEE(b)) })
	uaHello = wire("HELF", hex("20000000 00000000 00000100 00000100 00000000 00000000"), zeros(4))
	dceRPC  = wire(hex("04 00 20 00 10 00 00 00"), zeros(16), hex("0100a0de 976c d111 8271 00a02442df7d"), zeros(40))
)

var conversations = []conversation{
	{name: "modbus read", tcp: true, port: 502, up: hex("0001 0000 0006 01 03 0000 000a"), want: "modbus", anyPort: true, spoil: []int{2, 3, 5, 7}},
	{name: "modbus two units", tcp: true, port: 502, up: hex("0001 0000 0006 01 03 0000 000a 0002 0000 0003 01 83 02"), want: "modbus", anyPort: true, spoil: []int{14, 17}},
	{name: "modbus in udp", port: 502, up: hex("0001 0000 0006 01 03 0000 000a"), want: "udp.modbus", spoil: []int{2, 3, 5, 7}},
	{name: "umas", tcp: true, port: 502, up: hex("0001 0000 0004 00 5a 00 02"), want: "modbus", anyPort: true},
	{name: "ethernet/ip register", tcp: true, port: 44818, up: wire(hex("6500 0400 00000000 00000000"), zeros(8), hex("00000000 0100 0000")), want: "ethernet_ip", anyPort: true, spoil: []int{0, 1, 3, 20}},
	{name: "cip i/o", port: 2222, up: hex("0200 0280 0800 01000000 05000000 b100 0400 0100 aabb"), want: "udp.cip", anyPort: true, spoil: []int{0, 2, 4, 14, 16}},
	{name: "profinet", port: 34964, up: dceRPC, want: "udp.profinet_io", anyPort: true, spoil: []int{0, 33, 39}},
	{name: "fins tcp", tcp: true, port: 9600, up: wire("FINS", uint32(12), uint32(0), uint32(0), uint32(0)), want: "fins", anyPort: true, spoil: []int{0, 4, 8}},
	{name: "fins udp", port: 9600, up: hex("80 00 02 00 01 00 00 22 00 01 0101 82 0000 00 0001"), want: "udp.fins", spoil: []int{0, 1, 2, 10}},
	{name: "ads", tcp: true, port: 48898, up: wire(hex("0000 20000000"), zeros(16), hex("0400 0400 00000000 00000000 01000000")), want: "beckhoff_ads", anyPort: true, spoil: []int{0, 2, 22, 26}},
	{name: "ads discovery", port: 48899, up: wire(hex("03661471"), zeros(20)), want: "udp.beckhoff_ads", anyPort: true, spoil: []int{0, 3}},
	{name: "hart session", port: 5094, up: hex("01 00 00 00 0002 000d 01 00007530"), want: "udp.hart_ip", spoil: []int{0, 1, 2, 6}},
	{name: "hart command on another port", port: 5095, up: hex("01 00 03 00 0003 0008"), down: hex("01 01 03 00 0003 0008"), want: "udp.hart_ip", anyPort: true, spoil: []int{0, 1, 2, 5, 7}},
	{name: "opc ua hello", tcp: true, port: 4840, up: uaHello, want: "opc_ua", anyPort: true, spoil: []int{0, 3, 7}},
	{name: "egd", port: 18246, up: wire(hex("0d01 0001"), zeros(28), hex("01")), want: "udp.ethernet_global_data", spoil: []int{0, 1, 28}},
	{name: "s-bus", port: 5050, up: sbusRequest, want: "udp.ether_s_bus", anyPort: true, spoil: []int{3, 4, 9, 12}},
	{name: "s-i/o", port: 6060, up: wire("ESIO", zeros(24)), want: "udp.ether_s_io", anyPort: true, spoil: []int{0, 3}},
	{name: "tristation", port: 1502, up: triPing, want: "udp.tristation", spoil: []int{0, 1, 2, 5}},
	{name: "melsec 3E read", tcp: true, port: 5007, up: hex("5000 00 ff ff03 00 0c00 1000 0104 0000 640000 a8 0300"), want: "mitsubishi_melsec", anyPort: true, spoil: []int{0, 1, 4, 7, 12}},
	{name: "melsec 4E answer", port: 5006, up: hex("d400 1234 0000 00 ff ff03 00 0400 0000 cdab"), want: "udp.mitsubishi_melsec", anyPort: true, spoil: []int{0, 4, 8, 11}},
	{name: "srtp opening", tcp: true, port: 18245, up: zeros(56), down: wire(1, zeros(55)), want: "ge_srtp", spoil: []int{0, 1, 30}},
	{name: "srtp request", tcp: true, port: 18245, up: wire(2, zeros(30), 0xc0, zeros(24)), want: "ge_srtp", spoil: []int{0, 1, 31}},
	{name: "codesys 3", tcp: true, port: 11740, up: hex("e8170100 10000000 c5 6b 40 40 00 35 2d df"), want: "codesys", anyPort: true, spoil: []int{0, 4 + 2, 8}},
	{name: "codesys 2", tcp: true, port: 2455, up: hex("bbbb 01000000 01"), want: "codesys", anyPort: true, spoil: []int{0, 1, 3}},
	{name: "codesys datagram", port: 1740, up: hex("c5 6b 40 03 00 30 00 00"), want: "udp.codesys", spoil: []int{0, 3}},
	{name: "moxa search", port: 4800, up: hex("01 00 0008 00000000"), want: "udp.moxa_nport", spoil: []int{1, 2, 3}},
	{name: "lantronix query", port: 30718, up: hex("000000f6"), want: "udp.lantronix", spoil: []int{0, 1, 2, 3}},
	{name: "lantronix answer", port: 30718, up: wire(hex("000000f7"), zeros(26)), want: "udp.lantronix", spoil: []int{0, 3}},
	{name: "iec104 start", tcp: true, port: 2404, up: hex("68 04 07000000"), want: "iec60870", spoil: []int{0, 1, 2, 3}},
	{name: "iec104 elsewhere", tcp: true, port: 2405, up: hex("68 04 07000000 68 04 01000200 68 0e 00000000 64 01 06 00 0100 000000 14"), want: "iec60870", anyPort: true, spoil: []int{0, 6, 12, 13}},
	{name: "dnp3", tcp: true, port: 20000, up: dnp3Reset, want: "dnp3", anyPort: true, spoil: []int{0, 1, 3, 8}},
	{name: "phasor command", tcp: true, port: 4712, up: pmuCommand, want: "ieee_c37118", anyPort: true, spoil: []int{0, 1, 3, 6, 17}},
	{name: "dlms wrapper", tcp: true, port: 4059, up: hex("0001 0010 0001 0005 60 03 a1 01 00"), want: "iec62056", anyPort: true, spoil: []int{1, 7, 8}},
	{name: "dlms hdlc", tcp: true, port: 4060, up: hdlcSNRM, want: "iec62056", anyPort: true, spoil: []int{0, 1, 2, 5, 8}},
	{name: "c12.22", tcp: true, port: 1153, up: hex("60 08 a2 06 06 04 60 7c 86 01"), want: "ansi_c1222", spoil: []int{0, 1, 2}},
	{name: "c12.22 long", port: 1153, up: wire(hex("60 81 80 a2 7e"), zeros(126)), want: "udp.ansi_c1222", spoil: []int{0, 3}},
	{name: "cnp/ip", port: 1628, up: wire(uint16(22), hex("01 01 00 00 0000 0000 00000000 00000000 00000000")), want: "udp.cnp_ip", spoil: []int{0, 1, 2}},
	{name: "m-bus request", tcp: true, port: 10001, up: hex("10 5b 01 5c 16"), want: "mbus", anyPort: true, spoil: []int{0, 1, 3, 4}},
	{name: "m-bus answer", tcp: true, port: 10001, up: hex("68 04 04 68 08 01 72 05 80 16"), want: "mbus", anyPort: true, spoil: []int{0, 1, 2, 3, 6, 8, 9}},
	{name: "someip", port: 30501, up: hex("1234 0421 00000008 0000 0001 01 01 00 00"), want: "udp.someip", anyPort: true, spoil: []int{4, 7, 12, 14, 15}},
	{name: "someip in two", tcp: true, port: 30501, up: hex("1234 0421 00000008 0000 0001 01 01 00 00 1234 0421 00000010 0000 0001 01 01 80 00"), want: "someip", anyPort: true, spoil: []int{12, 28}},
	{name: "doip announcement", port: 13400, up: wire(hex("02 fd 0004 00000021"), zeros(33)), want: "udp.doip", anyPort: true, spoil: []int{0, 1, 2, 4}},
	{name: "doip diagnostic", tcp: true, port: 13400, up: hex("02 fd 8001 00000006 0e80 1000 22f1"), want: "doip", anyPort: true, spoil: []int{0, 1, 2, 4}},
	{name: "can", port: 11898, up: wire("ISO11898", hex("00000123 00 00")), want: "udp.can", anyPort: true, spoil: []int{0, 7}},
	{name: "trdp", port: 17224, up: trdpData, want: "udp.trdp", anyPort: true, spoil: []int{0, 4, 6, 36}},
	{name: "bacnet who-is", port: 47808, up: hex("81 0b 000c 01 20 ffff 00 ff 10 08"), want: "udp.bacnet", anyPort: true, spoil: []int{0, 1, 2, 3}},
	{name: "bacnet result", port: 47808, up: hex("81 00 0006 0000"), want: "udp.bacnet", spoil: []int{0, 1, 3}},
	{name: "niagara", tcp: true, port: 1911, up: []byte("fox a 1 -1 fox hello\n{\n"), want: "niagara_fox", anyPort: true, spoil: []int{0, 3, 4, 5}},
	{name: "crimson", tcp: true, port: 789, up: hex("0004 012b 1b00"), want: "crimson", spoil: []int{1, 2, 3, 4}},
	{name: "ethercat", port: 34980, up: hex("1c10 08 00 0000 0000 0280 0000 0000 0000 04 01 0100 1001 0200 0000 0000 0000"), want: "udp.ethercat", spoil: []int{0, 1, 2, 8, 22}},
	{name: "knx search", port: 3671, up: hex("06 10 0201 000e 08 01 c0a80101 0e57"), want: "udp.knxnet_ip", anyPort: true, spoil: []int{0, 1, 2, 5}},
	{name: "rtps", port: 7400, up: wire("RTPS", hex("02 01 010f"), zeros(12)), want: "udp.rtps", anyPort: true, spoil: []int{0, 3, 4}},
	{name: "coap get", port: 5683, up: hex("40 01 1234 b4 74696d65"), want: "udp.coap", spoil: []int{0, 1, 4}},
	{name: "coap confirmed", port: 9, up: hex("41 01 1234 77 b4 74696d65"), down: hex("61 45 1234 77 ff 31"), want: "udp.coap", anyPort: true, spoil: []int{0, 1, 2, 4}},
}

func TestConversations(t *testing.T) {
	n := prototest.New(t, all...)
	for _, c := range conversations {
		if got := c.play(n, c.port, c.up); got != c.want {
			t.Errorf("%s: path %s, want %s", c.name, got, c.want)
		}
	}
}

// TestOtherPort tells protocols that content alone proves from those whose port
// has to be right.
func TestOtherPort(t *testing.T) {
	n := prototest.New(t, all...)
	for _, c := range conversations {
		got := c.play(n, 999, c.up)
		if want := c.want; (got == want) != c.anyPort {
			t.Errorf("%s: path %s on another port, recognised should be %v", c.name, got, c.anyPort)
		}
	}
}

// TestSpoiled changes one byte that has to be right.
func TestSpoiled(t *testing.T) {
	n := prototest.New(t, all...)
	for _, c := range conversations {
		for _, at := range c.spoil {
			up := append([]byte(nil), c.up...)
			up[at] ^= 0xff
			if got := c.play(n, c.port, up); got == c.want {
				t.Errorf("%s: recognised as %s with byte %d spoiled", c.name, got, at)
			}
		}
	}
}

// TestTruncated cuts every message at every length: it may be recognised or
// not, but not as something else.
func TestTruncated(t *testing.T) {
	n := prototest.New(t, all...)
	for _, c := range conversations {
		prototest.Prefixes(c.up, func(prefix []byte) {
			got := strings.TrimPrefix(c.play(n, c.port, prefix), "udp.")
			if got != c.name4() && got != "unknown" && got != "udp" && got != "tcp" {
				t.Errorf("%s cut at %d: path %s", c.name, len(prefix), got)
			}
		})
	}
}

// TestSplit sends every message over TCP in two segments, cut anywhere.
func TestSplit(t *testing.T) {
	n := prototest.New(t, all...)
	for _, c := range conversations {
		for at := 1; c.tcp && at < len(c.up); at++ {
			f := n.TCP(40000, c.port).Up(c.up[:at], c.up[at:])
			if c.down != nil {
				f.Down(c.down)
			}
			if got := strings.TrimPrefix(f.Final(), "ethernet.ip.tcp."); got != c.want {
				t.Errorf("%s cut at %d: path %s, want %s", c.name, at, got, c.want)
			}
		}
	}
}

// TestText holds that what people write is none of these.
func TestText(t *testing.T) {
	n := prototest.New(t, all...)
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "HELLO WORLD, HELLO", "AAAAAAAAAAAAAAAA", "foxes run a 1"} {
		for _, c := range conversations {
			if c.anyPort && !c.tcp {
				got := n.UDP(40000, c.port).Up([]byte(text)).Down([]byte(text)).Final()
				if got != "ethernet.ip.udp.unknown" {
					t.Errorf("%q on port %d: path %s", text, c.port, got)
				}
			}
		}
	}
}

func TestCRC(t *testing.T) {
	text := []byte("123456789") // the check value of every catalogue of CRCs
	for name, got := range map[string]uint16{
		"XMODEM 31c3":      crc16(text, 0x1021, 0) ^ 0x31c3,
		"CCITT-FALSE 29b1": crc16(text, 0x1021, 0xffff) ^ 0x29b1,
		"ARC bb3d":         crc16Reflected(text, 0xa001, 0) ^ 0xbb3d,
		"X-25 906e":        ^crc16Reflected(text, 0x8408, 0xffff) ^ 0x906e,
		"DNP ea82":         ^crc16Reflected(text, 0xa6bc, 0) ^ 0xea82,
	} {
		if got != 0 {
			t.Errorf("CRC-16/%s: differs by %04x", name, got)
		}
	}
}
