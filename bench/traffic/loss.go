package traffic

// loss is what happens to TCP on a bad network. The payloads are those of the
// web, so that a monitor must put the pieces together to name them.
func loss(g *Gen) {
	g.lossLateHello()
	g.lossRetransmitted()
	g.lossFast()
	g.lossDisorder()
	g.lossGap()
	g.lossOverlap()
	g.lossZeroWindow()
	g.lossSilence()
	g.lossReset()
	g.lossKeepAlive()
}

// segment sends payload at an offset from the sender's next byte, which may
// lie ahead or behind, and moves the sender on if it lies ahead.
func (c *conn) segment(up bool, offset int, payload []byte) {
	c.step(up)
	h := c.header(up, psh|ack)
	h.seq += uint32(offset)
	h.options = tcpTimestamps(c.stamps(up))
	c.transmit(up, h, payload)
}

// ackAt acknowledges less than all, with a selective acknowledgement of what
// lies behind the hole where there is one.
func (c *conn) ackAt(up bool, missing int, sack []byte) {
	c.step(up)
	h := c.header(up, ack)
	h.ack -= uint32(missing)
	h.options = tcpTimestamps(c.stamps(up)).raw(sack)
	c.transmit(up, h, nil)
}

// page is a request and the start of an answer of n bytes that is left to the
// caller to send.
func (g *Gen) page(n int) (*conn, []byte) {
	b := g.browser()
	c := b.dial()
	c.request(b.request("GET", "/data", nil))
	return c, response("200 OK", g.html(n), "Content-Type: text/html")
}

// lossLateHello has the second half of a ClientHello come before the first.
func (g *Gen) lossLateHello() {
	h := clientHello{name: "www.netflix.com", alpn: alpnHTTP2, session: g.bytes(32)}
	c := g.dial(g.to(h.name), portHTTPS)
	hello := record(recordHandshake, tls10, h.build(g))
	const half = 80
	c.segment(true, half, hello[half:])
	c.segment(true, -len(hello), hello[:half])
	g.tls13Answer(c, h)
	c.close()
}

// lossRetransmitted is a request that is sent again after a timeout, though it
// had arrived, and a SYN likewise.
func (g *Gen) lossRetransmitted() {
	b := g.browser()
	c := g.tcp(g.to(b.host), portHTTP)
	c.syn(true, syn, 64240)
	c.clientSide.seq--
	c.wait(1000)
	c.open()
	request := b.request("GET", "/", nil)
	c.request(request)
	c.wait(220)
	c.segment(true, -len(request), request)
	c.reply(response("200 OK", g.html(400), "Content-Type: text/html"))
	c.close()
}

// lossFast has a segment lost on the way to the capture; three duplicate
// acknowledgements bring it again.
func (g *Gen) lossFast() {
	c, data := g.page(8 * 1400)
	first, rest := data[:c.mss], data[c.mss:]
	c.reply(first)
	c.ackNow(true)
	lost := rest[:c.mss]
	hole := c.serverSide.seq + uint32(len(lost))
	sent := len(lost)
	for range 3 {
		c.segment(false, max(0, int(int32(hole-c.serverSide.seq))), rest[sent:sent+c.mss])
		sent += c.mss
		c.ackAt(true, sent, tcpSACK(hole, c.serverSide.seq))
	}
	c.segment(false, -sent, lost)
	c.ackNow(true)
	c.reply(rest[sent:])
	c.close()
}

// lossDisorder swaps neighbouring segments all along.
func (g *Gen) lossDisorder() {
	c, data := g.page(6 * 1400)
	for len(data) >= 2*c.mss {
		c.segment(false, c.mss, data[c.mss:2*c.mss])
		c.segment(false, -2*c.mss, data[:c.mss])
		c.ackNow(true)
		data = data[2*c.mss:]
	}
	c.reply(data)
	c.close()
}

// lossGap is a hole that the capture never fills though the client
// acknowledges it.
func (g *Gen) lossGap() {
	c, data := g.page(5 * 1400)
	c.reply(data[:c.mss])
	c.segment(false, c.mss, data[2*c.mss:3*c.mss])
	c.ackNow(true)
	c.reply(data[3*c.mss:])
	c.close()
}

// lossOverlap sends segments that repeat part of the one before.
func (g *Gen) lossOverlap() {
	c, data := g.page(2000)
	c.segment(false, 0, data[:600])
	c.segment(false, -200, data[400:1000])
	c.segment(false, -1000, data[:1400])
	c.ackNow(true)
	c.reply(data[1400:])
	c.close()
}

// lossZeroWindow is a client too slow to read: it shuts its window, is probed
// with one byte and opens it again.
func (g *Gen) lossZeroWindow() {
	c, data := g.page(3000)
	c.reply(data[:1400])
	open := c.clientSide.window
	c.clientSide.window = 0
	c.ackNow(true)
	c.wait(300)
	c.segment(false, 0, data[1400:1401])
	c.ackAt(true, 1, nil) // the byte of the probe finds no room
	c.clientSide.window = open
	c.wait(200)
	c.ackAt(true, 1, nil)
	c.serverSide.seq--
	c.reply(data[1400:])
	c.close()
}

// lossSilence is a host that does not answer: SYN three times.
func (g *Gen) lossSilence() {
	c := g.tcp(g.to("down.example.com"), portHTTPS)
	for try := range 3 {
		c.syn(true, syn, 64240)
		c.clientSide.seq--
		c.wait(1000 << try)
	}
}

// lossReset is refused once and aborted by the server once.
func (g *Gen) lossReset() {
	c := g.tcp(g.to4("www.example.com"), 8080)
	c.syn(true, syn, 64240)
	c.refuse()
	c, data := g.page(3000)
	c.reply(data[:1000])
	c.reset(false)
}

// lossKeepAlive is an idle connection that is kept open (RFC 9293 section
// 3.8.4), then closed by both sides at once.
func (g *Gen) lossKeepAlive() {
	c, data := g.page(500)
	c.reply(data)
	c.ackNow(true)
	for range 2 {
		c.wait(2000)
		c.segment(true, -1, nil)
		c.ackNow(false)
	}
	crossing := c.header(false, fin|ack)
	c.send(true, fin|ack, nil)
	c.step(false)
	crossing.options = tcpTimestamps(c.stamps(false))
	c.transmit(false, crossing, nil)
	c.send(true, ack, nil)
	c.send(false, ack, nil)
}
