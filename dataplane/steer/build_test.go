package steer_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"mmt/dataplane"
)

// ends are two addresses of 4 or 16 bytes each and two ports.
type ends struct {
	addr [2][]byte
	port [2]uint16
}

func (e ends) swapped() ends {
	return ends{[2][]byte{e.addr[1], e.addr[0]}, [2]uint16{e.port[1], e.port[0]}}
}

func someEnds(r *rand.Rand, length int) (e ends) {
	for i := range e.addr {
		e.addr[i] = make([]byte, length)
		for j := range e.addr[i] {
			e.addr[i][j] = byte(r.Uint32())
		}
		e.port[i] = uint16(40000 + r.IntN(20000)) // of no tunnel
	}
	return e
}

func u16(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }

func frame(etherType int, payload []byte) []byte {
	return slices.Concat(make([]byte, 12), u16(etherType), payload)
}

// header4 is an IPv4 packet; field is its field of fragment flags and offset.
func header4(e ends, proto byte, ident, field int, payload []byte) []byte {
	h := slices.Concat([]byte{0x45, 0}, u16(20+len(payload)), u16(ident), u16(field), []byte{64, proto, 0, 0}, e.addr[0], e.addr[1])
	return append(h, payload...)
}

func header6(e ends, next byte, payload []byte) []byte {
	return slices.Concat([]byte{0x60, 0, 0, 0}, u16(len(payload)), []byte{next, 64}, e.addr[0], e.addr[1], payload)
}

// ip is a packet of the version that fits the addresses.
func ip(e ends, proto byte, payload []byte) []byte {
	if len(e.addr[0]) == 4 {
		return header4(e, proto, 1, 0, payload)
	}
	return header6(e, proto, payload)
}

func ipType(e ends) int {
	if len(e.addr[0]) == 4 {
		return 0x0800
	}
	return 0x86dd
}

func datagramTo(src, dst uint16, payload []byte) []byte {
	return slices.Concat(u16(int(src)), u16(int(dst)), u16(8+len(payload)), u16(0), payload)
}

func segment(e ends) []byte {
	return slices.Concat(u16(int(e.port[0])), u16(int(e.port[1])), make([]byte, 8), []byte{0x50, 0x10}, make([]byte, 6), []byte("payload"))
}

// tunnel puts an IP packet into a packet of other ends.
func tunnel(which int, outer, inner ends, packet []byte) []byte {
	switch which {
	case 0:
		return ip(outer, map[int]byte{4: 4, 16: 41}[len(inner.addr[0])], packet)
	case 1:
		return ip(outer, 47, slices.Concat(u16(0x2000), u16(ipType(inner)), []byte("key!"), packet))
	case 2:
		return ip(outer, 17, datagramTo(outer.port[0], 4789, slices.Concat([]byte{8, 0, 0, 0, 1, 2, 3, 0}, frame(ipType(inner), packet))))
	case 3:
		gtp := slices.Concat([]byte{0x30, 0xff}, u16(len(packet)), []byte("teid"), packet)
		return ip(outer, 17, datagramTo(2152, 2152, gtp))
	case 4:
		return ip(outer, 17, datagramTo(outer.port[0], 6081, slices.Concat([]byte{0, 0}, u16(ipType(inner)), []byte{1, 2, 3, 0}, packet)))
	}
	return ip(outer, 137, slices.Concat([]byte{0, 1, 1, 64}, packet))
}

const tunnels = 6

// linked puts a packet behind one of several link headers.
func linked(which int, e ends, packet []byte) dataplane.Packet {
	p := dataplane.Packet{Link: dataplane.LinkEthernet}
	ppp := map[int]int{0x0800: 0x0021, 0x86dd: 0x0057}[ipType(e)]
	switch which {
	case 0:
		p.Data = frame(ipType(e), packet)
	case 1:
		p.Data = frame(0x88a8, slices.Concat(u16(7), u16(0x8100), u16(8), u16(ipType(e)), packet))
	case 2:
		p.Data = frame(0x8847, slices.Concat([]byte{0, 1, 0, 64, 0, 2, 1, 64}, packet))
	case 3:
		p.Data = frame(0x8864, slices.Concat([]byte{0x11, 0, 0, 1}, u16(len(packet)+2), u16(ppp), packet))
	case 4:
		p.Link, p.Data = dataplane.LinkSLL, slices.Concat(make([]byte, 14), u16(ipType(e)), packet)
	case 5:
		p.Link, p.Data = dataplane.LinkSLL2, slices.Concat(u16(ipType(e)), make([]byte, 18), packet)
	case 6:
		p.Link, p.Data = dataplane.LinkNull, slices.Concat([]byte{map[int]byte{4: 2, 16: 30}[len(e.addr[0])], 0, 0, 0}, packet)
	case 7:
		p.Data = frame(len(packet)+8, slices.Concat([]byte{0xaa, 0xaa, 3, 0, 0, 0}, u16(ipType(e)), packet))
	default:
		p.Link, p.Data = dataplane.LinkRaw, packet
	}
	p.Len = uint32(len(p.Data))
	return p
}

const links = 9
