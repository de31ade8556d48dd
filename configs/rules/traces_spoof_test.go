package rules

import "time"

// Hardware addresses of the ARP traces.
const (
	owner  = "02:00:00:00:00:01"
	forger = "02:00:00:00:00:66"
)

func spoofGoldens() []golden {
	replies := func(second arp) func(*trace) {
		return func(t *trace) {
			t.arp(arp{op: 1, sender: client, target: router, broadcast: true}).wait(ms)
			t.arp(arp{op: 2, sender: router, senderMAC: owner, target: client}).wait(50 * ms)
			t.arp(second)
		}
	}
	segmentOf := func(src, dst string, from, to uint16) func(*trace) {
		return func(t *trace) { t.tcp(ip4{src: src, dst: dst}, segment{from: from, to: to, flags: syn}) }
	}
	return []golden{
		{"1020.arp_reply_conflict", "two owners", replies(arp{op: 2, sender: router, senderMAC: forger, target: client}),
			[]string{"1020 detected 1@2 2@3"}},
		{"1020.arp_reply_conflict", "one owner twice", replies(arp{op: 2, sender: router, senderMAC: owner, target: client}), nil},
		{"1021.arp_announcement_change", "another announces", replies(arp{op: 1, sender: router, senderMAC: forger, target: router, broadcast: true}),
			[]string{"1021 detected 1@2 2@3"}},
		{"1021.arp_announcement_change", "owner announces", replies(arp{op: 1, sender: router, senderMAC: owner, target: router, broadcast: true}), nil},
		{"1022.arp_reply_unasked", "no request", func(t *trace) {
			t.arp(arp{op: 1, sender: client, target: victim, broadcast: true}).wait(ms)
			t.arp(arp{op: 2, sender: router, senderMAC: forger, target: client})
		}, []string{"1022 not_respected 1@2"}},
		{"1022.arp_reply_unasked", "request before", func(t *trace) {
			t.arp(arp{op: 1, sender: client, target: router, broadcast: true}).wait(4 * time.Second)
			t.arp(arp{op: 2, sender: router, senderMAC: owner, target: client})
		}, nil},
		{"1022.arp_reply_unasked", "answered twice", replies(arp{op: 2, sender: router, senderMAC: owner, target: client}), nil},
		{"1022.arp_reply_unasked", "answered by another too", replies(arp{op: 2, sender: router, senderMAC: forger, target: client}),
			[]string{"1022 not_respected 1@3"}},
		{"1023.land", "same address and port", segmentOf(victim, victim, 139, 139), []string{"1023 detected 1@1"}},
		{"1023.land", "other port", segmentOf(victim, victim, 139, 140), nil},
		{"1024.loopback_source", "127.0.0.1", segmentOf("127.0.0.1", victim, 4000, 80), []string{"1024 detected 1@1"}},
		{"1024.loopback_source", "127.255.255.255", segmentOf("127.255.255.255", victim, 4000, 80), []string{"1024 detected 1@1"}},
		{"1024.loopback_source", "128.0.0.1", segmentOf("128.0.0.1", victim, 4000, 80), nil},
		{"1025.martian_source", "multicast", segmentOf("224.0.0.1", victim, 4000, 80), []string{"1025 detected 1@1"}},
		{"1025.martian_source", "broadcast", segmentOf("255.255.255.255", victim, 4000, 80), []string{"1025 detected 1@1"}},
		{"1025.martian_source", "0.1.2.3", segmentOf("0.1.2.3", victim, 4000, 80), []string{"1025 detected 1@1"}},
		{"1025.martian_source", "host without address", func(t *trace) {
			t.udp(ip4{src: "0.0.0.0", dst: "255.255.255.255"}, 68, 67, make([]byte, 240))
		}, nil},
		{"1025.martian_source", "223.255.255.254", segmentOf("223.255.255.254", victim, 4000, 80), nil},
	}
}

// redirect is an ICMP redirect in the name of the router, in a frame from mac.
func redirect(t *trace, mac string) {
	h := ip4{src: router, dst: client}
	message := icmpBytes(5, 1, 0xc0000242, make([]byte, 28))
	t.frame(ether(hardware("", client), hardware(mac, ""), typeIPv4, h.packet(protoICMP, message)))
}

// toAll adds an IPv4 packet in a frame to all stations.
func toAll(t *trace, proto byte, payload func(ip4) []byte) {
	h := ip4{src: victim, dst: "192.0.2.255"}
	t.frame(ether(hardware("ff:ff:ff:ff:ff:ff", ""), hardware("", victim), typeIPv4, h.packet(proto, payload(h))))
}

// neighbourGoldens are forgeries that need to be on the same network.
func neighbourGoldens() []golden {
	redirects := func(mac string) func(*trace) {
		return func(t *trace) {
			t.arp(arp{op: 2, sender: router, senderMAC: owner, target: client}).wait(time.Second)
			redirect(t, mac)
		}
	}
	discovery := func(typ byte, hop int) func(*trace) {
		return func(t *trace) { neighbour(t, "fe80::66", typ, hop) }
	}
	advertisements := func(routers ...string) func(*trace) {
		return func(t *trace) { every(t, time.Second, routers, func(r string) { neighbour(t, r, 134, 255) }) }
	}
	sender := func(frame, message string) func(*trace) {
		return func(t *trace) {
			b := append([]byte{0, 1, 8, 0, 6, 4, 0, 2}, hardware(message, "")...)
			b = append(append(append(b, 192, 0, 2, 1), hardware(owner, "")...), 192, 0, 2, 10)
			t.frame(ether(hardware(owner, ""), hardware(frame, ""), typeARP, b))
		}
	}
	broadcast := func(port uint16) func(*trace) {
		return func(t *trace) { toAll(t, protoUDP, func(h ip4) []byte { return udpBytes(h, 40000, port, nil) }) }
	}
	services := func(from, to uint16) func(*trace) {
		return func(t *trace) { t.udp(ip4{src: client, dst: victim}, from, to, []byte("x")) }
	}
	return []golden{
		{"1026.icmp_redirect_forged", "from another host", redirects(forger), []string{"1026 detected 1@1 2@2"}},
		{"1026.icmp_redirect_forged", "from the router", redirects(owner), nil},
		{"1027.icmp_redirect", "redirect for a host", func(t *trace) { redirect(t, owner) }, []string{"1027 detected 1@1"}},
		{"1027.icmp_redirect", "unreachable", func(t *trace) {
			t.icmp(ip4{src: router, dst: client}, 3, 1, 0, make([]byte, 28))
		}, nil},
		{"1028.nd_from_afar", "advertisement", discovery(134, 254), []string{"1028 detected 1@1"}},
		{"1028.nd_from_afar", "on the link", discovery(134, 255), nil},
		{"1028.nd_from_afar", "echo request", discovery(128, 64), nil},
		{"1029.rogue_router_advertisement", "two routers", advertisements("fe80::1", "fe80::66"), []string{"1029 detected 1@1 2@2"}},
		{"1029.rogue_router_advertisement", "one router", advertisements("fe80::1", "fe80::1"), nil},
		{"1030.smurf", "echo request to all", func(t *trace) {
			toAll(t, protoICMP, func(ip4) []byte { return icmpBytes(8, 0, 1, nil) })
		}, []string{"1030 detected 1@1"}},
		{"1030.smurf", "echo request to one", func(t *trace) { t.icmp(ip4{src: victim, dst: "192.0.2.255"}, 8, 0, 1, nil) }, nil},
		{"1031.fraggle", "chargen of all", broadcast(19), []string{"1031 detected 1@1"}},
		{"1031.fraggle", "another port of all", broadcast(67), nil},
		{"1031.fraggle", "chargen of one", services(40000, 19), nil},
		{"1032.arp_sender_mismatch", "for another", sender(forger, owner), []string{"1032 detected 1@1"}},
		{"1032.arp_sender_mismatch", "for itself", sender(owner, owner), nil},
		{"1032.arp_sender_mismatch", "virtual router", sender(owner, "00:00:5e:00:01:07"), nil},
		{"1033.udp_service_loop", "echo to chargen", services(7, 19), []string{"1033 detected 1@1"}},
		{"1033.udp_service_loop", "client of echo", services(40000, 7), nil},
	}
}

// neighbour adds an ICMPv6 message of a router to all nodes.
func neighbour(t *trace, src string, typ byte, hop int) {
	h := ip6{src: src, dst: "ff02::1", hop: hop}
	b := icmpBytes(typ, 0, 0x40000708, make([]byte, 8))
	b[2], b[3] = 0, 0
	sum := transportSum(h, 58, b)
	b[2], b[3] = byte(sum>>8), byte(sum)
	t.ip(h, 58, b)
}
