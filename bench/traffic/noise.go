package traffic

// noise is payloads that no dissector should claim to know.
func noise(g *Gen) {
	for range 4 {
		g.noiseTCP()
		g.noiseUDP()
	}
}

// noisePort is not assigned to any protocol that is in wide use.
func (g *Gen) noisePort() uint16 { return uint16(g.between(40001, 47000)) }

// noiseBytes begins messages with a byte above ASCII and above the types of
// TLS records, so that chance does not make them look like either.
func (g *Gen) noiseBytes(n int) []byte {
	b := g.bytes(n)
	b[0] |= 0xc0
	return b
}

func (g *Gen) noiseTCP() {
	c := g.dial(g.to("peer.example.net"), g.noisePort())
	for range g.between(1, 5) {
		c.request(g.noiseBytes(g.between(20, 900)))
		c.reply(g.noiseBytes(g.between(20, 2500)))
	}
	c.close()
}

func (g *Gen) noiseUDP() {
	t := g.talk(g.to("peer.example.net"), g.noisePort())
	for range g.between(1, 8) {
		t.exchange(g.noiseBytes(g.between(20, 300)), g.noiseBytes(g.between(20, 1000)))
	}
}
