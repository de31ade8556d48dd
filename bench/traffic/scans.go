package traffic

// scannedPorts are those that a scan tries, most of them closed.
var scannedPorts = []uint16{21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 443, 445, 993, 995, 1433, 1521, 3306, 3389, 5432, 5900, 6379, 8080, 8443}

// openPort says which of them answer.
func openPort(port uint16) bool { return port == 22 || port == 80 || port == 443 }

// scans is the probing of one host by another in all usual ways.
func scans(g *Gen) {
	g.scan(syn, g.answerSYN)
	g.scan(0, answerClosed)
	g.scan(fin, answerClosed)
	g.scan(fin|psh|urg, answerClosed)
	g.scan(ack, answerAll)
	g.scanConnect()
	g.scanUDP()
}

// scan sends one segment with those flags to every port, from one port, and
// lets the target answer.
func (g *Gen) scan(flags byte, answer func(*conn)) {
	p := g.to4("target.example.com")
	now, source := g.begin(), g.port()
	for _, port := range scannedPorts {
		c := g.tcp(p, port)
		c.now, c.clientPort, c.rtt = now, source, millisecond
		c.probe(true, flags)
		now = c.now + 2*millisecond
		answer(c)
	}
}

// probe sends a segment by hand, as scanners do: no options but the segment
// size, and an acknowledgement only where the flag says so.
func (c *conn) probe(up bool, flags byte) {
	c.step(up)
	h := c.header(up, flags)
	h.window = 1024
	if flags&syn != 0 {
		h.options = tcpMSS(1460)
	}
	if flags&ack == 0 {
		h.ack = 0
	}
	c.transmit(up, h, nil)
}

// answerSYN accepts or resets; the scanner resets what was accepted.
func (g *Gen) answerSYN(c *conn) {
	if !openPort(c.serverPort) {
		c.refuse()
		return
	}
	c.probe(false, syn|ack)
	c.probe(true, rst)
}

// answerClosed is how closed ports alone answer (RFC 9293 section 3.10.7.1).
func answerClosed(c *conn) {
	if !openPort(c.serverPort) {
		c.refuse()
	}
}

// answerAll resets on every port, open or closed, as no connection exists.
func answerAll(c *conn) {
	c.step(false)
	h := c.header(false, rst)
	h.seq, h.ack, h.window = h.ack, 0, 0
	c.transmit(false, h, nil)
}

// refuse resets what came without an acknowledgement.
func (c *conn) refuse() {
	c.step(false)
	h := c.header(false, rst|ack)
	h.seq, h.window = 0, 0
	c.transmit(false, h, nil)
}

// scanConnect opens whole connections and closes them at once.
func (g *Gen) scanConnect() {
	p := g.to4("target.example.com")
	now := g.begin()
	for _, port := range scannedPorts {
		c := g.tcp(p, port)
		c.now, c.rtt = now, millisecond
		now += 3 * millisecond
		if openPort(port) {
			c.open()
			c.reset(true)
			continue
		}
		c.syn(true, syn, 64240)
		c.refuse()
	}
}

// scanUDP sends empty datagrams; closed ports answer through ICMP.
func (g *Gen) scanUDP() {
	p := g.to4("target.example.com")
	now, source := g.begin(), g.port()
	for _, port := range []uint16{53, 67, 69, 111, 123, 137, 161, 500, 514, 1900, 5353} {
		t := g.talk(p, port)
		t.now, t.clientPort, t.rtt = now, source, millisecond
		now += 20 * millisecond
		packet := t.ip(true, protoUDP, udp(p.client, p.server, source, port, nil))
		t.send(packet)
		if port != 161 {
			t.step(false)
			t.emit(false, protoICMP, icmp4(3, 3, 0, packet))
		}
	}
}
