package rules

import "time"

// syns adds n SYN of different forged clients to the victim's web server.
func syns(t *trace, pause time.Duration, n int) {
	times(t, pause, n, func(i int) {
		t.tcp(ip4{src: hosts("203.0.113.", i+1), dst: victim}, segment{from: 40000, to: 80, seq: 9, flags: syn})
	})
}

// redirectTo adds an ICMP redirect to a host.
func redirectTo(t *trace, dst string) {
	t.icmp(ip4{src: router, dst: dst}, 5, 1, 0xc0000242, make([]byte, 28))
}

func floodGoldens() []golden {
	later := func(t *trace) { t.wait(600*ms).udp(ip4{src: client, dst: router}, 5000, 53, nil) }
	pings := func(pause time.Duration, n int) func(*trace) {
		return func(t *trace) {
			times(t, pause, n, func(i int) { t.icmp(ip4{src: attacker, dst: victim}, 8, 0, uint32(i), nil) })
		}
	}
	resets := func(pause time.Duration, n int) func(*trace) {
		return func(t *trace) {
			times(t, pause, n, func(i int) {
				t.tcp(ip4{src: attacker, dst: victim}, segment{from: 40000 + uint16(i), to: 80, flags: rst})
			})
		}
	}
	guesses := func(numbers ...uint32) func(*trace) {
		return func(t *trace) {
			every(t, 10*ms, numbers, func(seq uint32) {
				t.tcp(ip4{src: client, dst: victim}, segment{from: 179, to: 40000, seq: seq, flags: rst})
			})
		}
	}
	datagrams := func(closed bool) func(*trace) {
		return func(t *trace) {
			h := ip4{src: attacker, dst: victim}
			t.udp(h, 40000, 9999, nil)
			if closed {
				t.icmp(ip4{src: victim, dst: attacker}, 3, 3, 0, h.packet(protoUDP, udpBytes(h, 40000, 9999, nil)))
			}
			times(t, ms, 45, func(i int) { t.udp(h, 40000+uint16(i), 9999, make([]byte, 500)) })
		}
	}
	return []golden{
		{"1040.syn_flood", "forged clients", func(t *trace) { syns(t, 5*ms, 41); later(t) }, []string{"1040 not_respected 1@1 2@40 3@41"}},
		{"1040.syn_flood", "last client completes", func(t *trace) {
			syns(t, 5*ms, 41)
			t.tcp(ip4{src: hosts("203.0.113.", 41), dst: victim}, segment{from: 40000, to: 80, seq: 10, ack: 5, flags: ack})
			later(t)
		}, nil},
		{"1040.syn_flood", "slower", func(t *trace) { syns(t, 11*ms, 41); later(t) }, nil},
		{"1041.icmp_echo_flood", "fifty-one requests", pings(2*ms, 51), []string{"1041 not_respected 1@1 2@50 3@51"}},
		{"1041.icmp_echo_flood", "fifty requests", pings(2*ms, 50), nil},
		{"1042.icmp_redirect_flood", "eleven redirects", func(t *trace) {
			times(t, 50*ms, 11, func(int) { redirectTo(t, client) })
		}, []string{"1042 not_respected 1@1 2@10 3@11"}},
		{"1042.icmp_redirect_flood", "to several hosts", func(t *trace) {
			times(t, 50*ms, 11, func(i int) { redirectTo(t, hosts("192.0.2.", 10+i%2)) })
		}, nil},
		{"1043.udp_flood", "closed port", datagrams(true), []string{"1043 not_respected 1@2 2@3 3@42 4@43"}},
		{"1043.udp_flood", "open port", datagrams(false), nil},
		{"1044.rst_flood", "fifty-one resets", resets(2*ms, 51), []string{"1044 not_respected 1@1 2@50 3@51"}},
		{"1044.rst_flood", "slower", resets(6*ms, 51), nil},
		{"1045.blind_reset", "four numbers", guesses(1000, 17000, 33000, 49000), []string{"1045 not_respected 1@1 2@2 3@3 4@4"}},
		{"1045.blind_reset", "one number four times", guesses(1000, 1000, 1000, 1000), nil},
		{"1046.syn_ack_unasked", "no SYN", func(t *trace) {
			t.tcp(ip4{src: victim, dst: client}, segment{from: 443, to: 40000, seq: 1, ack: 2, flags: syn | ack})
		}, []string{"1046 detected 1@1"}},
		{"1046.syn_ack_unasked", "handshake", func(t *trace) { t.dial(client, victim, 40000, 443) }, nil},
		{"1046.syn_ack_unasked", "answer repeated", func(t *trace) {
			c := t.dial(client, victim, 40000, 443)
			c.seq[1]--
			c.wait(time.Second)
			c.down(syn|ack, nil)
		}, nil},
		{"1047.half_open_connections", "three clients are silent", func(t *trace) { silent(t, 3) },
			[]string{"1047 not_respected 1@2 2@3 3@5 4@6 5@8 6@9"}},
		{"1047.half_open_connections", "two clients are silent", func(t *trace) { silent(t, 2) }, nil},
	}
}

// silent makes a server answer n clients twice each, and a last one that
// completes its handshake.
func silent(t *trace, n int) {
	times(t, 10*ms, n, func(i int) {
		c := t.tcpConn(client, victim, 40000+uint16(i), 80)
		c.up(syn, nil).wait(ms)
		c.down(syn|ack, nil).wait(time.Second)
		c.seq[1]--
		c.down(syn|ack, nil)
	})
	t.dial(client, victim, 50000, 80)
}
