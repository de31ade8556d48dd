package bpf

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
)

// Small worlds, so that random rules and random frames meet.
var (
	worldAddrs = []string{
		"10.0.0.1", "10.0.0.2", "10.1.2.3", "10.1.2.200", "192.168.7.7", "255.255.255.255", "0.0.0.0",
		"2001:db8::1", "2001:db8::2", "2001:db8:1::1", "::ffff:10.0.0.1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::",
	}
	worldPorts  = []uint16{0, 22, 53, 80, 443, 65535}
	worldProtos = []uint8{protoTCP, protoUDP, protoSCTP, protoDCCP, protoUDPLite, protoICMP, protoICMP6, 47, 50, 59}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// worldAddr draws an address of one family.
func worldAddr(r *rand.Rand, v6 bool) netip.Addr {
	for {
		if a := netip.MustParseAddr(pick(r, worldAddrs)); a.Is6() == v6 {
			return a
		}
	}
}

// randomFrame builds a frame of up to two VLAN tags (rarely three), IP and
// transport; a part of them is cut or has bytes changed.
func randomFrame(r *rand.Rand) []byte {
	f := append(make([]byte, 0, 400), 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2)
	for n := []int{0, 0, 0, 1, 2, 3}[r.IntN(6)]; n > 0; n-- {
		f = binary.BigEndian.AppendUint16(f, pick(r, []uint16{typeVLAN, typeQinQ, typeQinQOld}))
		f = binary.BigEndian.AppendUint16(f, uint16(r.UintN(4096)))
	}
	switch r.IntN(8) {
	case 0:
		f = binary.BigEndian.AppendUint16(f, pick(r, []uint16{0x0806, 0x8847, 46}))
		f = append(f, make([]byte, r.IntN(60))...)
	case 1, 2, 3:
		f = append(binary.BigEndian.AppendUint16(f, typeIP6), randomIP6(r)...)
	default:
		f = append(binary.BigEndian.AppendUint16(f, typeIP4), randomIP4(r)...)
	}
	return damage(r, f)
}

// damage cuts or changes one frame of four. The kernel takes no frame below 14
// bytes.
func damage(r *rand.Rand, f []byte) []byte {
	switch r.IntN(8) {
	case 0:
		return f[:14+r.IntN(len(f)-13)]
	case 1:
		for range 1 + r.IntN(3) {
			f[12+r.IntN(len(f)-12)] = byte(r.Uint32())
		}
	}
	return f
}

func randomIP4(r *rand.Rand) []byte {
	header := 20 + 4*pick(r, []int{0, 0, 0, 1, 10})
	proto := pick(r, worldProtos)
	b := make([]byte, header)
	b[0] = 0x40 | byte(header/4)
	b[9] = proto
	switch r.IntN(10) {
	case 0:
		b[6] = 0x20 // more fragments
	case 1:
		b[7] = 100 // offset
	case 2:
		b[6] = 0x40 // do not fragment
	}
	src, dst := worldAddr(r, false).As4(), worldAddr(r, false).As4()
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	b = append(b, randomTransport(r, proto)...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

func randomIP6(r *rand.Rand) []byte {
	b := make([]byte, 40)
	b[0] = 0x60
	src, dst := worldAddr(r, true).As16(), worldAddr(r, true).As16()
	copy(b[8:], src[:])
	copy(b[24:], dst[:])
	next := &b[6]
	for n := []int{0, 0, 1, 2, 8, 9}[r.IntN(6)]; n > 0; n-- {
		var at int
		*next, b, at = randomExtension(r, b)
		next = &b[at]
	}
	*next = pick(r, worldProtos)
	b = append(b, randomTransport(r, *next)...)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
	return b
}

// randomExtension appends an extension header and returns its number, the
// packet and where the next number goes.
func randomExtension(r *rand.Rand, b []byte) (uint8, []byte, int) {
	at, units := len(b), r.IntN(3)
	kind := pick(r, []uint8{protoHopByHop, protoRouting, protoFragment, protoAuth, protoDest, protoMobility, protoHIP, protoShim6})
	switch kind {
	case protoFragment:
		b = append(b, make([]byte, 8)...)
		b[at+3] = pick(r, []byte{0, 0, 0, 6, 1, 8}) // atomic, reserved bits, more, offset
	case protoAuth:
		b = append(b, make([]byte, (units+2)*4)...)
		b[at+1] = byte(units)
		for len(b) < at+8 {
			b = append(b, 0)
		}
	default:
		b = append(b, make([]byte, (units+1)*8)...)
		b[at+1] = byte(units)
	}
	return kind, b, at
}

func randomTransport(r *rand.Rand, proto uint8) []byte {
	size := map[uint8]int{protoTCP: 20, protoUDP: 8, protoSCTP: 12, protoDCCP: 12, protoUDPLite: 8}[proto]
	b := make([]byte, size+r.IntN(100))
	if size > 0 {
		binary.BigEndian.PutUint16(b, pick(r, worldPorts))
		binary.BigEndian.PutUint16(b[2:], pick(r, worldPorts))
	}
	switch proto {
	case protoTCP:
		b[12] = byte(4+r.IntN(4)) << 4
		b[13] = pick(r, []byte{2, 0x10, byte(r.Uint32())})
	case protoICMP, protoICMP6:
		if len(b) > 0 {
			b[0] = byte(r.IntN(3))
		}
	}
	return b
}

// randomRules draws rules from the same world; some contradict each other and
// are refused.
func randomRules(r *rand.Rand) Rules {
	rules := Rules{DropNonIP: r.IntN(4) == 0}
	action := func() Action { return Action(r.IntN(2)) }
	side := func() Side { return Side(r.IntN(3)) }
	for range r.IntN(4) * r.IntN(3) {
		a := worldAddr(r, r.IntN(2) == 0)
		p, err := a.Prefix(r.IntN(a.BitLen() + 1))
		if err != nil {
			panic(err)
		}
		rules.Prefixes = append(rules.Prefixes, PrefixRule{action(), side(), p})
	}
	for range r.IntN(3) * r.IntN(3) {
		first, last := pick(r, worldPorts), pick(r, worldPorts)
		proto := pick(r, []uint8{0, protoTCP, protoUDP, protoSCTP, protoUDPLite})
		rules.Ports = append(rules.Ports, PortRule{action(), side(), proto, min(first, last), max(first, last)})
	}
	for range r.IntN(3) * r.IntN(2) {
		rules.Protocols = append(rules.Protocols, ProtocolRule{action(), pick(r, worldProtos)})
	}
	rules.Sample = pick(r, []uint32{0, 0, 1, 2, 7})
	if r.IntN(2) == 0 {
		rules.Wanted = randomMatches(r)
	}
	return rules
}

// randomMatches draws up to five matches with up to three conditions each.
func randomMatches(r *rand.Rand) []Match {
	list := []Match{}
	for range r.IntN(6) {
		var m Match
		for range r.IntN(4) {
			randomCondition(r, &m)
		}
		list = append(list, m)
	}
	return list
}

func randomCondition(r *rand.Rand, m *Match) {
	ports := func() PortRange {
		a, b := pick(r, worldPorts), pick(r, worldPorts)
		return PortRange{min(a, b), max(a, b)}
	}
	network := func() netip.Prefix {
		a := worldAddr(r, r.IntN(2) == 0)
		p, err := a.Prefix(r.IntN(a.BitLen() + 1))
		if err != nil {
			panic(err)
		}
		return p
	}
	switch r.IntN(9) {
	case 0:
		m.Version = pick(r, []uint8{4, 6})
	case 1:
		m.Protocols = append(m.Protocols, pick(r, worldProtos))
	case 2:
		m.Sources = append(m.Sources, network())
	case 3:
		m.Destinations = append(m.Destinations, network())
	case 4:
		m.SourcePorts = append(m.SourcePorts, ports())
	case 5:
		m.DestinationPorts = append(m.DestinationPorts, ports(), ports())
	case 6:
		m.Flags = append(m.Flags, uint8(r.Uint32()), 2, 0x10)
	case 7:
		m.Types = append(m.Types, 0, uint8(r.Uint32()))
	default:
		m.Fragment, m.Options = r.IntN(2) == 0, r.IntN(2) == 0
	}
}
