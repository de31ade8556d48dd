package transport

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// maxINTHops is how many hops lists have at most: what the values of the C
// library hold.
const maxINTHops = 64

// intLists is where the lists of a packet are put together, one place for each
// attribute.
type intLists [intListCount][maxINTHops * 8]byte

// The lists.
const (
	listSwitchIDs = iota
	listIngressPorts
	listEgressPorts
	listLatencies
	listQueues
	listOccupancies
	listIngressTimes
	listEgressTimes
	listIngressPorts2
	listEgressPorts2
	listTxUtilizations
	listL4SMarks
	listL4SDrops
	listL4SProbabilities
	intListCount
)

// place returns where a number lies in the metadata of an instruction bit:
// first byte and length, which is 0 if the layout does not have it.
type place func(s intStack) (from, size int)

// at is the place of a number that is the same in all layouts.
func at(from, size int) place { return func(intStack) (int, int) { return from, size } }

func timeAt(s intStack) (int, int)       { return 0, 4 * int(s.layout.time) }
func ingressPort2(s intStack) (int, int) { return 0, 2 * int(s.layout.ports2) }

func egressPort2(s intStack) (int, int) {
	n := 2 * int(s.layout.ports2)
	return n, n
}

// l4s is a place in the metadata of L4S of which one word is mark and drop, the
// next the probability. One word in version 2 is the occupancy of a buffer.
func l4s(from, size int) place {
	return func(s intStack) (int, int) {
		if !s.hasL4S() || from+size > 4*int(s.layout.bit8) {
			return 0, 0
		}
		return from, size
	}
}

func (s intStack) hasL4S() bool {
	return s.instructions&intL4S != 0 && (s.version == 1 || s.layout.bit8 == 2)
}

// intAttributes are those of the stack of metadata; lists are in the order of
// the packet, the latest hop first.
var intAttributes = []dpi.Attribute{
	intNumber(1, "instruction_bits", dpi.U16, func(s intStack) (uint64, bool) { return uint64(s.instructions), true }),
	intNumber(2, "num_hop", dpi.U8, func(s intStack) (uint64, bool) { return uint64(s.hops), true }),
	intNumber(3, "latency", dpi.U32, intStack.latency),
	intList(4, "hop_switch_ids", dpi.U32Array, listSwitchIDs, intSwitchID, at(0, 4)),
	intList(5, "hop_ingress_port_ids", dpi.U32Array, listIngressPorts, intPorts, at(0, 2)),
	intList(6, "hop_egress_port_ids", dpi.U32Array, listEgressPorts, intPorts, at(2, 2)),
	intList(7, "hop_latencies", dpi.U32Array, listLatencies, intLatency, at(0, 4)),
	intList(8, "hop_queue_ids", dpi.U32Array, listQueues, intQueue, at(0, 1)),
	intList(9, "hop_queue_occups", dpi.U32Array, listOccupancies, intQueue, at(1, 3)),
	intList(10, "hop_ingress_times", dpi.U64Array, listIngressTimes, intIngressTime, timeAt),
	intList(11, "hop_egress_times", dpi.U64Array, listEgressTimes, intEgressTime, timeAt),
	intList(12, "hop_lv2_ingress_port_ids", dpi.U32Array, listIngressPorts2, intPorts2, ingressPort2),
	intList(13, "hop_lv2_egress_port_ids", dpi.U32Array, listEgressPorts2, intPorts2, egressPort2),
	intList(14, "hop_tx_utilizes", dpi.U32Array, listTxUtilizations, intTxUtilization, at(0, 4)),
	intList(15, "hop_l4s_mark", dpi.U32Array, listL4SMarks, intL4S, l4s(0, 2)),
	intList(16, "hop_l4s_drop", dpi.U32Array, listL4SDrops, intL4S, l4s(2, 2)),
	intList(17, "hop_l4s_mark_probability", dpi.U32Array, listL4SProbabilities, intL4S, l4s(4, 4)),
	intFlag(18, "is_switch_id", intSwitchID),
	intFlag(19, "is_in_egress_port_id", intPorts),
	intFlag(20, "is_hop_latency", intLatency),
	intFlag(21, "is_queue_id_occup", intQueue),
	intFlag(22, "is_ingress_time", intIngressTime),
	intFlag(23, "is_egress_time", intEgressTime),
	intFlag(24, "is_lv2_in_egress_port_id", intPorts2),
	intFlag(25, "is_tx_utilize", intTxUtilization),
	intNumber(26, "is_l4s_mark_drop", dpi.U8, func(s intStack) (uint64, bool) { return 1, s.hasL4S() }),
	intFlag(27, "is_cloud_gaming", intCloudGaming),
	gamingAddr(28, "cg_ip_src", 0),
	gamingAddr(29, "cg_ip_dst", 4),
	gamingNumber(30, "cg_nb_pkt_down", func(g gaming) uint32 { return g.packets(gamingDown) }),
	gamingNumber(31, "cg_mean_pkt_size_down", func(g gaming) uint32 { return g.meanSize(gamingDown) }),
	gamingNumber(32, "cg_mean_iat_down", func(g gaming) uint32 { return g.meanGap(gamingDown) }),
	gamingNumber(33, "cg_sum_pkt_size_down", func(g gaming) uint32 { return g.sumSize(gamingDown) }),
	gamingNumber(34, "cg_nb_pkt_up", func(g gaming) uint32 { return g.packets(gamingUp) }),
	gamingNumber(35, "cg_mean_pkt_size_up", func(g gaming) uint32 { return g.meanSize(gamingUp) }),
	gamingNumber(36, "cg_mean_iat_up", func(g gaming) uint32 { return g.meanGap(gamingUp) }),
	gamingNumber(37, "cg_sum_ptk_size_up", func(g gaming) uint32 { return g.sumSize(gamingUp) }),
}

// read reads the telemetry of a layer.
func (s *intStack) read(p *dpi.Packet, layer int) bool {
	b := p.LayerBytes(layer)
	return s.parse(b, wireLen(p, b))
}

// metadata returns where the metadata of an instruction bit start in those of a
// hop; ok is false if hops have none, or if the capture lacks some of the hops.
func (s intStack) metadata(bit uint16) (from int, ok bool) {
	before := s.instructions &^ (bit<<1 - 1)
	return 4 * s.layout.words(before), s.instructions&bit != 0 && s.hops*s.hop <= len(s.data)
}

// latency is the sum over all hops.
func (s intStack) latency() (sum uint64, ok bool) {
	from, ok := s.metadata(intLatency)
	if !ok {
		return 0, false
	}
	for i := range s.hops {
		sum += uint64(binary.BigEndian.Uint32(s.data[i*s.hop+from:]))
	}
	return sum & 0xffffffff, true
}

func intNumber(n dpi.AttributeID, name string, t dpi.DataType, get func(intStack) (uint64, bool)) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			var s intStack
			if !s.read(p, layer) {
				return false
			}
			number, ok := get(s)
			return ok && v.SetU(t, number)
		}}
}

// intFlag is 1 where hops were asked for something, else absent.
func intFlag(n dpi.AttributeID, name string, bit uint16) dpi.Attribute {
	return intNumber(n, name, dpi.U8, func(s intStack) (uint64, bool) { return 1, s.instructions&bit != 0 })
}

// intList has one number of each hop.
func intList(n dpi.AttributeID, name string, t dpi.DataType, list int, bit uint16, where place) dpi.Attribute {
	width := 4
	if t == dpi.U64Array {
		width = 8
	}
	return dpi.Attribute{ID: n, Name: name, Type: t, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			var s intStack
			if !s.read(p, layer) {
				return false
			}
			start, ok := s.metadata(bit)
			from, size := where(s)
			if !ok || size == 0 {
				return false
			}
			out := dpi.Context[intLists](p.Handler(), id.Int)[list][:]
			return v.SetBytes(t, s.gather(out, start+from, size, width))
		}}
}

// gather writes the numbers of size bytes at the given place of each hop to out
// as numbers of width bytes.
func (s intStack) gather(out []byte, from, size, width int) []byte {
	out = out[:min(s.hops, maxINTHops)*width]
	clear(out)
	for i := 0; i < len(out)/width; i++ {
		at := i*s.hop + from
		copy(out[(i+1)*width-size:(i+1)*width], s.data[at:at+size])
	}
	return out
}

// gaming is what a switch counted of a flow of cloud gaming in its last window,
// as the detector of the MOSAICO project sends it: two addresses, packets up and
// down (16 bits each), bytes up and down, time between packets up and down (64
// microseconds), all big endian.
type gaming []byte

// The ways of packets and the place of each in the counters.
const (
	gamingUp   = 0
	gamingDown = 1
)

// The times between packets, in microseconds, that the detector takes where
// there was no packet or only one.
const (
	gapOfNone = 32960
	gapOfOne  = 16448
)

func (g gaming) packets(way int) uint32 { return uint32(binary.BigEndian.Uint16(g[8+2*way:])) }
func (g gaming) sumSize(way int) uint32 { return binary.BigEndian.Uint32(g[12+4*way:]) }

func (g gaming) meanSize(way int) uint32 { return g.sumSize(way) / max(g.packets(way), 1) }

func (g gaming) meanGap(way int) uint32 {
	switch n := g.packets(way); n {
	case 0:
		return gapOfNone
	case 1:
		return gapOfOne
	default:
		return uint32(uint64(binary.BigEndian.Uint32(g[20+4*way:])) * 64 / uint64(n))
	}
}

// gamingOf returns what the latest hop says about cloud gaming, nil if nothing.
func gamingOf(p *dpi.Packet, layer int) gaming {
	var s intStack
	if !s.read(p, layer) || s.hops == 0 {
		return nil
	}
	from, ok := s.metadata(intCloudGaming)
	if !ok {
		return nil
	}
	return gaming(s.data[from : from+4*intGamingWords])
}

func gamingNumber(n dpi.AttributeID, name string, get func(gaming) uint32) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.U32, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			g := gamingOf(p, layer)
			return g != nil && v.SetU(dpi.U32, uint64(get(g)))
		}}
}

func gamingAddr(n dpi.AttributeID, name string, from int) dpi.Attribute {
	return dpi.Attribute{ID: n, Name: name, Type: dpi.IP4Addr, Pos: dpi.PositionNotKnown,
		Extract: func(p *dpi.Packet, layer int, v *dpi.Value) bool {
			g := gamingOf(p, layer)
			return g != nil && v.SetIP4(g[from:from+4])
		}}
}
