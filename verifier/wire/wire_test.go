package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security"
)

// testProtocol has one attribute of each type, whose id is the type's number.
const testProtocol dpi.ProtocolID = 77

// registry knows testProtocol.
var registry = sync.OnceValue(func() *dpi.Registry {
	p := dpi.Protocol{ID: testProtocol, Name: "test"}
	for t := dpi.U8; t <= dpi.Stats; t++ {
		p.Attributes = append(p.Attributes, dpi.Attribute{ID: dpi.AttributeID(t), Name: t.String(), Type: t,
			Extract: func(*dpi.Packet, int, *dpi.Value) bool { return false }})
	}
	reg := dpi.NewRegistry()
	if err := reg.Register(p); err != nil {
		panic(err)
	}
	return reg
})

func decoder() *Decoder { return &Decoder{Registry: registry(), Max: DefaultMaxMessage} }

func keyOf(t dpi.DataType, layer int) security.Key {
	return security.Key{Protocol: testProtocol, ID: dpi.AttributeID(t), Layer: layer}
}

// number and raw make values.
func numberValue(t dpi.DataType, n uint64) (v dpi.Value) { v.SetU(t, n); return v }

func raw(t dpi.DataType, b ...byte) (v dpi.Value) { v.SetBytes(t, b); return v }

func floatValue(f float64) (v dpi.Value) { v.SetFloat(f); return v }

func address(b ...byte) (v dpi.Value) { v.SetIP4(b); return v }

// samples are values and how messages hold them.
var samples = []struct {
	value dpi.Value
	bytes []byte
}{
	{numberValue(dpi.U8, 200), []byte{200}},
	{numberValue(dpi.U16, 0x0102), []byte{2, 1}},
	{numberValue(dpi.U32, 0x01020304), []byte{4, 3, 2, 1}},
	{numberValue(dpi.U64, 1<<56|2), []byte{2, 0, 0, 0, 0, 0, 0, 1}},
	{floatValue(0.5), []byte{0, 0, 0, 0x3f}},
	{floatValue(0.1), []byte{0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f}},
	{numberValue(dpi.TimeVal, 2_000_003_000), []byte{2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0}},
	{raw(dpi.MACAddr, 1, 2, 3, 4, 5, 6), []byte{1, 2, 3, 4, 5, 6}},
	{address(10, 0, 0, 1), []byte{10, 0, 0, 1}},
	{raw(dpi.IP6Addr, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
	{raw(dpi.ProtoPath, 0, 99, 1, 2), []byte{2, 0, 0, 0, 99, 0, 0, 0, 2, 1, 0, 0}},
	{raw(dpi.Pointer, 'a', 0), []byte{'a', 0}},
	{raw(dpi.Binary, 7, 8), []byte{2, 0, 0, 0, 7, 8}},
	{raw(dpi.BinaryVar), []byte{0, 0, 0, 0}},
	{raw(dpi.String, 'h', 'i'), []byte("hi\x00")},
	{raw(dpi.StringPointer, 'x', 0), []byte("x\x00\x00")},
	{raw(dpi.HeaderLine), []byte{0}},
	{raw(dpi.GenericHeaderLine, 'a', ':', 'b'), []byte("a:b\x00")},
	{raw(dpi.U16Array, 1, 2, 3, 4), []byte{2, 0, 0, 0, 2, 1, 4, 3}},
	{raw(dpi.U32Array, 1, 2, 3, 4), []byte{1, 0, 0, 0, 4, 3, 2, 1}},
	{raw(dpi.U64Array, 1, 2, 3, 4, 5, 6, 7, 8), []byte{1, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1}},
}

// head makes the header of an attribute.
func head(t dpi.DataType, layer, size int) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(testProtocol)|uint32(layer)<<16)
	b = binary.LittleEndian.AppendUint32(b, uint32(t))
	return binary.LittleEndian.AppendUint16(b, uint16(size))
}

// message makes a message by hand.
func message(seconds, micros uint64, count byte, attributes ...[]byte) []byte {
	b := append([]byte{0, 0, 0, 0}, count)
	b = binary.LittleEndian.AppendUint64(b, seconds)
	b = binary.LittleEndian.AppendUint64(b, micros)
	b = append(b, bytes.Join(attributes, nil)...)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	return b
}

// same compares values by what they say.
func same(a, b dpi.Value) bool {
	return a.Type == b.Type && a.N == b.N && bytes.Equal(a.B, b.B)
}

func TestLayout(t *testing.T) {
	for i, s := range samples {
		e := NewEncoder(0)
		e.Begin(1_700_000_000_000_001_999)
		if !e.Add(keyOf(s.value.Type, i%3), &s.value) {
			t.Errorf("%s: left out", s.value.Type)
		}
		e.End()
		want := message(1_700_000_000, 1, 1, head(s.value.Type, i%3, len(s.bytes)), s.bytes)
		if !bytes.Equal(e.Bytes(), want) {
			t.Errorf("%s:\n%x, want\n%x", s.value.Type, e.Bytes(), want)
		}
		at, list, err := decoder().Decode(want, nil)
		if err != nil || len(list) != 1 || at != 1_700_000_000_000_001_000 {
			t.Errorf("%s: %d, %v, %v", s.value.Type, at, list, err)
			continue
		}
		if got := list[0]; got.Key != keyOf(s.value.Type, i%3) || !same(got.Value, s.value) {
			t.Errorf("%+v, want %+v", got, s.value)
		}
	}
}

func TestTolerance(t *testing.T) {
	filled := append([]byte("name"), make([]byte, 60)...)
	room := append([]byte{2, 0, 0, 0, 7, 8}, make([]byte, 62)...)
	for _, c := range []struct {
		name  string
		t     dpi.DataType
		bytes []byte
		want  dpi.Value
	}{
		{"short number", dpi.U32, []byte{7}, numberValue(dpi.U32, 7)},
		{"long number", dpi.U8, []byte{1, 1}, numberValue(dpi.U8, 257)},
		{"number and more", dpi.U16, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, numberValue(dpi.U16, 513)},
		{"long float", dpi.Float, []byte{0, 0, 0, 0, 0, 0, 0xe0, 0x3f}, floatValue(0.5)},
		{"microseconds", dpi.TimeVal, []byte{9, 0, 0, 0, 0, 0, 0, 0}, numberValue(dpi.TimeVal, 9000)},
		{"long address", dpi.IP4Addr, []byte{1, 2, 3, 4, 0, 0}, address(1, 2, 3, 4)},
		{"string without NUL", dpi.StringPointer, []byte("hi"), raw(dpi.StringPointer, 'h', 'i')},
		{"string filled up", dpi.String, filled, raw(dpi.String, 'n', 'a', 'm', 'e')},
		{"bytes filled up", dpi.Binary, room, raw(dpi.Binary, 7, 8)},
		{"bytes without count", dpi.Binary, []byte{1, 2, 3, 4, 5, 6}, raw(dpi.Binary, 1, 2, 3, 4, 5, 6)},
		{"few bytes", dpi.BinaryVar, []byte{1, 2}, raw(dpi.BinaryVar, 1, 2)},
		{"path and room", dpi.ProtoPath, append([]byte{1, 0, 0, 0, 5, 0, 0, 0}, 9, 9, 9, 9), raw(dpi.ProtoPath, 0, 5)},
		{"empty string", dpi.HeaderLine, nil, raw(dpi.HeaderLine)},
	} {
		_, list, err := decoder().Decode(message(1, 2, 1, head(c.t, 0, len(c.bytes)), c.bytes), nil)
		if err != nil || len(list) != 1 || !same(list[0].Value, c.want) {
			t.Errorf("%s: %+v %v, want %+v", c.name, list, err, c.want)
		}
	}
}

func TestShortAndUnknown(t *testing.T) {
	d := decoder()
	parts := [][]byte{
		head(dpi.U8, 0, 0),
		head(dpi.Float, 0, 2), {1, 2},
		head(dpi.TimeVal, 0, 1), {1},
		head(dpi.TimeVal, 0, 16), bytes.Repeat([]byte{0xff}, 16),
		head(dpi.TimeVal, 0, 8), bytes.Repeat([]byte{0xff}, 8),
		head(dpi.MACAddr, 0, 5), {1, 2, 3, 4, 5},
		head(dpi.IP4Addr, 0, 3), {1, 2, 3},
		head(dpi.IP6Addr, 0, 4), {1, 2, 3, 4},
		head(dpi.U16Array, 0, 4), {1, 0, 0, 0},
		head(dpi.U64Array, 0, 4), {0, 0, 0, 0},
		head(dpi.ProtoPath, 0, 4), {0xff, 0xff, 0xff, 0xff},
		head(dpi.Stats, 0, 1), {1},
		head(200, 0, 1), {1},
		head(dpi.U8, 0, 1), {42},
	}
	_, list, err := d.Decode(message(0, 0, 14, parts...), nil)
	if err != nil || len(list) != 1 || list[0].Value.N != 42 {
		t.Errorf("%+v, %v", list, err)
	}
	if d.Short != 12 || d.Unknown != 1 {
		t.Errorf("%d short, %d unknown, want 12 and 1", d.Short, d.Unknown)
	}
}

func TestBadMessages(t *testing.T) {
	good := message(1, 2, 1, head(dpi.U8, 0, 1), []byte{1})
	for _, c := range []struct {
		name, want string
		bytes      []byte
	}{
		{"empty", "a header has 21", nil},
		{"cut", "runs past its end", good[:len(good)-1]},
		{"cut header of attribute", "attribute 1 of 1 runs past", good[:headerSize+3]},
		{"more", "1 bytes after the last attribute", append(bytes.Clone(good), 0)},
		{"seconds", "no time", message(math.MaxUint64, 0, 0)},
		{"microseconds", "no time", message(1, 1_000_000, 0)},
		{"too many", "attribute 2 of 2", message(1, 1, 2, head(dpi.U8, 0, 1), []byte{1})},
	} {
		_, list, err := decoder().Decode(c.bytes, nil)
		if !errors.Is(err, ErrMessage) || !strings.Contains(err.Error(), c.want) || len(list) != 0 {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestLength(t *testing.T) {
	d := &Decoder{Registry: registry(), Max: 100}
	for _, c := range []struct {
		bytes []byte
		want  int
		err   string
	}{
		{[]byte{1, 2, 3}, 0, ""}, {[]byte{21, 0, 0, 0}, 21, ""}, {[]byte{100, 0, 0, 0, 1}, 100, ""},
		{[]byte{20, 0, 0, 0}, 0, "less than the 21"}, {[]byte{101, 0, 0, 0}, 0, "above input.max_message_size, 100"},
		{[]byte{0xff, 0xff, 0xff, 0xff}, 0, "4294967295"},
	} {
		n, err := d.Length(c.bytes)
		if n != c.want || (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%v: %d, %v", c.bytes, n, err)
		}
	}
}

func TestLeftOut(t *testing.T) {
	e := NewEncoder(MinMaxMessage)
	e.Begin(0)
	long, short := raw(dpi.Pointer, make([]byte, 40)...), raw(dpi.Pointer, make([]byte, 20)...)
	if e.Add(keyOf(dpi.Pointer, 0), &long) || !e.Add(keyOf(dpi.Pointer, 0), &short) {
		t.Error("the limit of a message is not kept")
	}
	e.End()
	if len(e.Bytes()) > MinMaxMessage || e.LeftOut() != 1 {
		t.Errorf("%d bytes, %d left out", len(e.Bytes()), e.LeftOut())
	}
	e = NewEncoder(1 << 20)
	e.Begin(0)
	huge := raw(dpi.Pointer, make([]byte, math.MaxUint16+1)...)
	if e.Add(keyOf(dpi.Pointer, 0), &huge) {
		t.Error("a value of 65536 bytes was taken")
	}
	one := numberValue(dpi.U8, 1)
	for i := range MaxAttributes + 1 {
		if got := e.Add(keyOf(dpi.U8, 0), &one); got != (i < MaxAttributes) {
			t.Fatalf("attribute %d taken: %v", i+1, got)
		}
	}
}

func TestEncoderDoesNotAllocate(t *testing.T) {
	e := NewEncoder(0)
	n := testing.AllocsPerRun(100, func() {
		e.Reset()
		e.Begin(12345678)
		for i := range samples {
			e.Add(keyOf(samples[i].value.Type, 0), &samples[i].value)
		}
		e.End()
	})
	if n != 0 {
		t.Errorf("%v allocations a message", n)
	}
}

func TestParseAddress(t *testing.T) {
	for _, c := range []struct{ in, network, address string }{
		{"5000", "tcp", "127.0.0.1:5000"}, {":5000", "tcp", ":5000"}, {"10.0.0.1:80", "tcp", "10.0.0.1:80"},
		{"[::1]:80", "tcp", "[::1]:80"}, {"./a.sock", "unix", "./a.sock"}, {"/run/v", "unix", "/run/v"},
	} {
		network, address, err := ParseAddress(c.in)
		if network != c.network || address != c.address || err != nil {
			t.Errorf("%s: %s %s %v", c.in, network, address, err)
		}
	}
	for _, bad := range []string{"", "x", "a:b:c", "host:", "70000", "-1"} {
		if _, _, err := ParseAddress(bad); err == nil || !strings.Contains(err.Error(), "HOST:PORT") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.sock")
	if _, err := Dial(path, 0); err == nil || !strings.Contains(err.Error(), "mmt_sec_server -p "+path) {
		t.Errorf("error %v", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w, err := Dial(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	attribute := security.Attribute{Key: keyOf(dpi.U8, 0), Value: numberValue(dpi.U8, 9)}
	if err := w.Send(3_000_000_000, []security.Attribute{attribute}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := message(3, 0, 1, head(dpi.U8, 0, 1), []byte{9})
	got := make([]byte, len(want))
	if n, err := conn.Read(got); n != len(want) || err != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, want %x, %v", got[:n], want, err)
	}
	conn.Close()
	for err = error(nil); err == nil; {
		err = w.Send(0, nil)
		if err == nil {
			err = w.Flush()
		}
	}
	if !strings.Contains(err.Error(), "takes no more messages") {
		t.Errorf("error %v", err)
	}
	if err := w.Send(0, nil); err == nil {
		t.Error("the error does not stay")
	}
	if messages, leftOut := w.Stats(); messages < 2 || leftOut != 0 {
		t.Errorf("%d messages, %d left out", messages, leftOut)
	}
}

// FuzzDecode wants that what was decoded is the same after another round.
func FuzzDecode(f *testing.F) {
	var all [][]byte
	for i, s := range samples {
		one := append(head(s.value.Type, i%2, len(s.bytes)), s.bytes...)
		f.Add(message(uint64(i), 5, 1, one))
		all = append(all, one)
	}
	f.Add(message(9, 9, byte(len(all)), all...))
	f.Add(message(1, 1, 2, head(dpi.U16Array, 0, 3), []byte{1, 2, 3}))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := decoder()
		if n, err := d.Length(b); err != nil || n > len(b) {
			return
		}
		at, first, err := d.Decode(bytes.Clone(b), nil)
		if err != nil {
			if !errors.Is(err, ErrMessage) || len(first) != 0 {
				t.Fatalf("%v, %d attributes", err, len(first))
			}
			return
		}
		e := NewEncoder(1 << 20)
		e.Begin(at)
		fits := true
		for i := range first {
			fits = e.Add(first[i].Key, &first[i].Value) && fits
		}
		e.End()
		again, second, err := d.Decode(e.Bytes(), nil)
		if err != nil || again != at || fits && len(second) != len(first) {
			t.Fatalf("%v: %d attributes at %d, then %d at %d", err, len(first), at, len(second), again)
		}
		for i := range second {
			checkRound(t, first[i].Value, second[i].Value)
		}
	})
}

// checkRound compares a value with itself after a round. Numbers that are too
// large for their type lose their upper bits.
func checkRound(t *testing.T, a, b dpi.Value) {
	t.Helper()
	if size := a.Type.Size(); a.Type.IsNumber() && size < 8 && a.Type != dpi.Float {
		a.N &= 1<<(8*size) - 1
	}
	if x, isNumber := a.Number(); isNumber && math.IsNaN(x) {
		return
	}
	if !same(a, b) {
		t.Errorf("%+v became %+v", a, b)
	}
}
