package pcapfile

import (
	"bytes"
	"encoding/binary"
	"testing"
	"testing/iotest"
)

// FuzzPcap reads arbitrary bytes as a mapped file and as a stream that trickles
// in; both must give the same packets and the same end, and never more bytes
// than there are.
func FuzzPcap(f *testing.F) {
	list := samples(5)
	for _, order := range orders {
		f.Add(classicTrace(f, list, true, order))
		f.Add(classicTrace(f, list, false, order))
		f.Add(ngTrace(list, order))
		w := &ngWriter{byteOrder: order}
		w.section()
		w.iface(1, 3, w.option(optResolution, 0x8a), w.option(optOffset, 1, 2, 3, 4, 5, 6, 7, 8))
		w.simple(100, []byte{1, 2, 3})
		w.obsolete(0, 1, 1, []byte{1})
		w.section()
		f.Add(w.out)
	}
	f.Add(gzipped(f, classicTrace(f, list, true, binary.LittleEndian)))
	f.Fuzz(func(t *testing.T, data []byte) {
		stream, streamErr := NewReader(iotest.HalfReader(bytes.NewReader(data)), "memory", Options{})
		if isGzip(data) {
			if streamErr == nil {
				readAll(t, stream)
			}
			return
		}
		mapped, mappedErr := inMemory(data, Options{Filter: "len >= 0"})
		if (mappedErr == nil) != (streamErr == nil) {
			t.Fatalf("mapped: %v; stream: %v", mappedErr, streamErr)
		}
		if mappedErr != nil {
			return
		}
		a, errA := readAll(t, mapped)
		b, errB := readAll(t, stream)
		comparePackets(t, b, a)
		if (errA == nil) != (errB == nil) || errA != nil && errA.Error() != errB.Error() {
			t.Fatalf("mapped: %v; stream: %v", errA, errB)
		}
		total := 0
		for _, p := range a {
			if total += len(p.Data); int(p.Len) < len(p.Data) {
				t.Fatalf("%d bytes captured of %d", len(p.Data), p.Len)
			}
		}
		if total > len(data) {
			t.Fatalf("%d bytes of packets in %d of trace", total, len(data))
		}
	})
}
