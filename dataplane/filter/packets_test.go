package filter

import (
	"encoding/binary"
	"math/rand/v2"

	"mmt/dataplane"
)

// maker builds random packets whose fields come from small pools, so that the
// expressions of the tests match many of them.
type maker struct{ *rand.Rand }

func newMaker() maker { return maker{rand.New(rand.NewPCG(1, 2))} }

func pick[T any](m maker, list ...T) T { return list[m.IntN(len(list))] }

// packet returns a packet for a link type, one in three cut short, one in eight
// with a byte changed. The first two bytes stay: for PPP they choose between
// two forms, of which libpcap knows one.
func (m maker) packet(link dataplane.LinkType) []byte {
	b := m.linkLayer(link)
	if m.IntN(3) == 0 {
		b = b[:2+m.IntN(len(b)-1)]
	}
	if m.IntN(8) == 0 && len(b) > 2 {
		b[2+m.IntN(len(b)-2)] = byte(m.Uint32())
	}
	return b
}

func be16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func (m maker) linkLayer(link dataplane.LinkType) []byte {
	typ, body := m.network()
	pppType := map[uint16]uint16{0x800: 0x21, 0x86dd: 0x57, 0x8847: 0x281}[typ]
	if pppType == 0 {
		pppType = typ
	}
	switch link {
	case dataplane.LinkEthernet:
		return join(m.mac(), m.mac(), be16(typ), body)
	case dataplane.LinkSLL:
		return join(be16(pick[uint16](m, 0, 4)), make([]byte, 12), be16(typ), body)
	case dataplane.LinkSLL2:
		return join(be16(typ), be16(0), []byte{0, 0, 0, pick[byte](m, 1, 5)}, be16(1), []byte{pick[byte](m, 0, 4), 6}, make([]byte, 8), body)
	case dataplane.LinkNull:
		return join(map[uint16][]byte{0x800: {2, 0, 0, 0}, 0x86dd: {pick[byte](m, 24, 28, 30), 0, 0, 0}}[typ], body)
	case dataplane.LinkLoop:
		return join(map[uint16][]byte{0x800: {0, 0, 0, 2}, 0x86dd: {0, 0, 0, pick[byte](m, 24, 28, 30)}}[typ], body)
	case dataplane.LinkPPP, dataplane.LinkPPPHDLC:
		return join([]byte{0xff, 3}, be16(pppType), body)
	case dataplane.LinkPPPoE:
		return join([]byte{0x11, 0, 0, 7, 0, 9}, be16(pppType), body)
	case dataplane.LinkCHDLC:
		return join([]byte{0x0f, 0}, be16(typ), body)
	}
	return body
}

func (m maker) mac() []byte {
	return pick(m, []byte{1, 2, 3, 4, 5, 6}, []byte{0, 0x11, 0x22, 0x33, 0x44, 0x55},
		[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, []byte{1, 0, 0x5e, 0, 0, 1})
}

// network returns an EtherType and what it announces.
func (m maker) network() (uint16, []byte) {
	switch m.IntN(16) {
	case 0, 1, 2, 3, 4:
		return 0x800, m.ipv4()
	case 5, 6, 7, 8:
		return 0x86dd, m.ipv6()
	case 9:
		return pick[uint16](m, 0x806, 0x8035), join(make([]byte, 6), be16(pick[uint16](m, 1, 2)), make([]byte, 6), m.addr4(), make([]byte, 6), m.addr4())
	case 10, 11:
		typ, body := m.network()
		return pick[uint16](m, 0x8100, 0x88a8, 0x9100), join(be16(pick[uint16](m, 5, 6, 0x2005, 300)), be16(typ), body)
	case 12:
		return 0x8847, m.labels()
	case 13:
		body, typ := m.ipv4(), uint16(0x21)
		if m.IntN(2) == 0 {
			body, typ = m.ipv6(), 0x57
		}
		return 0x8864, join([]byte{0x11, 0, 0, pick[byte](m, 7, 9), 0, 0}, be16(typ), body)
	case 14:
		return uint16(pick(m, 60, 4, 1)), join(pick(m, []byte{0xfe, 0xfe, 3, 0x82}, []byte{0xf0, 0xf0, 3}, []byte{0x42, 0x42, 3},
			[]byte{0xe0, 0xe0, 3}, []byte{0xff, 0xff}, []byte{0xaa, 0xaa, 3, 8, 0, 7, 0x80, 0x9b},
			[]byte{0xaa, 0xaa, 3, 0, 0, 0, 0x80, 0xf3}, []byte{0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0x37}), make([]byte, 30))
	}
	return pick[uint16](m, 0x8863, 0x809b, 0x80f3, 0x8137, 0x6003, 0x6004, 0x88cc, 0x9000), make([]byte, 40)
}

func (m maker) labels() []byte {
	var b []byte
	for {
		bottom := byte(m.IntN(2))
		b = append(b, join([]byte{0, 0, pick[byte](m, 0x50, 0x70) | bottom, 64})...)
		if bottom == 1 {
			break
		}
	}
	if m.IntN(2) == 0 {
		return append(b, m.ipv4()...)
	}
	return append(b, m.ipv6()...)
}

func (m maker) addr4() []byte {
	return pick(m, []byte{1, 2, 3, 4}, []byte{10, 1, 2, 3}, []byte{192, 168, 1, 1}, []byte{224, 0, 0, 5}, []byte{255, 255, 255, 255}, []byte{0, 0, 0, 10})
}

func (m maker) addr6() []byte {
	a := pick(m, []byte{0x20, 1, 0xd, 0xb8, 0x7f}, []byte{0x20, 1, 0xd, 0xb8, 0x80}, []byte{0xfe, 0x80}, []byte{0xff, 2}, nil)
	return append(append(a[:len(a):len(a)], make([]byte, 15-len(a))...), pick[byte](m, 1, 2))
}

func (m maker) ipv4() []byte {
	proto, body := m.transport(false)
	options := make([]byte, 4*m.IntN(3))
	fragment := pick[uint16](m, 0, 0, 0x4000, 0x2000, 0x00b9)
	return join([]byte{0x45 + byte(len(options)/4), 0}, be16(uint16(20+len(options)+len(body))), be16(1), be16(fragment),
		[]byte{pick[byte](m, 1, 4, 64, 255), proto, 0, 0}, m.addr4(), m.addr4(), options, body)
}

func (m maker) ipv6() []byte {
	next, body := m.transport(true)
	for m.IntN(3) == 0 {
		ext := pick[byte](m, 0, 43, 44, 51, 60)
		words := m.IntN(3)
		size, field := 8+8*words, byte(words)
		switch ext {
		case 44:
			size, field = 8, 0
		case 51:
			size, field = 12, 1
		}
		body = join([]byte{next, field}, make([]byte, size-2), body)
		next = ext
	}
	return join([]byte{0x60, 0, 0, 0}, be16(uint16(len(body))), []byte{next, 64}, m.addr6(), m.addr6(), body)
}

// transport returns a protocol number and its header.
func (m maker) transport(v6 bool) (byte, []byte) {
	ports := join(be16(m.port()), be16(m.port()))
	icmp := byte(1)
	if v6 {
		icmp = 58
	}
	switch m.IntN(9) {
	case 0, 1, 2:
		return 6, join(ports, make([]byte, 8), []byte{pick[byte](m, 0x50, 0x60, 0x80), pick[byte](m, 2, 0x12, 0x10, 0x18, 1)}, make([]byte, 6+m.IntN(40)))
	case 3, 4:
		return 17, join(ports, be16(uint16(8+m.IntN(200))), make([]byte, 2+m.IntN(200)))
	case 5:
		return 132, join(ports, make([]byte, 8))
	case 6:
		return icmp, join([]byte{pick[byte](m, 0, 3, 8, 128, 129), pick[byte](m, 0, 3)}, make([]byte, 6))
	case 7:
		return pick[byte](m, 2, 9, 47, 50, 103, 112, 59), make([]byte, 20)
	}
	return 51, join([]byte{6, 1}, make([]byte, 10), ports, make([]byte, 16))
}

func (m maker) port() uint16 { return pick[uint16](m, 80, 443, 53, 22, 1024, 6000, 6005, 69, 5) }
