package traffic

// spoof is a host between two others: it answers for each of them with its own
// hardware address, again and again, until both send it what they mean for one
// another.
func spoof(g *Gen) {
	const request, reply = 1, 2
	host := g.client()
	peer, attacker := g.neighbour(host), g.client()
	a, b, evil, none := macOf(host), macOf(peer), macOf(attacker), mac{}
	now := g.begin()
	g.add(now, ether(broadcastMAC, a, etherARP, arp(request, a, host, none, peer)))
	g.add(now+300*microsecond, pad(ether(a, b, etherARP, arp(reply, b, peer, a, host))))
	for range 4 {
		now += 500 * millisecond
		g.add(now, pad(ether(a, evil, etherARP, arp(reply, evil, peer, a, host))))
		g.add(now+200*microsecond, pad(ether(b, evil, etherARP, arp(reply, evil, host, b, peer))))
	}
}
