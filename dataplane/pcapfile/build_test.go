package pcapfile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"mmt/dataplane"
)

// byteOrder is what the test traces are written in.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var orders = map[string]byteOrder{"little-endian": binary.LittleEndian, "big-endian": binary.BigEndian}

// sample returns the i-th packet of the test traces: between 0 and 99 bytes, a
// time with all nine digits.
func sample(i int) dataplane.Packet {
	data := bytes.Repeat([]byte{byte(i)}, i*37%100)
	return dataplane.Packet{Data: data, Time: 1700000000_123456789 + int64(i)*1_000_000_007, Len: uint32(len(data) + i%3), Link: dataplane.LinkEthernet}
}

func samples(n int) []dataplane.Packet {
	list := make([]dataplane.Packet, n)
	for i := range list {
		list[i] = sample(i)
	}
	return list
}

// micro cuts times to the microsecond.
func micro(list []dataplane.Packet) []dataplane.Packet {
	cut := append([]dataplane.Packet(nil), list...)
	for i := range cut {
		cut[i].Time -= cut[i].Time % 1000
	}
	return cut
}

func classicTrace(t testing.TB, list []dataplane.Packet, nano bool, order byteOrder) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := newWriter(&b, dataplane.LinkEthernet, nano, order)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if err := w.WritePacket(p.Time, p.Len, p.Data); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// ngWriter builds pcapng files block by block.
type ngWriter struct {
	byteOrder
	out []byte
}

func (w *ngWriter) block(kind uint32, body ...byte) {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	total := uint32(12 + len(body))
	w.out = w.AppendUint32(w.AppendUint32(w.out, kind), total)
	w.out = w.AppendUint32(append(w.out, body...), total)
}

func (w *ngWriter) words(list ...uint32) (b []byte) {
	for _, v := range list {
		b = w.AppendUint32(b, v)
	}
	return b
}

func (w *ngWriter) section() {
	body := w.words(byteOrderMagic)
	body = w.AppendUint16(w.AppendUint16(body, 1), 0)
	w.block(blockSection, append(body, bytes.Repeat([]byte{0xff}, 8)...)...)
}

func (w *ngWriter) option(code uint16, value ...byte) []byte {
	b := append(w.AppendUint16(w.AppendUint16(nil, code), uint16(len(value))), value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func (w *ngWriter) iface(link dataplane.LinkType, snap uint32, options ...[]byte) {
	body := w.AppendUint16(w.AppendUint16(nil, uint16(link)), 0)
	body = w.AppendUint32(body, snap)
	for _, o := range options {
		body = append(body, o...)
	}
	if len(options) > 0 {
		body = append(body, 0, 0, 0, 0)
	}
	w.block(blockInterface, body...)
}

func padded(b []byte) []byte { return append(append([]byte(nil), b...), make([]byte, -len(b)&3)...) }

func (w *ngWriter) enhanced(id uint32, units uint64, wire uint32, data []byte, options ...byte) {
	body := w.words(id, uint32(units>>32), uint32(units), uint32(len(data)), wire)
	w.block(blockEnhanced, append(append(body, padded(data)...), options...)...)
}

func (w *ngWriter) obsolete(id uint16, units uint64, wire uint32, data []byte) {
	body := w.AppendUint16(w.AppendUint16(nil, id), 0xffff)
	body = append(body, w.words(uint32(units>>32), uint32(units), uint32(len(data)), wire)...)
	w.block(blockPacket, append(body, data...)...)
}

func (w *ngWriter) simple(wire uint32, data []byte) {
	w.block(blockSimple, append(w.words(wire), data...)...)
}

// ngTrace writes packets with nanosecond times, and blocks without packets
// between them.
func ngTrace(list []dataplane.Packet, order byteOrder) []byte {
	w := &ngWriter{byteOrder: order}
	w.section()
	w.iface(dataplane.LinkEthernet, 0, w.option(2, []byte("eth0")...), w.option(optResolution, 9))
	for i, p := range list {
		w.enhanced(0, uint64(p.Time), p.Len, p.Data, w.option(1, []byte("note")...)...)
		if i%3 == 0 {
			w.block(0x0bad, make([]byte, i*13%500)...)
		}
	}
	return w.out
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeFile(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "trace.pcap")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// inMemory reads bytes the way a mapped file is read.
func inMemory(data []byte, opts Options) (*Source, error) {
	s := &Source{name: "memory", win: window{buf: data}}
	return s, s.start(opts)
}

// readAll returns copies of all packets and the error behind them, nil for a
// clean end.
func readAll(t testing.TB, s *Source) (list []dataplane.Packet, end error) {
	t.Helper()
	var b dataplane.Burst
	for {
		err := s.Receive(&b)
		if err != nil {
			if b.N != 0 {
				t.Fatalf("%d packets together with error %v", b.N, err)
			}
			if err == io.EOF {
				return list, end
			}
			if end != nil {
				t.Fatalf("second error %v after %v", err, end)
			}
			end = err
			continue
		}
		if b.N == 0 {
			t.Fatal("no packet and no error")
		}
		for _, p := range b.Packets[:b.N] {
			p.Data = bytes.Clone(p.Data)
			list = append(list, p)
		}
		s.Release(&b)
	}
}

func readFile(t testing.TB, name string) []dataplane.Packet {
	t.Helper()
	s, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := readAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func comparePackets(t testing.TB, got, want []dataplane.Packet) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if !bytes.Equal(g.Data, w.Data) {
			t.Fatalf("packet %d: data % x, want % x", i, g.Data, w.Data)
		}
		g.Data, w.Data = nil, nil
		if g.Time != w.Time || g.Len != w.Len || g.Link != w.Link || g.Port != w.Port {
			t.Fatalf("packet %d: %+v, want %+v", i, g, w)
		}
	}
}

func asDamage(t testing.TB, err error) *DamageError {
	t.Helper()
	var d *DamageError
	if !errors.As(err, &d) {
		t.Fatalf("error %v, want a DamageError", err)
	}
	return d
}
