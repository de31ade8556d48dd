package rules

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"
)

// messageGoldens are the tests of ICMP, IPv6 extension headers and SCTP.
func messageGoldens() []golden {
	return slices.Concat(echoGoldens(), ipv6Goldens(), sctpGoldens())
}

func echoGoldens() []golden {
	echo := func(t *trace, typ byte, id, seq uint16, length int) {
		h := ip4{src: client, dst: victim}
		if typ == 0 {
			h.src, h.dst = h.dst, h.src
		}
		t.icmp(h, typ, 0, uint32(id)<<16|uint32(seq), make([]byte, length))
	}
	lengths := func(all ...int) func(*trace) {
		return func(t *trace) { every(t, time.Second, all, func(n int) { echo(t, 8, 7, 1, n) }) }
	}
	request := func(typ byte) func(*trace) {
		return func(t *trace) { t.icmp(ip4{src: attacker, dst: victim}, typ, 0, 1, make([]byte, 12)) }
	}
	reply := func(id uint16) func(*trace) {
		return func(t *trace) {
			echo(t, 8, 7, 1, 56)
			t.wait(20 * ms)
			echo(t, 0, id, 1, 56)
		}
	}
	return []golden{
		{"1081.icmp_reply_unasked", "other identifier", reply(8), []string{"1081 not_respected 1@2"}},
		{"1081.icmp_reply_unasked", "answer", reply(7), nil},
		{"1081.icmp_reply_unasked", "answer seen twice", func(t *trace) {
			reply(7)(t)
			t.wait(time.Microsecond)
			echo(t, 0, 7, 1, 56)
		}, nil},
		{"1082.icmp_tunnel", "four lengths", lengths(40, 90, 700, 120), []string{"1082 not_respected 1@1 2@2 3@3 4@4"}},
		{"1082.icmp_tunnel", "three lengths", lengths(40, 90, 40, 700), nil},
		{"1083.icmp_information", "address mask", request(17), []string{"1083 detected 1@1"}},
		{"1083.icmp_information", "timestamp", request(13), []string{"1083 detected 1@1"}},
		{"1083.icmp_information", "echo", request(8), nil},
	}
}

func ipv6Goldens() []golden {
	// chain builds extension headers of 8 bytes of the given kinds.
	chain := func(kinds ...byte) func(*trace) {
		return func(t *trace) {
			var b []byte
			for _, next := range append(slices.Clone(kinds[1:]), protoUDP) {
				b = append(b, next, 0, 1, 4, 0, 0, 0, 0) // padded by PadN
			}
			h := ip6{src: attacker6, dst: victim6, first: kinds[0], extensions: b}
			t.udp(h, 40000, 5000, []byte("x"))
		}
	}
	from := func(src string) func(*trace) {
		return func(t *trace) { t.udp(ip6{src: src, dst: victim6}, 40000, 5000, []byte("x")) }
	}
	return []golden{
		{"1084.ipv6_repeated_header", "hop-by-hop twice", chain(0, 0), []string{"1084 detected 1@1"}},
		{"1084.ipv6_repeated_header", "destination options twice", chain(0, 60, 60), nil},
		{"1085.ipv6_header_chain", "six headers", chain(0, 60, 43, 135, 60, 139), []string{"1085 detected 1@1"}},
		{"1085.ipv6_header_chain", "five headers", chain(0, 60, 43, 135, 60), nil},
		{"1086.ipv6_martian_source", "multicast", from("ff02::1"), []string{"1086 detected 1@1"}},
		{"1086.ipv6_martian_source", "loopback", from("::1"), []string{"1086 detected 1@1"}},
		{"1086.ipv6_martian_source", "link-local", from("fe80::1"), nil},
	}
}

func sctpGoldens() []golden {
	// initiate sends an INIT with that verification tag and those numbers of streams.
	initiate := func(typ byte, tag uint32, out, in uint16) func(*trace) {
		return func(t *trace) {
			var b bytes.Buffer
			for _, v := range []any{uint32(0xabcd), uint32(65536), out, in, uint32(1)} {
				binary.Write(&b, binary.BigEndian, v)
			}
			t.sctp(ip4{src: attacker, dst: victim}, 36412, 36412, tag, chunk(typ, 0, b.Bytes()))
		}
	}
	return []golden{
		{"1087.sctp_init_tag", "INIT with a tag", initiate(1, 99, 2, 2), []string{"1087 detected 1@1"}},
		{"1087.sctp_init_tag", "INIT", initiate(1, 0, 2, 2), nil},
		{"1087.sctp_init_tag", "INIT ACK with a tag", initiate(2, 99, 2, 2), nil},
		{"1088.sctp_init_empty", "no stream", initiate(1, 0, 0, 2), []string{"1088 detected 1@1"}},
		{"1088.sctp_init_empty", "answer without stream", initiate(2, 99, 2, 0), []string{"1088 detected 1@1"}},
		{"1088.sctp_init_empty", "two streams", initiate(1, 0, 2, 2), nil},
	}
}
