package rules

import "time"

// halfTrip is how long a packet takes from the client to the server.
const halfTrip = 5 * time.Millisecond

// maxSegment is how many bytes one segment of a conn carries.
const maxSegment = 1400

// conn is a TCP connection in a trace.
type conn struct {
	*trace
	client, server string // IPv4
	from, to       uint16 // ports of client and server
	seq            [2]uint32
}

// tcpConn makes a connection of which nothing was sent yet.
func (t *trace) tcpConn(client, server string, from, to uint16) *conn {
	return &conn{trace: t, client: client, server: server, from: from, to: to,
		seq: [2]uint32{1000 * uint32(from), 2000 * uint32(from)}}
}

// dial makes a connection and its handshake.
func (t *trace) dial(client, server string, from, to uint16) *conn {
	c := t.tcpConn(client, server, from, to)
	c.up(syn, nil).wait(halfTrip)
	c.down(syn|ack, nil).wait(halfTrip)
	c.up(ack, nil).wait(time.Millisecond)
	return c
}

// up adds a segment of the client.
func (c *conn) up(flags byte, data []byte) *conn { return c.send(0, flags, data) }

// down adds a segment of the server.
func (c *conn) down(flags byte, data []byte) *conn { return c.send(1, flags, data) }

func (c *conn) send(side int, flags byte, data []byte) *conn {
	h := ip4{src: c.client, dst: c.server, flags: 0x4000}
	s := segment{from: c.from, to: c.to, seq: c.seq[side], flags: flags, data: data}
	if side == 1 {
		h.src, h.dst, s.from, s.to = c.server, c.client, c.to, c.from
	}
	if flags&ack != 0 {
		s.ack = c.seq[1-side]
	}
	c.tcp(h, s)
	c.seq[side] += uint32(len(data))
	if flags&(syn|fin) != 0 {
		c.seq[side]++
	}
	return c
}

// write sends data of one side in segments, and the acknowledgement of the other.
func (c *conn) write(side int, data []byte) *conn {
	for len(data) > 0 {
		n := min(len(data), maxSegment)
		c.send(side, psh|ack, data[:n])
		c.wait(halfTrip)
		data = data[n:]
	}
	c.send(1-side, ack, nil)
	c.wait(halfTrip)
	return c
}

// request sends text of the client.
func (c *conn) request(text string) *conn { return c.write(0, []byte(text)) }

// reply sends text of the server.
func (c *conn) reply(text string) *conn { return c.write(1, []byte(text)) }

// close ends the connection in good order, the client first.
func (c *conn) close() *conn {
	c.up(fin|ack, nil).wait(halfTrip)
	c.down(fin|ack, nil).wait(halfTrip)
	c.up(ack, nil).wait(halfTrip)
	return c
}

// reset ends the connection by a RST of one side, 0 for the client.
func (c *conn) reset(side int) *conn {
	c.send(side, rst|ack, nil)
	c.wait(halfTrip)
	return c
}
