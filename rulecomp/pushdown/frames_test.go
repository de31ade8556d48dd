package pushdown

import (
	"encoding/binary"
	"math/rand/v2"

	"mmt/dataplane"
)

// A small world, so that random packets and random rules meet: few hosts, ports
// and flags.
var (
	worldPorts = []uint16{0, 22, 53, 80, 443, 40000}
	worldFlags = []uint8{2, 2, 18, 16, 16, 24, 17, 4, 20, 0, 41}
	worldNets  = [][]byte{{10, 0, 0, 1}, {10, 0, 0, 2}, {192, 168, 1, 9}, {127, 0, 0, 1}}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// worldPackets draws packets, some microseconds to seconds apart.
func worldPackets(r *rand.Rand, n int) (list []dataplane.Packet) {
	now := int64(1_700_000_000_000_000_000)
	for range n {
		now += r.Int64N(40) * 1000 * pick(r, []int64{1, 1000, 10000})
		f := worldFrame(r)
		list = append(list, dataplane.Packet{Time: now, Data: f, Len: uint32(len(f)), Link: dataplane.LinkEthernet})
	}
	return list
}

func worldFrame(r *rand.Rand) []byte {
	f := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, byte(r.IntN(3))}
	if r.IntN(8) == 0 {
		f = append(f, 0x81, 0, 0, 7)
	}
	switch r.IntN(12) {
	case 0:
		return append(f, worldARP(r)...)
	case 1, 2:
		return append(append(f, 0x86, 0xdd), worldIP6(r)...)
	case 3: // MPLS
		return append(append(f, 0x88, 0x47, 0, 1, 0x31, 64), worldIP4(r, 0)...)
	}
	f = append(append(f, 8, 0), worldIP4(r, 0)...)
	if r.IntN(40) == 0 {
		f = f[:14+r.IntN(len(f)-13)]
	}
	return f
}

func worldARP(r *rand.Rand) []byte {
	b := []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, byte(1 + r.IntN(2)), 2, 0, 0, 0, 0, byte(r.IntN(3))}
	b = append(append(b, pick(r, worldNets)...), 2, 0, 0, 0, 0, 9)
	return append(b, pick(r, worldNets)...)
}

// worldIP4 draws an IPv4 packet; some carry another one, up to two deep.
func worldIP4(r *rand.Rand, deep int) []byte {
	b := make([]byte, 20, 200)
	b[0], b[8] = 0x45, byte(pick(r, []int{0, 1, 64, 255}))
	if r.IntN(15) == 0 {
		b[0] = 0x46
		b = append(b, pick(r, [][]byte{{7, 4, 4, 0}, {131, 4, 4, 0}, {0, 0, 9, 0}})...)
	}
	b[5] = byte(r.IntN(4))
	copy(b[12:], pick(r, worldNets))
	copy(b[16:], pick(r, worldNets))
	if r.IntN(8) == 0 { // fragments
		b[6] = byte(pick(r, []int{0x20, 0x20, 0x80}))
		b[7] = byte(r.IntN(3))
	}
	b[9] = pick(r, []uint8{1, 6, 6, 6, 17, 17, 89, 132})
	if deep < 2 && r.IntN(6) == 0 {
		b = worldTunnel(r, b, deep)
	} else {
		b = append(b, worldPayload(r, b[9])...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// worldTunnel puts another packet behind an IPv4 header.
func worldTunnel(r *rand.Rand, b []byte, deep int) []byte {
	inner := worldIP4(r, deep+1)
	switch r.IntN(3) {
	case 0:
		b[9] = 4
		return append(b, inner...)
	case 1:
		b[9] = 47
		return append(append(b, 0, 0, 8, 0), inner...)
	}
	b[9] = 17
	head := []byte{0x9c, 0x40, 0x12, 0xb5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 1, 0} // VXLAN at port 4789
	binary.BigEndian.PutUint16(head[4:], uint16(len(head)+14+len(inner)))
	return append(append(append(b, head...), 2, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 4, 8, 0), inner...)
}

func worldIP6(r *rand.Rand) []byte {
	b := make([]byte, 40, 200)
	b[0], b[6], b[7] = 0x60, pick(r, []uint8{6, 17, 58}), byte(pick(r, []int{1, 255}))
	b[8], b[23], b[24], b[39] = 0x20, byte(r.IntN(3)), 0x20, byte(r.IntN(3))
	upper := b[6]
	if r.IntN(4) == 0 { // a fragment header, sometimes of a fragment that is the whole
		b[6] = 44
		b = append(b, upper, 0, 0, byte(pick(r, []int{0, 1, 8, 9})), 0, 0, 0, byte(r.IntN(2)))
	}
	b = append(b, worldPayload(r, upper)...)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
	return b
}

func worldPayload(r *rand.Rand, protocol uint8) []byte {
	switch protocol {
	case 6:
		b := make([]byte, 20+r.IntN(20))
		binary.BigEndian.PutUint16(b, pick(r, worldPorts))
		binary.BigEndian.PutUint16(b[2:], pick(r, worldPorts))
		b[7], b[11], b[12], b[13] = byte(r.IntN(4)), byte(r.IntN(4)), 0x50, pick(r, worldFlags)
		return b
	case 17:
		b := make([]byte, 8+r.IntN(20))
		binary.BigEndian.PutUint16(b, pick(r, worldPorts))
		binary.BigEndian.PutUint16(b[2:], pick(r, worldPorts))
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
		return b
	}
	b := make([]byte, 12+r.IntN(8))
	b[0] = byte(pick(r, []int{0, 3, 5, 8, 11, 134}))
	return b
}
