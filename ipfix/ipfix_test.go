package ipfix

import (
	"bytes"
	"testing"
)

func flow(v6 bool) *Flow {
	f := &Flow{
		V6: v6, Port: [2]uint16{0x1234, 80}, Proto: 6, First: 1_700_000_000_123_999_999, Last: 1_700_000_001_000_000_000,
		Octets: [2]uint64{100, 200}, Packets: [2]uint64{3, 4}, MAC: [2][6]byte{{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}}, Application: 153,
	}
	copy(f.Addr[0][10:], []byte{0xff, 0xff, 10, 0, 0, 1})
	copy(f.Addr[1][10:], []byte{0xff, 0xff, 10, 0, 0, 2})
	return f
}

// TestRecord spells a record of IPv4 out.
func TestRecord(t *testing.T) {
	want := []byte{
		1, 0, // template 256
		10, 0, 0, 1, 10, 0, 0, 2, 0, 0,
		0x12, 0x34, 0, 80, 6, 1,
		0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x7b, 0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x6b, 0xe8,
		0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 3,
		0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 4,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		6, 0, 0, 153,
	}
	if got := flow(false).Append(nil); !bytes.Equal(got, want) {
		t.Errorf("%v\nwant\n%v", got, want)
	}
}

// TestMessage holds the shape of a message that has records of both templates.
func TestMessage(t *testing.T) {
	m := Messages{Domain: 7}
	m.Begin(5)
	for _, v6 := range []bool{false, false, true} {
		r := flow(v6).Append(nil)
		if !IsRecord(r) || !m.Add(r) {
			t.Fatal("a record is refused")
		}
	}
	b := m.Message()
	v4, v6 := lengths[templateV4], lengths[templateV6]
	if len(b) != 16+4+2*v4+4+v6 || int(order.Uint16(b[2:])) != len(b) || order.Uint32(b[4:]) != 5 || order.Uint32(b[12:]) != 7 {
		t.Errorf("message %v", b)
	}
	if second := b[16+4+2*v4:]; order.Uint16(second) != templateV6 || int(order.Uint16(second[2:])) != 4+v6 {
		t.Errorf("second set %v", second)
	}
	m.Sent()
	if m.Begin(6); order.Uint32(m.Message()[8:]) != 3 {
		t.Error("the sequence number is not that of the records before")
	}
}

// TestFull: a message is never longer than MaxMessage.
func TestFull(t *testing.T) {
	var m Messages
	m.Begin(0)
	r, n := flow(true).Append(nil), 0
	for m.Add(r) {
		n++
	}
	if size := len(m.Message()); size > MaxMessage || size+lengths[templateV6] <= MaxMessage || n == 0 {
		t.Errorf("%d bytes of %d records", size, n)
	}
}

func TestIsRecord(t *testing.T) {
	r := flow(false).Append(nil)
	for _, b := range [][]byte{nil, {1}, {1, 0}, r[:len(r)-1], append([]byte{9, 9}, r[2:]...)} {
		if IsRecord(b) {
			t.Errorf("%v is a record", b)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	var m Messages
	f, buf := flow(true), make([]byte, 0, 1024)
	m.Begin(0)
	if n := testing.AllocsPerRun(100, func() {
		buf = f.Append(buf[:0])
		if !m.Add(buf) {
			m.Message()
			m.Sent()
			m.Begin(0)
		}
	}); n > 0.1 {
		t.Errorf("%v allocations a record", n)
	}
}
