package rules

import "time"

const ms = time.Millisecond

// probe sends a segment of the attacker from its port 40000.
func probe(t *trace, port uint16, flags byte) {
	t.tcp(ip4{src: attacker, dst: victim}, segment{from: 40000, to: port, seq: 7000, flags: flags})
}

// answer sends a segment of the victim to that port.
func answer(t *trace, port uint16, flags byte, seq, ack uint32) {
	t.tcp(ip4{src: victim, dst: attacker}, segment{from: port, to: 40000, seq: seq, ack: ack, flags: flags})
}

func scanGoldens() []golden {
	ports := []uint16{21, 22, 23, 25, 80}
	synScan := func(ports []uint16, open uint16) func(*trace) {
		return func(t *trace) {
			every(t, 50*ms, ports, func(p uint16) { probe(t, p, syn) })
			if open != 0 {
				answer(t, open, syn|ack, 1, 7001)
			}
			t.wait(1100*ms).udp(ip4{src: client, dst: router}, 5000, 53, []byte("later"))
		}
	}
	refusals := func(ports []uint16) func(*trace) {
		return func(t *trace) {
			every(t, 10*ms, ports, func(p uint16) {
				probe(t, p, syn)
				answer(t, p, rst|ack, 0, 7001)
			})
		}
	}
	return []golden{
		{"1000.tcp_syn_scan", "five ports without answer", synScan(ports, 0), []string{"1000 not_respected 1@1 2@2 3@3 4@4 5@5"}},
		{"1000.tcp_syn_scan", "one of them is open", synScan(ports, 80), nil},
		{"1000.tcp_syn_scan", "four ports only", synScan([]uint16{21, 22, 23, 25, 25}, 0), nil},
		{"1001.tcp_closed_ports", "five refusals", refusals(ports), []string{"1001 not_respected 1@2 2@4 3@6 4@8 5@10"}},
		{"1001.tcp_closed_ports", "one port five times", refusals([]uint16{80, 80, 80, 80, 80}), nil},
		{"1001.tcp_closed_ports", "client that aborts", func(t *trace) {
			times(t, 10*ms, 6, func(i int) { t.dial(client, victim, 40000+uint16(i), 443).reset(0) })
		}, nil},
		{"1002.tcp_half_open_scan", "three open ports", func(t *trace) { halfOpen(t, rst) },
			[]string{"1002 not_respected 1@4 2@5 3@7 4@9"}},
		{"1002.tcp_half_open_scan", "handshakes completed", func(t *trace) { halfOpen(t, ack) }, nil},
		{"1003.tcp_connect_scan", "three silent connections", func(t *trace) {
			every(t, 10*ms, []uint16{22, 25, 80}, func(p uint16) { t.dial(attacker, victim, 40000+p, p).reset(0) })
		}, []string{"1003 not_respected 1@2 2@4 3@6 4@8 5@10 6@12"}},
		{"1003.tcp_connect_scan", "connections with a request", func(t *trace) {
			every(t, 10*ms, []uint16{22, 25, 80}, func(p uint16) { t.dial(client, victim, 40000+p, p).request("x").close() })
		}, nil},
	}
}

// halfOpen asks three open ports, and answers them with the given flags; all
// probes are sent before the first answer.
func halfOpen(t *trace, reply byte) {
	ports := []uint16{22, 80, 443}
	every(t, ms, ports, func(p uint16) { probe(t, p, syn) })
	every(t, ms, ports, func(p uint16) {
		answer(t, p, syn|ack, 500, 7001)
		t.tcp(ip4{src: attacker, dst: victim}, segment{from: 40000, to: p, seq: 7001, flags: reply})
	})
}

// stealthGoldens are scans by segments that belong to no connection.
func stealthGoldens() []golden {
	probes := func(flags byte, ports ...uint16) func(*trace) {
		return func(t *trace) { every(t, 20*ms, ports, func(p uint16) { probe(t, p, flags) }) }
	}
	resets := func(ports ...uint16) func(*trace) {
		return func(t *trace) {
			every(t, 20*ms, ports, func(p uint16) {
				probe(t, p, ack)
				answer(t, p, rst, 0, 0)
			})
		}
	}
	return []golden{
		{"1004.tcp_null_scan", "three ports", probes(0, 22, 80, 443), []string{"1004 not_respected 1@1 2@2 3@3"}},
		{"1004.tcp_null_scan", "two ports", probes(0, 22, 80, 22), nil},
		{"1005.tcp_fin_scan", "three ports", probes(fin, 22, 80, 443), []string{"1005 not_respected 1@1 2@2 3@3"}},
		{"1005.tcp_fin_scan", "FIN with ACK", probes(fin|ack, 22, 80, 443), nil},
		{"1006.tcp_xmas_scan", "three ports", probes(fin|psh|urg, 22, 80, 443), []string{"1006 not_respected 1@1 2@2 3@3"}},
		{"1006.tcp_xmas_scan", "without URG", probes(fin|psh|ack, 22, 80, 443), nil},
		{"1007.tcp_ack_scan", "four resets", resets(22, 25, 80, 443), []string{"1007 not_respected 1@2 2@4 3@6 4@8"}},
		{"1007.tcp_ack_scan", "three ports", resets(22, 25, 80, 80), nil},
		{"1008.tcp_maimon_scan", "three ports from one", probes(fin|ack, 22, 80, 443), []string{"1008 not_respected 1@1 2@2 3@3"}},
		{"1008.tcp_maimon_scan", "connections that end", func(t *trace) {
			every(t, 20*ms, []uint16{22, 80, 443}, func(p uint16) {
				t.tcp(ip4{src: client, dst: victim}, segment{from: 40000 + p, to: p, flags: fin | ack})
			})
		}, nil},
		{"1008.tcp_maimon_scan", "server that closes", func(t *trace) {
			times(t, 20*ms, 3, func(i int) {
				t.tcp(ip4{src: victim, dst: client}, segment{from: 443, to: 40000 + uint16(i), flags: fin | ack})
			})
		}, nil},
		{"1013.tcp_idle_scan", "identification grows", func(t *trace) { idleScan(t, 100, 102, 103) },
			[]string{"1013 not_respected 1@2 2@3 3@4 4@5 5@6"}},
		{"1013.tcp_idle_scan", "identification at random", func(t *trace) { idleScan(t, 100, 102, 40000) }, nil},
		{"1013.tcp_idle_scan", "identification zero", func(t *trace) { idleScan(t, 0, 0, 0) }, nil},
	}
}

// idleScan asks the idle host for its identification.
func idleScan(t *trace, ids ...uint16) {
	every(t, 100*ms, ids, func(n uint16) {
		probe(t, 80, syn|ack)
		t.tcp(ip4{src: victim, dst: attacker, id: n}, segment{from: 80, to: 40000, flags: rst})
	})
}

// sweepGoldens are scans by other protocols than TCP, and of many hosts.
func sweepGoldens() []golden {
	udpScan := func(ports ...uint16) func(*trace) {
		return func(t *trace) {
			every(t, 100*ms, ports, func(p uint16) {
				h := ip4{src: attacker, dst: victim}
				t.udp(h, 40000, p, nil)
				t.icmp(ip4{src: victim, dst: attacker}, 3, 3, 0, h.packet(protoUDP, udpBytes(h, 40000, p, nil)))
			})
		}
	}
	chunks := func(typ byte, ports ...uint16) func(*trace) {
		return func(t *trace) {
			every(t, 100*ms, ports, func(p uint16) {
				t.sctp(ip4{src: attacker, dst: victim}, 40000, p, 0, chunk(typ, 0, make([]byte, 16)))
			})
		}
	}
	protocols := func(numbers ...byte) func(*trace) {
		return func(t *trace) {
			every(t, 500*ms, numbers, func(n byte) {
				h := ip4{src: attacker, dst: victim}
				t.ip(h, n, nil)
				t.icmp(ip4{src: victim, dst: attacker}, 3, 2, 0, h.packet(n, make([]byte, 8)))
			})
		}
	}
	pings := func(network string, targets ...int) func(*trace) {
		return func(t *trace) {
			every(t, 50*ms, targets, func(n int) { t.icmp(ip4{src: attacker, dst: hosts(network, n)}, 8, 0, 1<<16|1, nil) })
		}
	}
	refusals := func(servers ...int) func(*trace) {
		return func(t *trace) {
			every(t, 50*ms, servers, func(n int) {
				t.tcp(ip4{src: hosts("198.51.100.", n), dst: attacker}, segment{from: 445, to: 40000 + uint16(n), flags: rst | ack})
			})
		}
	}
	hops := func(routers ...int) func(*trace) {
		return func(t *trace) {
			every(t, 50*ms, routers, func(n int) { t.icmp(ip4{src: hosts("203.0.113.", n), dst: client}, 11, 0, 0, make([]byte, 28)) })
		}
	}
	requests := func(pause time.Duration, targets ...int) func(*trace) {
		return func(t *trace) {
			every(t, pause, targets, func(n int) { t.arp(arp{op: 1, sender: attacker, target: hosts("192.0.2.", n), broadcast: true}) })
		}
	}
	return []golden{
		{"1009.udp_scan", "four closed ports", udpScan(53, 69, 123, 161), []string{"1009 not_respected 1@2 2@3 3@4 4@5 5@6 6@7 7@8"}},
		{"1009.udp_scan", "client of one closed port", udpScan(53, 53, 53, 53), nil},
		{"1010.sctp_init_scan", "three ports", chunks(1, 2905, 3868, 36412), []string{"1010 not_respected 1@1 2@2 3@3"}},
		{"1010.sctp_init_scan", "one port three times", chunks(1, 36412, 36412, 36412), nil},
		{"1011.sctp_cookie_echo_scan", "three ports", chunks(10, 2905, 3868, 36412), []string{"1011 not_respected 1@1 2@2 3@3"}},
		{"1011.sctp_cookie_echo_scan", "two ports", chunks(10, 36412, 2905, 36412), nil},
		{"1012.ip_protocol_scan", "three protocols", protocols(3, 8, 9), []string{"1012 not_respected 1@2 2@3 3@4 4@5 5@6"}},
		{"1012.ip_protocol_scan", "one protocol again and again", protocols(47, 47, 47), nil},
		{"1014.icmp_sweep", "six hosts", pings("198.51.100.", 1, 2, 3, 4, 5, 6), []string{"1014 not_respected 1@1 2@2 3@3 4@4 5@5 6@6"}},
		{"1014.icmp_sweep", "five hosts", pings("198.51.100.", 1, 2, 3, 4, 5, 1), nil},
		{"1015.arp_sweep", "seven neighbours", requests(20*ms, 1, 2, 3, 4, 5, 6, 7), []string{"1015 not_respected 1@1 2@2 3@3 4@4 5@5 6@6 7@7"}},
		{"1015.arp_sweep", "slowly", requests(120*ms, 1, 2, 3, 4, 5, 6, 7), nil},
		{"1016.tcp_service_sweep", "four hosts refuse", refusals(1, 2, 3, 4), []string{"1016 not_respected 1@1 2@2 3@3 4@4"}},
		{"1016.tcp_service_sweep", "three hosts refuse", refusals(1, 2, 3, 3), nil},
		{"1017.traceroute", "three routers", hops(1, 2, 3), []string{"1017 not_respected 1@1 2@2 3@3"}},
		{"1017.traceroute", "loop of two routers", hops(1, 2, 1, 2), nil},
	}
}
