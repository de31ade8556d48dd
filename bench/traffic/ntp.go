package traffic

const portNTP = 123

// ntp is the scenario of RFC 5905 and its predecessor.
func ntp(g *Gen) {
	g.ntpPoll(4)
	g.ntpPoll(4)
	g.ntpPoll(3)
}

// ntpPoll is one question about the time and its answer.
func (g *Gen) ntpPoll(version byte) {
	t := g.talk(g.to("time.cloudflare.com"), portNTP)
	if g.chance(50) {
		t.clientPort = portNTP
	}
	sent := ntpTime(t.now)
	t.ask(wire{}.u8(version<<3|3, 0, 6, 0xec).zero(36).u64(sent))
	received := ntpTime(t.now + t.rtt/2)
	t.answer(wire{}.u8(version<<3|4, 2, 6, 0xe8).u32(0x0000_0321, 0x0000_0455).u8(10, 1, 2, 3).
		u64(ntpTime(t.now - 32*second)).u64(sent).u64(received).u64(received + 1<<16))
}

// ntpTime is seconds since 1900 in fixed point with 32 bits of fraction.
func ntpTime(ns int64) uint64 {
	const to1900 = 2208988800
	return uint64(ns/second+to1900)<<32 | uint64(ns%second)<<32/uint64(second)
}
