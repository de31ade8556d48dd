package rules

// piece is a fragment of the datagram 0x1234 of the attacker.
type piece struct {
	offset, length int
	last           bool
	proto          byte // UDP
	ttl            int
	options        []byte
	id             uint16
}

// pieces adds fragments, 1 ms apart.
func pieces(all ...piece) func(*trace) {
	return func(t *trace) {
		every(t, ms, all, func(p piece) {
			h := ip4{src: attacker, dst: victim, id: uint16(or(int(p.id), 0x1234)), offset: p.offset, ttl: p.ttl, options: p.options, flags: 0x2000}
			if p.last {
				h.flags = 0
			}
			t.ip(h, byte(or(int(p.proto), protoUDP)), content(p))
		})
	}
}

// content is the payload of a fragment: the header of a long datagram, if it is
// the first.
func content(p piece) []byte {
	b := make([]byte, p.length)
	if p.offset == 0 {
		copy(b, []byte{0x9c, 0x40, 0x9c, 0x41, 0x0f, 0xa0, 0, 0})
	}
	return b
}

// fragment6 adds a fragment of an IPv6 datagram.
func fragment6(t *trace, offset, length int, more byte) {
	h := ip6{src: attacker6, dst: victim6, first: 44,
		extensions: []byte{protoUDP, 0, byte(offset >> 8), byte(offset) | more, 0, 0, 0x12, 0x34}}
	t.ip(h, protoUDP, content(piece{offset: offset, length: length}))
}

func fragmentGoldens() []golden {
	six := func(second int) func(*trace) {
		return func(t *trace) {
			fragment6(t, 0, 48, 1)
			fragment6(t, second, 48, 0)
		}
	}
	first, last := piece{length: 400}, piece{offset: 400, length: 200, last: true}
	tcp := func(p piece) piece {
		p.proto = protoTCP
		return p
	}
	return []golden{
		{"1050.fragment_overlap", "second begins too early", pieces(first, piece{offset: 392, length: 200, last: true}),
			[]string{"1050 detected 1@1 2@2"}},
		{"1050.fragment_overlap", "second in the middle, sent first", pieces(piece{offset: 80, length: 80}, first),
			[]string{"1050 detected 1@1 2@2"}},
		{"1050.fragment_overlap", "one after the other", pieces(first, last), nil},
		{"1050.fragment_overlap", "exact copy", pieces(first, first, last), nil},
		{"1050.fragment_overlap", "other datagram", pieces(first, piece{offset: 80, length: 80, id: 0x4321}), nil},
		{"1051.fragment_overlap_ipv6", "second begins too early", six(40), []string{"1051 detected 1@2"}},
		{"1051.fragment_overlap_ipv6", "one after the other", six(48), nil},
		{"1052.fragment_tiny_first", "ports only", pieces(tcp(piece{length: 8})), []string{"1052 detected 1@1"}},
		{"1052.fragment_tiny_first", "up to the flags", pieces(tcp(piece{length: 16})), nil},
		{"1052.fragment_tiny_first", "whole header of UDP", pieces(piece{length: 8}), nil},
		{"1053.fragment_into_tcp_header", "offset 1", pieces(tcp(piece{offset: 8, length: 40})), []string{"1053 detected 1@1"}},
		{"1053.fragment_into_tcp_header", "offset 2", pieces(tcp(piece{offset: 16, length: 40})), nil},
		{"1053.fragment_into_tcp_header", "offset 1 of UDP", pieces(piece{offset: 8, length: 40}), nil},
		{"1054.fragment_before_first", "last first", pieces(last, first), []string{"1054 detected 1@1 2@2"}},
		{"1054.fragment_before_first", "in order", pieces(first, last), nil},
		{"1054.fragment_before_first", "later ones out of order", pieces(first, last, piece{offset: 400, length: 80}), nil},
		{"1055.fragment_ttl_differs", "second dies", pieces(first, piece{offset: 400, length: 200, last: true, ttl: 2}),
			[]string{"1055 detected 1@1 2@2"}},
		{"1055.fragment_ttl_differs", "equal", pieces(first, last), nil},
		{"1056.fragment_options_differ", "options in the last", pieces(first, piece{offset: 400, length: 80},
			piece{offset: 480, length: 80, last: true, options: []byte{148, 4, 0, 0}}), []string{"1056 detected 1@2 2@3"}},
		{"1056.fragment_options_differ", "options in the first", pieces(piece{length: 400, options: []byte{7, 3, 4, 0}},
			piece{offset: 400, length: 80}, piece{offset: 480, length: 80, last: true}), nil},
		{"1057.fragment_two_ends", "beyond the end", pieces(first, last, piece{offset: 560, length: 80}),
			[]string{"1057 detected 1@2 2@3"}},
		{"1057.fragment_two_ends", "second end", pieces(first, last, piece{offset: 400, length: 80, last: true}),
			[]string{"1057 detected 1@2 2@3"}},
		{"1057.fragment_two_ends", "late fragment that fits", pieces(last, first), nil},
		{"1058.ping_of_death", "one byte too much", pieces(piece{offset: 65120, length: 396, last: true, proto: protoICMP}),
			[]string{"1058 detected 1@1"}},
		{"1058.ping_of_death", "longest datagram", pieces(piece{offset: 65120, length: 395, last: true, proto: protoICMP}), nil},
		{"1059.fragment_small", "three pieces", pieces(piece{length: 64}, piece{offset: 64, length: 64}, piece{offset: 128, length: 64}),
			[]string{"1059 not_respected 1@1 2@2 3@3"}},
		{"1059.fragment_small", "pieces of usual size", pieces(piece{length: 128}, piece{offset: 128, length: 128}, piece{offset: 256, length: 128}), nil},
		{"1060.icmp_fragment", "first of a message", pieces(piece{length: 400, proto: protoICMP}), []string{"1060 detected 1@1"}},
		{"1060.icmp_fragment", "first of UDP", pieces(first), nil},
	}
}
