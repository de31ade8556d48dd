package traffic

// tcpSide is what one end of a connection keeps.
type tcpSide struct {
	seq    uint32 // of the next byte to send
	window uint16 // as sent, that is scaled
	clock  uint32 // timestamp value at the start of the trace, ms
	stamp  uint32 // last timestamp value sent
}

// conn is a TCP connection that sends whatever it is given in segments and
// lets the other side acknowledge them.
type conn struct {
	*talk
	mss                    int
	clientSide, serverSide tcpSide
}

// tcp makes a connection without opening it.
func (g *Gen) tcp(p path, port uint16) *conn {
	c := &conn{talk: g.talk(p, port), mss: 1448}
	if p.client.Is6() {
		c.mss = 1428
	}
	c.clientSide = tcpSide{seq: g.u32(), window: 502, clock: g.u32()}
	c.serverSide = tcpSide{seq: g.u32(), window: 509, clock: g.u32()}
	return c
}

// dial makes a connection and opens it.
func (g *Gen) dial(p path, port uint16) *conn {
	c := g.tcp(p, port)
	c.open()
	return c
}

func (c *conn) sides(up bool) (from, to *tcpSide) {
	if up {
		return &c.clientSide, &c.serverSide
	}
	return &c.serverSide, &c.clientSide
}

// open is the three-way handshake.
func (c *conn) open() {
	c.syn(true, syn, 64240)
	c.syn(false, syn|ack, 65160)
	c.send(true, ack, nil)
}

// syn sends a segment with the options of an opening.
func (c *conn) syn(up bool, flags byte, window uint16) {
	c.step(up)
	val, echo := c.stamps(up)
	h := c.header(up, flags)
	h.window = window
	h.options = tcpSynOptions(uint16(c.mss+12), val, echo, 7)
	if flags&ack == 0 {
		h.ack = 0
	}
	c.transmit(up, h, nil)
}

// stamps returns the timestamp value of a direction now and its echo.
func (c *conn) stamps(up bool) (val, echo uint32) {
	from, to := c.sides(up)
	from.stamp = from.clock + uint32((c.now-epoch)/millisecond)
	return from.stamp, to.stamp
}

// header is a segment header with the state of the connection.
func (c *conn) header(up bool, flags byte) tcpSegment {
	from, to := c.sides(up)
	src, dst := c.ports(up)
	return tcpSegment{srcPort: src, dstPort: dst, seq: from.seq, ack: to.seq, flags: flags, window: from.window}
}

// transmit sends a segment as it is and moves the sender on behind it.
func (c *conn) transmit(up bool, h tcpSegment, payload []byte) {
	from, _ := c.sides(up)
	src, dst := c.ends(up)
	c.emit(up, protoTCP, h.build(src, dst, payload))
	next := h.seq + uint32(len(payload)) + uint32(h.flags&fin) + uint32(h.flags&syn>>1)
	if int32(next-from.seq) > 0 {
		from.seq = next
	}
}

// send steps the clock and sends one segment with timestamps.
func (c *conn) send(up bool, flags byte, payload []byte) {
	c.step(up)
	h := c.header(up, flags)
	h.options = tcpTimestamps(c.stamps(up))
	c.transmit(up, h, payload)
}

// write sends data of any length in segments; the receiver acknowledges every
// second one and leaves the last to what it says next.
func (c *conn) write(up bool, data []byte) {
	for n := 1; len(data) > c.mss; n++ {
		c.send(up, ack, data[:c.mss])
		data = data[c.mss:]
		if n%2 == 0 {
			c.send(!up, ack, nil)
		}
	}
	c.send(up, psh|ack, data)
}

// request and reply are write in one direction.
func (c *conn) request(data []byte) { c.write(true, data) }
func (c *conn) reply(data []byte)   { c.write(false, data) }

// lines exchanges lines of text that begin with "C: " or "S: ", as RFCs print
// them, each ended with CR LF.
func (c *conn) lines(script ...string) {
	for _, line := range script {
		c.write(line[0] == 'C', []byte(line[3:]+"\r\n"))
	}
}

// close ends the connection from the client's side.
func (c *conn) close() { c.end(true) }

// end is the orderly release, begun by one side.
func (c *conn) end(up bool) {
	c.send(up, fin|ack, nil)
	c.send(!up, fin|ack, nil)
	c.send(up, ack, nil)
}

// reset aborts the connection.
func (c *conn) reset(up bool) {
	c.step(up)
	h := c.header(up, rst|ack)
	h.window = 0
	c.transmit(up, h, nil)
}

// ackNow acknowledges without data.
func (c *conn) ackNow(up bool) { c.send(up, ack, nil) }
