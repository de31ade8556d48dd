package transport_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/proto/transport"
	"mmt/dataplane"
)

// hello is a protocol for what is behind telemetry.
var hello = dpi.Protocol{ID: id.Echo, Name: "echo", Classifiers: []dpi.Classifier{
	{Parent: id.Udp, Classify: isHello}, {Parent: id.Tcp, Classify: isHello},
}}

func isHello(_ *dpi.Packet, d []byte) dpi.Verdict {
	switch n := min(len(d), 5); {
	case string(d[:n]) != "hello"[:n]:
		return dpi.No
	case n < 5:
		return dpi.More
	}
	return dpi.Yes
}

func intNet(t testing.TB, attributes ...string) *prototest.Net {
	t.Helper()
	n := prototest.New(t, transport.INT, hello)
	n.Register(attributes...)
	return n
}

// int1 builds telemetry of version 1: hops of hop words each.
func int1(instructions uint16, hop int, metadata ...any) []byte {
	stack := prototest.Bytes(metadata...)
	return prototest.Bytes(1, 0, byte(3+len(stack)/4), 0, 0x10, 0, hop, 8, instructions, uint16(0), stack)
}

// int2 builds telemetry of version 2.1.
func int2(shim byte, instructions uint16, hop int, own uint16, metadata ...any) []byte {
	stack := prototest.Bytes(metadata...)
	return prototest.Bytes(shim, byte(3+len(stack)/4), uint16(0), 0x20, 0, hop, 8, instructions, uint16(0), own, uint16(0), stack)
}

// marked builds a packet whose IP header has a DSCP.
func marked(v6 bool, proto uint8, dscp byte, payload []byte) []byte {
	if v6 {
		b := prototest.IPPacket(proto, six1, six2, payload)
		b[14], b[15] = b[14]|dscp>>2, b[15]|dscp<<6
		return b
	}
	b := prototest.IPPacket(proto, addr1, addr2, payload)
	b[15] = dscp << 2
	return b
}

func intUDP(dscp byte, port uint16, payload ...any) []byte {
	return marked(false, 17, dscp, prototest.UDPDatagram(1000, port, prototest.Bytes(payload...)))
}

const intDSCP = 0x20

// gamingMetadata is what a switch counted: two packets of 300 bytes up, one of
// 500 down, 10 units of 64 microseconds between those up.
var gamingMetadata = prototest.Bytes([]byte{192, 0, 2, 1, 192, 0, 2, 2}, uint16(2), uint16(1), uint32(300), uint32(500), uint32(10), uint32(7))

func TestINTAttributes(t *testing.T) {
	hop := func(n uint32) []byte {
		return prototest.Bytes(n, uint16(n+1), uint16(n+2), n+3, n<<24|(n+4), uint64(n+5), uint64(n+6))
	}
	for _, c := range []struct {
		name string
		data []byte
		want map[string]string
	}{
		{"v1, two hops", int1(0xfc00, 8, hop(1), hop(2)), map[string]string{
			"instruction_bits": "64512", "num_hop": "2", "latency": "9",
			"hop_switch_ids":       "0000000100000002",
			"hop_ingress_port_ids": "0000000200000003", "hop_egress_port_ids": "0000000300000004",
			"hop_latencies": "0000000400000005", "hop_queue_ids": "0000000100000002", "hop_queue_occups": "0000000500000006",
			"hop_ingress_times": "00000000000000060000000000000007", "hop_egress_times": "00000000000000070000000000000008",
			"is_switch_id": "1", "is_in_egress_port_id": "1", "is_hop_latency": "1", "is_queue_id_occup": "1",
			"is_ingress_time": "1", "is_egress_time": "1", "is_lv2_in_egress_port_id": "", "is_tx_utilize": "",
			"is_l4s_mark_drop": "", "is_cloud_gaming": "", "cg_ip_src": "", "hop_l4s_mark": "", "hop_tx_utilizes": "",
		}},
		{"v1, no hop yet", int1(0x8000, 1), map[string]string{"num_hop": "0", "hop_switch_ids": "", "is_switch_id": "1", "latency": ""}},
		{"v1, time of one word", int1(0x8800, 2, uint32(7), uint32(9)), map[string]string{"hop_ingress_times": "0000000000000009"}},
		{"v1, ports of half a word", int1(0x0300, 2, uint16(5), uint16(6), uint32(7)), map[string]string{
			"hop_lv2_ingress_port_ids": "00000005", "hop_lv2_egress_port_ids": "00000006", "hop_tx_utilizes": "00000007"}},
		{"v1, ports of a word", int1(0x0300, 3, uint32(5), uint32(6), uint32(7)), map[string]string{
			"hop_lv2_ingress_port_ids": "00000005", "hop_lv2_egress_port_ids": "00000006", "hop_tx_utilizes": "00000007"}},
		{"v1, L4S", int1(0x8080, 3, uint32(9), uint16(3), uint16(4), uint32(50)), map[string]string{
			"hop_switch_ids": "00000009", "hop_l4s_mark": "00000003", "hop_l4s_drop": "00000004", "hop_l4s_mark_probability": "00000032", "is_l4s_mark_drop": "1"}},
		{"v1, L4S without probability", int1(0x8080, 2, uint32(9), uint16(3), uint16(4)), map[string]string{
			"hop_l4s_mark": "00000003", "hop_l4s_drop": "00000004", "hop_l4s_mark_probability": "", "is_l4s_mark_drop": "1"}},
		{"v1, hops longer than asked for", int1(0x8000, 2, uint32(1), uint32(0), uint32(2), uint32(0)), map[string]string{
			"num_hop": "2", "hop_switch_ids": "0000000100000002"}},
		{"v1, hops longer than the header says", int1(0xe000, 2, uint32(1), uint32(2), uint32(3), uint32(4), uint32(5), uint32(6)), map[string]string{
			"num_hop": "2", "hop_switch_ids": "0000000100000004", "latency": "9"}},
		{"v1, cloud gaming", int1(0x8040, 8, uint32(1), gamingMetadata), map[string]string{
			"is_cloud_gaming": "1", "cg_ip_src": "192.0.2.1", "cg_ip_dst": "192.0.2.2",
			"cg_nb_pkt_up": "2", "cg_mean_pkt_size_up": "150", "cg_mean_iat_up": "320", "cg_sum_ptk_size_up": "300",
			"cg_nb_pkt_down": "1", "cg_mean_pkt_size_down": "500", "cg_mean_iat_down": "16448", "cg_sum_pkt_size_down": "500",
		}},
		{"v2", int2(0x10, 0x8280, 4, 0, uint32(1), uint32(2), uint32(3), uint32(4)), map[string]string{
			"num_hop": "1", "hop_switch_ids": "00000001", "hop_lv2_ingress_port_ids": "00000002", "hop_lv2_egress_port_ids": "00000003",
			"is_l4s_mark_drop": "", "hop_l4s_mark": ""}},
		{"v2, more of one domain at the source", int2(0x10, 0x8001, 3, 1, make([]byte, 2*12+4)), map[string]string{"num_hop": "2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := intNet(t)
			for name := range c.want {
				n.Register("int." + name)
			}
			if got := n.Frame(intUDP(intDSCP, 2000, c.data, "hello")); got != "ethernet.ip.udp.int.echo" {
				t.Errorf("path %s", got)
			}
			for name, want := range c.want {
				if got := n.Value("int." + name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestINTLists wants no more hops in a list than its value holds.
func TestINTLists(t *testing.T) {
	n := intNet(t, "int.num_hop", "int.hop_switch_ids")
	n.Frame(intUDP(intDSCP, 2000, int1(0x8000, 1, make([]byte, 4*100)), "hello"))
	if got := n.Value("int.num_hop"); got != "100" {
		t.Errorf("%s hops", got)
	}
	if got := len(n.Value("int.hop_switch_ids")); got != 2*4*64 {
		t.Errorf("list of %d digits", got)
	}
}

func TestINTRecognised(t *testing.T) {
	one := int1(0x8000, 1, uint32(1))
	changed := func(at int, value byte) []byte {
		b := slices.Clone(one)
		b[at] = value
		return b
	}
	tcp := func(v6 bool) []byte {
		return marked(v6, 6, 0x17, prototest.TCPSegment(1000, 80, 1, 0, prototest.ACK, prototest.Bytes(one, "hello")))
	}
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"TCP", "ethernet.ip.tcp.int.echo", tcp(false)},
		{"TCP over IPv6", "ethernet.ipv6.tcp.int.echo", tcp(true)},
		{"not marked", "ethernet.ip.udp.unknown", intUDP(0, 2000, one, "hello")},
		{"not marked, in place of the port", "ethernet.ip.udp.int.echo", intUDP(0, 2000, int2(0x14, 0x8000, 1, 0, uint32(1)), "hello")},
		{"marked, but no telemetry", "ethernet.ip.udp.echo", intUDP(intDSCP, 2000, "hello")},
		{"destination type", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, changed(0, 2), "hello")},
		{"too long", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, changed(2, 9), "hello")},
		{"too short", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, changed(2, 2), "hello")},
		{"other version", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, changed(4, 0x30), "hello")},
		{"reserved bits", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, changed(5, 1), "hello")},
		{"hops of no length", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, changed(6, 0), "hello")},
		{"hops too short", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, changed(8, 0xc0), "hello")},
		{"reserved instruction", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, changed(9, 2), "hello")},
		{"a part of a hop", "ethernet.ip.udp.unknown", intUDP(intDSCP, 2000, int1(0x8400, 3, make([]byte, 16)), "hello")},
	} {
		if got := intNet(t).Frame(c.data); got != c.want {
			t.Errorf("%s: path %s, want %s", c.name, got, c.want)
		}
	}
}

// TestINTStream sends a stream of which every segment carries telemetry, which
// the sequence numbers do not count.
func TestINTStream(t *testing.T) {
	n := intNet(t)
	shim := int1(0x8000, 1, uint32(1))
	seq := uint32(1000)
	for _, part := range []string{"he", "llo", " there"} {
		n.Frame(marked(false, 6, intDSCP, prototest.TCPSegment(1000, 80, seq, 0, prototest.ACK, prototest.Bytes(shim, part))))
		seq += uint32(len(part))
	}
	if got := n.Path(); got != "ethernet.ip.tcp.int.echo" {
		t.Errorf("path %s", got)
	}
	if got := n.LastFlow().Data[dpi.Up]; got != uint64(len("hello there")) {
		t.Errorf("%d bytes of payload", got)
	}
}

// TestINTCut feeds every beginning of a packet, as a capture cuts it and as a
// sender could make it.
func TestINTCut(t *testing.T) {
	n := intNet(t, "int.hop_switch_ids", "int.latency", "int.cg_ip_src", "int.num_hop")
	stack := int1(0xa040, 9, uint32(1), uint32(2), gamingMetadata)
	prototest.Prefixes(intUDP(intDSCP, 2000, stack, "hello"), func(b []byte) { n.Frame(b) })
	prototest.Prefixes(stack, func(b []byte) { n.Frame(intUDP(intDSCP, 2000, b)) })
}

// TestINTNoise wants bytes at random behind a plausible first word not to be
// taken for telemetry.
func TestINTNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := make([]byte, 64)
	for range 200_000 {
		for i := range d {
			d[i] = byte(r.Uint32())
		}
		d[0] = []byte{0, 1, 0x10, 0x14, 0x18}[r.IntN(5)]
		d[1] = byte(r.IntN(8))
		if transport.INTLength(d, len(d)) != 0 {
			t.Fatalf("% x is taken for telemetry", d)
		}
	}
}

// TestINTAllocatesNothing holds that a packet with telemetry takes no memory,
// whatever is extracted of it.
func TestINTAllocatesNothing(t *testing.T) {
	n := prototest.New(t, transport.INT, hello)
	for _, a := range transport.INT.Attributes {
		n.Register("int." + a.Name)
	}
	n.Handler.RemovePacketHandler(1) // that of the test itself
	data := intUDP(intDSCP, 2000, int1(0xfd40, 16, prototest.Bytes(make([]byte, 4*9)), gamingMetadata), "hello")
	packets := []dataplane.Packet{{Data: data, Len: uint32(len(data)), Time: 1e18, Link: dataplane.LinkEthernet}}
	n.Handler.Process(packets)
	if n.Value("int.cg_ip_src") != "192.0.2.1" {
		t.Fatal("the packet is not read")
	}
	if got := testing.AllocsPerRun(100, func() { n.Handler.Process(packets) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}
