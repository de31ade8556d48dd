package testserver

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// IPFIX is a collector of IPFIX (RFC 7011) that keeps all records. It knows no
// elements: it reads what the templates say.
type IPFIX struct {
	Address string

	mu        sync.Mutex
	records   []IPFIXRecord
	templates int // sets of templates that came
	sequences []uint32
	faults    []string
	known     map[uint16][]ipfixField
	closers   []io.Closer
}

// IPFIXRecord holds the values of a record by element; those of the way back
// (RFC 5103) by -element.
type IPFIXRecord map[int][]byte

// U returns a value as a number.
func (r IPFIXRecord) U(element int) (n uint64) {
	for _, b := range r[element] {
		n = n<<8 | uint64(b)
	}
	return n
}

type ipfixField struct{ element, length int }

// StartIPFIX starts a collector on loopback, over "udp" or "tcp".
func StartIPFIX(t testing.TB, network string) *IPFIX {
	t.Helper()
	c := &IPFIX{known: map[uint16][]ipfixField{}}
	if network == "udp" {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c.Address = conn.LocalAddr().String()
		go c.readDatagrams(conn)
		t.Cleanup(func() { conn.Close() })
		return c
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.Address = l.Addr().String()
	go c.accept(l)
	t.Cleanup(func() { l.Close(); c.Hangup() })
	return c
}

// Records returns what came so far.
func (c *IPFIX) Records() []IPFIXRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]IPFIXRecord(nil), c.records...)
}

// Templates returns how many sets of templates came.
func (c *IPFIX) Templates() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.templates
}

// Sequences returns the sequence numbers of all messages.
func (c *IPFIX) Sequences() []uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]uint32(nil), c.sequences...)
}

// Faults returns what was wrong with messages.
func (c *IPFIX) Faults() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.faults...)
}

// Hangup closes all connections of TCP.
func (c *IPFIX) Hangup() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.closers {
		conn.Close()
	}
	c.closers = nil
}

func (c *IPFIX) readDatagrams(conn net.PacketConn) {
	buf := make([]byte, 1<<16)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		c.message(buf[:n])
	}
}

func (c *IPFIX) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.closers = append(c.closers, conn)
		clear(c.known) // RFC 7011 section 8: templates live as long as the connection
		c.mu.Unlock()
		go c.readStream(conn)
	}
}

func (c *IPFIX) readStream(conn net.Conn) {
	head := make([]byte, 4)
	for {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		message := make([]byte, max(int(binary.BigEndian.Uint16(head[2:])), 4))
		copy(message, head)
		if _, err := io.ReadFull(conn, message[4:]); err != nil {
			return
		}
		c.message(message)
	}
}

// message takes a message, RFC 7011 section 3.1.
func (c *IPFIX) message(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(b) < 16 || binary.BigEndian.Uint16(b) != 10 || int(binary.BigEndian.Uint16(b[2:])) != len(b) {
		c.fault("a message with a bad header")
		return
	}
	c.sequences = append(c.sequences, binary.BigEndian.Uint32(b[8:]))
	for b = b[16:]; len(b) > 0; {
		if len(b) < 4 || int(binary.BigEndian.Uint16(b[2:])) < 4 || int(binary.BigEndian.Uint16(b[2:])) > len(b) {
			c.fault("a set of a bad length")
			return
		}
		size := binary.BigEndian.Uint16(b[2:])
		c.set(binary.BigEndian.Uint16(b), b[4:size])
		b = b[size:]
	}
}

func (c *IPFIX) fault(what string) { c.faults = append(c.faults, what) }

// set takes a set of templates or of records.
func (c *IPFIX) set(id uint16, b []byte) {
	if id == 2 {
		c.templates++
		for len(b) >= 4 {
			b = c.template(b)
		}
		return
	}
	fields, ok := c.known[id]
	if !ok {
		c.fault("records before their template")
		return
	}
	for len(b) > 0 {
		record := IPFIXRecord{}
		for _, f := range fields {
			if f.length > len(b) {
				c.fault("half a record")
				return
			}
			record[f.element] = append([]byte(nil), b[:f.length]...)
			b = b[f.length:]
		}
		c.records = append(c.records, record)
	}
}

// template takes one template and returns what comes after it.
func (c *IPFIX) template(b []byte) []byte {
	id, count := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	b = b[4:]
	var fields []ipfixField
	for range count {
		if len(b) < 4 {
			c.fault("half a template")
			return nil
		}
		f := ipfixField{int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))}
		b = b[4:]
		if f.element&0x8000 != 0 {
			if len(b) < 4 || binary.BigEndian.Uint32(b) != 29305 {
				c.fault("an element of an enterprise that is not reverse")
				return nil
			}
			f.element, b = -(f.element & 0x7fff), b[4:]
		}
		fields = append(fields, f)
	}
	c.known[id] = fields
	return b
}
