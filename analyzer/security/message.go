package security

import (
	"encoding/binary"
	"math"

	"mmt/analyzer/dpi"
)

// message is a packet's attributes on their way to the shards, or an order to
// them.
type message struct {
	at      uint64 // its place among those of all feeds, see Feed.place
	time    int64
	counter uint64
	flow    uint64
	body    []byte
	change  *Change // from now on; nil: go on
	end     bool    // the flow has ended
}

// A body is, for each attribute: its place in the schema (16 bits), the type of
// its value (16 bits) and the length of its bytes (32 bits), or lengthNumber;
// then the number (64 bits) or the bytes. Little endian.
const (
	attrHeader   = 8
	lengthNumber = math.MaxUint32
)

// reset makes a message of a packet.
func (m *message) reset(at uint64, time int64, counter, flow uint64) {
	m.at, m.time, m.counter, m.flow, m.body, m.change, m.end = at, time, counter, flow, m.body[:0], nil, false
}

// add appends an attribute and reports whether it fits into limit bytes.
func (m *message) add(place int, v *dpi.Value, limit int) bool {
	number := v.B == nil && (v.Type.IsNumber() || v.Type == dpi.IP4Addr)
	size := attrHeader + 8
	if !number {
		size = attrHeader + len(v.B)
	}
	if len(m.body)+size > limit {
		return false
	}
	m.body = binary.LittleEndian.AppendUint16(m.body, uint16(place))
	m.body = binary.LittleEndian.AppendUint16(m.body, uint16(v.Type))
	if number {
		m.body = binary.LittleEndian.AppendUint32(m.body, lengthNumber)
		m.body = binary.LittleEndian.AppendUint64(m.body, v.N)
		return true
	}
	m.body = binary.LittleEndian.AppendUint32(m.body, uint32(len(v.B)))
	m.body = append(m.body, v.B...)
	return true
}

// carrier gives a shard the attributes of messages.
type carrier struct {
	shard   *shard
	counts  *counts // nil: what messages say is the count of all
	present []int32
}

// receive verifies the rules on a message.
func (c *carrier) receive(m *message) {
	if m.end {
		delete(c.shard.ignored, m.flow)
		return
	}
	c.unpack(m.body)
	c.shard.process(m.time, m.counter, m.flow, c.present)
}

// unpack puts the attributes of a body into the shard's cells.
func (c *carrier) unpack(body []byte) {
	s := c.shard
	p := s.program
	c.present = c.present[:0]
	for len(body) >= attrHeader {
		place := int(binary.LittleEndian.Uint16(body))
		t := dpi.DataType(binary.LittleEndian.Uint16(body[2:]))
		n := binary.LittleEndian.Uint32(body[4:])
		body = body[attrHeader:]
		v := dpi.Value{Type: t}
		if n == lengthNumber {
			v.N = c.counts.all(place, binary.LittleEndian.Uint64(body))
			body = body[8:]
		} else {
			v.B = body[:n:n]
			body = body[n:]
		}
		if place < len(p.cellOf) && p.cellOf[place] >= 0 {
			s.cells.set(p.cellOf[place], &v)
			c.touch(p.groupOf[p.cellOf[place]])
		}
	}
}

// touch notes that the packet has attributes of a group.
func (c *carrier) touch(g int32) {
	if g < 0 {
		return
	}
	for _, x := range c.present {
		if x == g {
			return
		}
	}
	c.present = append(c.present, g)
}

// fetch implements fetcher: what a message does not carry is not there.
func (c *carrier) fetch(int32, *dpi.Value) bool { return false }
