package rules

import "encoding/binary"

// toVictim adds a TCP segment of the client, with one header field off.
func toVictim(change func(*ip4, *segment)) func(*trace) {
	return func(t *trace) {
		h, s := ip4{src: client, dst: victim}, segment{from: 40000, to: 80, seq: 1, ack: 1, flags: psh | ack, data: []byte("hello, world")}
		change(&h, &s)
		t.tcp(h, s)
	}
}

// rawTCP adds a TCP segment whose header says that it has that many words.
func rawTCP(words byte) func(*trace) {
	return func(t *trace) {
		h := ip4{src: client, dst: victim}
		b := segment{from: 40000, to: 80, flags: ack, data: make([]byte, 20)}.bytes(h)
		b[12] = words << 4
		t.ip(h, protoTCP, b)
	}
}

// rawUDP adds a UDP datagram of 20 bytes that says it has that many.
func rawUDP(length uint16) func(*trace) {
	return func(t *trace) {
		h := ip4{src: client, dst: victim}
		b := udpBytes(h, 40000, 5000, make([]byte, 12))
		binary.BigEndian.PutUint16(b[4:], length)
		t.ip(h, protoUDP, b)
	}
}

func transportGoldens() []golden {
	flags := func(f byte) func(*trace) {
		return toVictim(func(_ *ip4, s *segment) { s.flags, s.data = f, nil })
	}
	urgent := func(port, pointer uint16, f byte) func(*trace) {
		return toVictim(func(_ *ip4, s *segment) { s.to, s.urgent, s.flags = port, pointer, f })
	}
	synData := func(options, data int) func(*trace) {
		return toVictim(func(_ *ip4, s *segment) { s.flags, s.options, s.data = syn, make([]byte, options), make([]byte, data) })
	}
	datagram := func(from, to uint16) func(*trace) {
		return func(t *trace) { t.udp(ip4{src: client, dst: victim}, from, to, []byte("x")) }
	}
	twice := func(first, second int) func(*trace) {
		return func(t *trace) {
			toVictim(func(h *ip4, _ *segment) { h.ttl = first })(t)
			t.wait(ms)
			toVictim(func(h *ip4, _ *segment) { h.ttl = second })(t)
		}
	}
	return []golden{
		{"1061.data_in_syn", "payload", synData(20, 10), []string{"1061 detected 1@1"}},
		{"1061.data_in_syn", "without payload", synData(20, 0), nil},
		{"1061.data_in_syn", "Fast Open", synData(32, 10), nil},
		{"1062.syn_fin", "both", flags(syn | fin), []string{"1062 detected 1@1"}},
		{"1062.syn_fin", "SYN alone", flags(syn), nil},
		{"1063.syn_rst", "both", flags(syn | rst), []string{"1063 detected 1@1"}},
		{"1063.syn_rst", "RST alone", flags(rst), nil},
		{"1064.winnuke", "urgent to NetBIOS", urgent(139, 3, urg|ack), []string{"1064 detected 1@1"}},
		{"1064.winnuke", "urgent to telnet", urgent(23, 3, urg|ack), nil},
		{"1065.urgent_pointer", "behind the payload", urgent(23, 14, urg|ack), []string{"1065 detected 1@1"}},
		{"1065.urgent_pointer", "zero", urgent(23, 0, urg|ack), []string{"1065 detected 1@1"}},
		{"1065.urgent_pointer", "right behind the last byte", urgent(23, 13, urg|ack), nil},
		{"1065.urgent_pointer", "without the flag", urgent(23, 14, ack), nil},
		{"1066.tcp_header_length", "too short", rawTCP(4), []string{"1066 detected 1@1"}},
		{"1066.tcp_header_length", "longer than the packet", rawTCP(11), []string{"1066 detected 1@1"}},
		{"1066.tcp_header_length", "up to the end", rawTCP(10), nil},
		{"1067.port_zero", "TCP", toVictim(func(_ *ip4, s *segment) { s.to = 0 }), []string{"1067 detected 1@1"}},
		{"1067.port_zero", "UDP", datagram(40000, 0), []string{"1067 detected 2@1"}},
		{"1067.port_zero", "from port zero", datagram(0, 40000), nil},
		{"1068.udp_length", "longer than the packet", rawUDP(21), []string{"1068 detected 1@1"}},
		{"1068.udp_length", "shorter than the header", rawUDP(7), []string{"1068 detected 1@1"}},
		{"1068.udp_length", "right", rawUDP(20), nil},
		{"1069.ttl_insertion", "dies, then arrives", twice(2, 64), []string{"1069 detected 1@1 2@2"}},
		{"1069.ttl_insertion", "retransmission", twice(64, 64), nil},
		{"1069.ttl_insertion", "low both times", twice(2, 2), nil},
	}
}

func headerGoldens() []golden {
	header := func(change func(*ip4)) func(*trace) {
		return toVictim(func(h *ip4, _ *segment) { change(h) })
	}
	options := func(b ...byte) func(*trace) { return header(func(h *ip4) { h.options = b }) }
	total := func(n int) func(*trace) { return header(func(h *ip4) { h.total = n }) }
	gre := func(flags, proto uint16) func(*trace) {
		return func(t *trace) {
			b := binary.BigEndian.AppendUint16(nil, flags)
			t.ip(ip4{src: client, dst: victim}, protoGRE, append(binary.BigEndian.AppendUint16(b, proto), make([]byte, 24)...))
		}
	}
	carrying := func(proto byte) func(*trace) {
		return func(t *trace) { t.ip(ip4{src: client, dst: victim}, proto, make([]byte, 40)) }
	}
	return []golden{
		{"1070.ip_total_length", "shorter than the header", total(19), []string{"1070 detected 1@1"}},
		{"1070.ip_total_length", "longer than the frame", total(67), []string{"1070 detected 1@1"}},
		{"1070.ip_total_length", "right", total(52), nil},
		{"1071.bogus_ip_version", "version 5", header(func(h *ip4) { h.version = 5 }), []string{"1071 detected 1@1"}},
		{"1071.bogus_ip_version", "version 4", header(func(h *ip4) { h.version = 4 }), nil},
		{"1072.ip_reserved_flag", "set", header(func(h *ip4) { h.flags = 0x8000 }), []string{"1072 detected 1@1"}},
		{"1072.ip_reserved_flag", "the one beside it", header(func(h *ip4) { h.flags = 0x4000 }), nil},
		{"1073.ip_source_route", "loose", options(131, 7, 4, 203, 0, 113, 1), []string{"1073 detected 1@1"}},
		{"1073.ip_source_route", "strict", options(137, 7, 4, 203, 0, 113, 1), []string{"1073 detected 1@1"}},
		{"1073.ip_source_route", "record route", options(7, 7, 4, 203, 0, 113, 1), nil},
		{"1074.ip_record_route", "record route", options(7, 7, 4, 0, 0, 0, 0), []string{"1074 detected 1@1"}},
		{"1074.ip_record_route", "timestamp", options(68, 8, 5, 0, 0, 0, 0, 0), []string{"1074 detected 1@1"}},
		{"1074.ip_record_route", "router alert", options(148, 4, 0, 0), nil},
		{"1075.ip_option_unknown", "number of nobody", options(201, 4, 0, 0), []string{"1075 detected 1@1"}},
		{"1075.ip_option_unknown", "router alert", options(148, 4, 0, 0), nil},
		{"1076.ip_padding", "one byte", options(0, 0, 1, 0), []string{"1076 detected 1@1"}},
		{"1076.ip_padding", "zeros", options(0, 0, 0, 0), nil},
		{"1076.ip_padding", "inside an option", options(148, 4, 0, 1), nil},
		{"1077.gre_version", "version 2", gre(2, 0x0800), []string{"1077 detected 1@1"}},
		{"1077.gre_version", "version 0", gre(0, 0x0800), nil},
		{"1078.gre_version_mix", "version 1 with IP", gre(0x2001, 0x0800), []string{"1078 detected 1@1"}},
		{"1078.gre_version_mix", "PPTP", gre(0x2001, 0x880b), nil},
		{"1079.ttl_zero", "zero", header(func(h *ip4) { h.ttl = -1 }), []string{"1079 detected 1@1"}},
		{"1079.ttl_zero", "one", header(func(h *ip4) { h.ttl = 1 }), nil},
		{"1080.ip_protocol_unassigned", "148", carrying(148), []string{"1080 detected 1@1"}},
		{"1080.ip_protocol_unassigned", "255", carrying(255), []string{"1080 detected 1@1"}},
		{"1080.ip_protocol_unassigned", "253", carrying(253), nil},
		{"1080.ip_protocol_unassigned", "147", carrying(147), nil},
	}
}
