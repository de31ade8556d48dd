package pcapfile

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"mmt/dataplane"
)

func TestClassic(t *testing.T) {
	want := samples(200)
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			comparePackets(t, readFile(t, writeFile(t, classicTrace(t, want, true, order))), want)
			comparePackets(t, readFile(t, writeFile(t, classicTrace(t, want, false, order))), micro(want))
		})
	}
}

func TestClassicHead(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5, 6}
	for name, order := range orders {
		record := func(captured, wire uint32, extra int) []byte {
			b := order.AppendUint32(order.AppendUint32(nil, 7), 8)
			b = order.AppendUint32(order.AppendUint32(b, captured), wire)
			return append(append(b, make([]byte, extra)...), data...)
		}
		head := func(magic uint32, minor uint16, network uint32) []byte {
			b := order.AppendUint16(order.AppendUint16(order.AppendUint32(nil, magic), 2), minor)
			b = append(b, make([]byte, 8)...)
			return order.AppendUint32(order.AppendUint32(b, 65535), network)
		}
		want := dataplane.Packet{Data: data, Time: 7_000_008_000, Len: 9, Link: dataplane.LinkRaw}
		longer := want
		longer.Len = 6
		for _, c := range []struct {
			what  string
			trace []byte
			want  dataplane.Packet
		}{
			{"modified", append(head(magicModified, 4, 101), record(6, 9, 8)...), want},
			{"frame check sequence in the link type", append(head(magicMicro, 4, 0x24000000|101), record(6, 9, 0)...), want},
			{"version 2.3", append(head(magicMicro, 3, 101), record(6, 9, 0)...), want},
			{"version 2.3 swapped", append(head(magicMicro, 3, 101), record(9, 6, 0)...), want},
			{"version 2.2", append(head(magicMicro, 2, 101), record(9, 6, 0)...), want},
			{"captured above wire", append(head(magicMicro, 4, 101), record(6, 2, 0)...), longer},
		} {
			t.Run(name+"/"+c.what, func(t *testing.T) {
				comparePackets(t, readFile(t, writeFile(t, c.trace)), []dataplane.Packet{c.want})
			})
		}
	}
}

func TestNG(t *testing.T) {
	want := samples(200)
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			comparePackets(t, readFile(t, writeFile(t, ngTrace(want, order))), want)
		})
	}
}

// TestNGSections has three sections in different byte orders, whose interfaces
// have different link types, and all kinds of packet blocks.
func TestNGSections(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5}
	var out []byte
	var want []dataplane.Packet
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian, binary.LittleEndian} {
		w := &ngWriter{byteOrder: order}
		w.section()
		w.block(4, make([]byte, 40)...)
		w.iface(dataplane.LinkEthernet, 3)
		w.iface(dataplane.LinkSLL2, 0, w.option(optResolution, 9), w.option(9999, 1, 2, 3))
		w.enhanced(1, 5_000_000_001, 60, data)
		w.block(5, make([]byte, 200)...)
		w.obsolete(0, 1_000_002, 5, data)
		w.simple(100, data[:3])
		w.iface(dataplane.LinkRaw, 0)
		w.enhanced(2, 3_000_003, 2, data)
		out = append(out, w.out...)
		want = append(want,
			dataplane.Packet{Data: data, Time: 5_000_000_001, Len: 60, Link: dataplane.LinkSLL2, Port: 1},
			dataplane.Packet{Data: data, Time: 1_000_002_000, Len: 5, Link: dataplane.LinkEthernet},
			dataplane.Packet{Data: data[:3], Time: 1_000_002_000, Len: 100, Link: dataplane.LinkEthernet},
			dataplane.Packet{Data: data, Time: 3_000_003_000, Len: 5, Link: dataplane.LinkRaw, Port: 2})
	}
	comparePackets(t, readFile(t, writeFile(t, out)), want)
	s, err := NewReader(bytes.NewReader(out), "stream", Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	comparePackets(t, got, want)
}

func TestNGTime(t *testing.T) {
	second := int64(1_700_000_000)
	for _, c := range []struct {
		resolution byte
		units      uint64
		offset     int64 // seconds
		want       int64 // nanoseconds
	}{
		{0, 1_700_000_000, 0, second * 1e9},
		{3, 1_700_000_000_123, 0, second*1e9 + 123_000_000},
		{6, 1_700_000_000_123_456, 0, second*1e9 + 123_456_000},
		{9, 1_700_000_000_123_456_789, 0, second*1e9 + 123_456_789},
		{10, 17_000_000_001_234_567_899, 0, second*1e9 + 123_456_789},
		{12, 5_123_456_789_999, 0, 5_123_456_789},
		{18, 2_123_456_789_123_456_789, 0, 2_123_456_789},
		{28, math.MaxUint64, 0, 1},
		{29, math.MaxUint64, 0, 0},
		{127, math.MaxUint64, 0, 0},
		{0x80, 1_700_000_000, 0, second * 1e9},
		{0x80 | 1, 3, 0, 1_500_000_000},
		{0x80 | 10, 1_700_000_000<<10 | 512, 0, second*1e9 + 500_000_000},
		{0x80 | 32, 1_700_000_000<<32 | 1<<31, 0, second*1e9 + 500_000_000},
		{0x80 | 63, 1 << 62, 0, 500_000_000},
		{0x80 | 64, 1 << 63, 0, 500_000_000},
		{0x80 | 66, 1 << 63, 0, 125_000_000},
		{0x80 | 127, math.MaxUint64, 0, 0},
		{6, 1_000_001, 1_700_000_000, second*1e9 + 1_000_001_000},
		{6, 5_000_000, -2, 3_000_000_000},
		{0x80 | 10, 1024, -1, 0},
	} {
		for name, order := range orders {
			w := &ngWriter{byteOrder: order}
			w.section()
			w.iface(1, 0, w.option(optResolution, c.resolution), w.option(optOffset, order.AppendUint64(nil, uint64(c.offset))...))
			w.enhanced(0, c.units, 0, nil)
			s, err := inMemory(w.out, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := readAll(t, s)
			if err != nil || len(got) != 1 {
				t.Fatalf("%d packets, %v", len(got), err)
			}
			if got[0].Time != c.want {
				t.Errorf("%s: %d units of resolution %#x, offset %d s: %d ns, want %d", name, c.units, c.resolution, c.offset, got[0].Time, c.want)
			}
		}
	}
}

func TestDamage(t *testing.T) {
	le := binary.LittleEndian
	good := samples(3)
	ng := func(bad func(w *ngWriter)) []byte {
		w := &ngWriter{byteOrder: le, out: ngTrace(good, le)}
		bad(w)
		return w.out
	}
	classic := classicTrace(t, good, true, le)
	bigRecord := append(bytes.Clone(classic), le.AppendUint32(le.AppendUint32(make([]byte, 8), 99999999), 60)...)
	at := len(ngTrace(good, le))
	for _, c := range []struct {
		what   string
		trace  []byte
		at     int
		reason string
	}{
		{"huge record", bigRecord, len(classic), "record header says 99999999 bytes"},
		{"half a record header", bigRecord[:len(classic)+7], len(classic), "needs 9 more bytes"},
		{"tiny block", ng(func(w *ngWriter) { w.out = append(w.out, w.words(6, 8, 8)...) }), at, "says 8 bytes"},
		{"huge block", ng(func(w *ngWriter) { w.out = append(w.out, w.words(77, 1<<30, 0)...) }), at, "says 1073741824 bytes"},
		{"odd block", ng(func(w *ngWriter) { w.out = append(w.out, w.words(77, 13, 0)...) }), at, "says 13 bytes"},
		{"zeros", ng(func(w *ngWriter) { w.out = append(w.out, make([]byte, 64)...) }), at, "says 0 bytes"},
		{"lengths differ", ng(func(w *ngWriter) { w.enhanced(0, 1, 1, nil); w.out[len(w.out)-4]++ }), at, "differ"},
		{"lengths of an unknown block differ", ng(func(w *ngWriter) { w.block(77, 1, 2, 3, 4); w.out[len(w.out)-4]++ }), at + 12, "differ"},
		{"unknown interface", ng(func(w *ngWriter) { w.enhanced(1, 1, 1, nil) }), at, "interface 1 of 1"},
		{"unknown interface in an obsolete block", ng(func(w *ngWriter) { w.obsolete(7, 1, 1, nil) }), at, "interface 7 of 1"},
		{"packet longer than its block", ng(func(w *ngWriter) { w.block(6, w.words(0, 0, 0, 5, 5, 0)...) }), at, "packet of 5 bytes"},
		{"packet of 4 GB", ng(func(w *ngWriter) { w.block(6, w.words(0, 0, 0, 1<<32-1, 5, 0)...) }), at, "packet of 4294967295 bytes"},
		{"simple packet before an interface", ng(func(w *ngWriter) { w.section(); w.simple(4, []byte{1, 2, 3, 4}) }), at + 28, "without an interface"},
		{"option longer than its block", ng(func(w *ngWriter) { w.iface(1, 0, w.AppendUint16(w.AppendUint16(nil, 2), 100)) }), at, "option 2 says 100 bytes"},
		{"resolution of two bytes", ng(func(w *ngWriter) { w.iface(1, 0, w.option(optResolution, 1, 2)) }), at, "option 9"},
		{"section of version 2", ng(func(w *ngWriter) { w.section(); w.out[at+12] = 2 }), at, "version 2.0"},
		{"section without byte order", ng(func(w *ngWriter) { w.section(); w.out[at+8] = 9 }), at, "byte order magic"},
	} {
		t.Run(c.what, func(t *testing.T) {
			name := writeFile(t, c.trace)
			s, err := Open(name, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			got, err := readAll(t, s)
			comparePackets(t, got, good)
			d := asDamage(t, err)
			if d.File != name || d.Offset != int64(c.at) || d.Packet != 3 || !strings.Contains(d.Reason, c.reason) {
				t.Errorf("%v; want byte %d, 3 packets, %q", d, c.at, c.reason)
			}
		})
	}
}

func TestDamageMessage(t *testing.T) {
	err := &DamageError{"trace.pcap", 12345, 17, "record header says 99999999 bytes"}
	want := "trace.pcap: damaged at byte 12345 after 17 packets: record header says 99999999 bytes (the file may be cut; everything before was read)"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestNotATrace(t *testing.T) {
	for _, c := range []struct{ content, says string }{
		{"", "empty, not a trace"},
		{"ab", `begins with 61 62 ("ab")`},
		{"\x7fELF\x02\x01\x01\x00\x00", `begins with 7f 45 4c 46 02 01 01 00 (".ELF....")`},
		{"\x28\xb5\x2f\xfd rest", "unzstd"},
		{string(gzipped(t, nil)), "empty"},
		{string(gzipped(t, []byte("hello world"))), "hello wo"},
		{"\x1f\x8b", "gzip"},
		{"\x1f\x8bxxxxxxxxxxxxxxxxxxx", "gzip"},
		{"\xa1\xb2\xc3\xd4\x00\x01\x00\x02" + strings.Repeat("\x00", 16), "version 1.2"},
		{"\xd4\xc3\xb2\xa1\x02\x00", "needs 18 more bytes"},
		{"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x1a\x2b\x3c\x4e", "byte order magic"},
		{"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00", "needs 14 more bytes"},
	} {
		name := writeFile(t, []byte(c.content))
		_, err := Open(name, Options{})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%q: %v; want %q", c.content, err, c.says)
		}
	}
	if _, err := Open(t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open("/nowhere/trace.pcap", Options{}); err == nil || !strings.Contains(err.Error(), "/nowhere/trace.pcap") {
		t.Errorf("no file: %v", err)
	}
}

// TestCutAnywhere cuts traces behind each byte: what is left must come out
// right, and the end must be clean exactly behind a whole record.
func TestCutAnywhere(t *testing.T) {
	want := samples(12)
	for name, order := range orders {
		for format, trace := range map[string][]byte{"pcap": classicTrace(t, want, true, order), "pcapng": ngTrace(want, order)} {
			ends := recordEnds(trace, format == "pcapng", order)
			for cut := range trace {
				for _, open := range []func([]byte) (*Source, error){
					func(b []byte) (*Source, error) { return inMemory(b, Options{}) },
					func(b []byte) (*Source, error) { return NewReader(bytes.NewReader(b), "stream", Options{}) },
				} {
					s, err := open(trace[:cut])
					if err != nil {
						if cut >= 28 {
							t.Fatalf("%s %s cut at %d: %v", name, format, cut, err)
						}
						continue
					}
					got, err := readAll(t, s)
					comparePackets(t, got, want[:len(got)])
					if ends[cut] != (err == nil) {
						t.Fatalf("%s %s cut at %d (end of a record: %v): %v", name, format, cut, ends[cut], err)
					}
					if err != nil {
						if d := asDamage(t, err); d.Packet != uint64(len(got)) || d.Offset > int64(cut) {
							t.Fatalf("%s %s cut at %d, %d packets: %v", name, format, cut, len(got), err)
						}
					}
				}
			}
		}
	}
}

// recordEnds walks the lengths in a trace and returns where it may end.
func recordEnds(trace []byte, ng bool, order byteOrder) map[int]bool {
	ends := map[int]bool{}
	if ng {
		for at := 0; at < len(trace); {
			at += int(order.Uint32(trace[at+4:]))
			ends[at] = true
		}
		return ends
	}
	for at := 24; at < len(trace); at += 16 + int(order.Uint32(trace[at+8:])) {
		ends[at] = true
	}
	return ends
}

func TestWriterRefuses(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, dataplane.LinkEthernet, false)
	if err != nil {
		t.Fatal(err)
	}
	before := b.Len()
	for _, err := range []error{
		w.WritePacket(-1, 0, nil),
		w.WritePacket(1<<32*1e9, 0, nil),
		w.WritePacket(0, 0, make([]byte, maxPacket+1)),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
	if b.Len() != before {
		t.Error("something was written nevertheless")
	}
	if err := w.WritePacket((1<<32-1)*1e9+999_999_999, 2, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	got := readFile(t, writeFile(t, b.Bytes()))
	comparePackets(t, got, []dataplane.Packet{{Data: []byte{1, 2, 3}, Time: (1<<32-1)*1e9 + 999_999_000, Len: 3, Link: dataplane.LinkEthernet}})
}
