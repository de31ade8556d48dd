package session

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"testing"
	"unsafe"

	"mmt/analyzer/dpi"
	"mmt/dataplane"
)

// maxSessionBytes is what a session may cost at rest, with its part of the
// index and the timer wheel.
const maxSessionBytes = 600

func TestMemoryPerSession(t *testing.T) {
	const n = 1 << 16
	record := int(unsafe.Sizeof(Session{}))
	table := NewTable(Config{Max: n})
	index := len(table.index.words) * 8 / n
	wheel := int(unsafe.Sizeof(table.wheel)) / n
	touched := 4 + 4 // slots in the lists of active and of free sessions
	total := record + index + wheel + touched
	t.Logf("record %d, index %d, wheel %d, lists %d: %d bytes a session", record, index, wheel, touched, total)
	if total > maxSessionBytes {
		t.Errorf("a session takes %d bytes, more than %d", total, maxSessionBytes)
	}
}

// capture makes a packet through a handler, and keeps it for calls of Lookup.
type capture struct {
	p  dpi.Packet
	ip []byte
}

func (*capture) See(int64) {}

func (c *capture) Lookup(p *dpi.Packet) *dpi.Flow {
	c.p = *p
	return nil
}

// newCapture returns an established connection's data packet of 512 bytes.
func newCapture(t testing.TB) *capture {
	c := &capture{ip: make([]byte, 20+32+512)}
	ip, tcp := c.ip, c.ip[20:]
	ip[0], ip[9] = 0x45, protoTCP
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
	tcp[12], tcp[13] = 8<<4, flagACK|flagPSH
	copy(tcp[20:], []byte{1, 1, 8, 10})
	reg := dpi.NewRegistry()
	for _, p := range []dpi.Protocol{
		{ID: 0, Name: "unknown"}, {ID: dpi.Meta, Name: "meta"},
		{ID: 2, Name: "net", Next: func(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
			p.AddTuple(p.Data[12:16], p.Data[16:20], protoTCP)
			return 3, off + 20
		}},
		{ID: 3, Name: "transport", Next: func(p *dpi.Packet, off int) (dpi.ProtocolID, int) {
			p.SetPorts(1, 2)
			return dpi.ByFlow, off + 32
		}},
	} {
		if err := reg.Register(p); err != nil {
			t.Fatal(err)
		}
	}
	reg.SetRoot(dataplane.LinkIPv4, func(*dpi.Packet) (dpi.ProtocolID, int) { return 2, 0 })
	h, err := dpi.NewHandler(reg, c, dpi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.Process([]dataplane.Packet{{Data: ip, Len: uint32(len(ip)), Time: 1e18, Link: dataplane.LinkIPv4}})
	return c
}

// set makes the packet the k-th of flow i: data one way, an acknowledgement the
// other way, in turn.
func (c *capture) set(i, k uint32) {
	p, tcp := &c.p, c.ip[20:]
	tuple := p.Tuple()
	ip := c.ip
	up, n := k%2 == 0, k/2
	src, dst := &tuple.Src, &tuple.Dst
	tuple.SrcPort, tuple.DstPort = uint16(i), 443
	data := uint16(512)
	if !up {
		src, dst = dst, src
		tuple.SrcPort, tuple.DstPort = 443, uint16(i)
		data = 0
	}
	binary.BigEndian.PutUint32(src[12:], 10<<24|i)
	binary.BigEndian.PutUint32(dst[12:], 20<<24|i>>4)
	copy(ip[12:], tuple.Src[12:])
	copy(ip[16:], tuple.Dst[12:])
	binary.BigEndian.PutUint16(tcp, tuple.SrcPort)
	binary.BigEndian.PutUint16(tcp[2:], tuple.DstPort)
	seq, ack := n*512, uint32(7)
	if !up {
		seq, ack = 7, (n+1)*512
	}
	binary.BigEndian.PutUint32(tcp[4:], seq)
	binary.BigEndian.PutUint32(tcp[8:], ack)
	p.Payload = c.ip[52 : 52+data]
	p.Limit(int(52 + data))
	p.Stream, p.Gap, p.TCP = nil, false, dpi.TCPInfo{}
}

// shuffled maps the numbers below n, a power of two, to each other in an order
// that looks random.
func shuffled(k, n uint32) uint32 {
	half := uint32(bits.Len32(n)) / 2
	for range 2 {
		k = k * 0x9e3779b1 & (n - 1)
		k ^= k >> half
	}
	return k
}

// run looks up packet k of n flows that take turns.
func (x *capture) run(table *Table, k, n uint32) {
	x.p.Time += 1000
	x.set(shuffled(k, n), k/n)
	if table != nil {
		table.Lookup(&x.p)
	}
}

// BenchmarkLookup looks up packets of established connections: data one way,
// acknowledgements the other way. Nothing is what the benchmark itself takes.
func BenchmarkLookup(b *testing.B) {
	b.Run("nothing", func(b *testing.B) { benchmarkLookup(b, nil, 1<<20) })
	for _, n := range []int{1 << 10, 1 << 15, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkLookup(b, NewTable(Config{Max: n}), n) })
	}
}

func benchmarkLookup(b *testing.B, table *Table, n int) {
	x := newCapture(b)
	k := 0
	for ; table != nil && k < 4*n; k++ {
		x.run(table, uint32(k), uint32(n))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		x.run(table, uint32(k+i), uint32(n))
	}
	b.StopTimer()
	if table != nil && table.Len() != n {
		b.Fatalf("%d sessions, want %d", table.Len(), n)
	}
}
