package report

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
)

func realOf(f float64) Value { return Value{Kind: RealValue, N: math.Float64bits(f)} }

func averageOf(f float64) Value { return Value{Kind: AverageValue, N: math.Float64bits(f)} }

func textOf(s string) Value { return Value{Kind: TextValue, B: []byte(s)} }

// values are values of all kinds, as they stand in a CSV line, in a JSON line, and
// in a template.
var values = []struct {
	name            string
	v               Value
	csv, json, bare string
}{
	{"no number", Value{}, `0`, `0`, `0`},
	{"number", Value{N: 1<<64 - 1}, `18446744073709551615`, `18446744073709551615`, `18446744073709551615`},
	{"negative number", Value{High: -1, N: 1<<64 - 5}, `-5`, `-5`, `-5`},
	{"long number", Value{High: 5, N: 7}, `92233720368547758087`, `92233720368547758087`, `92233720368547758087`},
	{"real", realOf(-2.0005), `-2.001`, `-2.001`, `-2.001`},
	{"no real", realOf(math.NaN()), `0.000`, `0.000`, `0.000`},
	{"average", averageOf(1257533.8), `1257533.750`, `1257533.750`, `1257533.750`},
	{"time", Value{Kind: TimeValue, N: 1_600_000_000_000_001_999}, `1600000000.000001`, `1600000000.000001`, `1600000000.000001`},
	{"text", textOf(`a"b\c` + "\n"), `"a.b.c."`, `"a\"b\\c."`, `a.b.c.`},
	{"no text", textOf(""), `""`, `""`, ``},
	{"bytes", Value{Kind: HexValue, B: []byte{0, 0xaf}}, `"00af"`, `"00af"`, `00af`},
	{"IPv4", Value{Kind: AddressValue, B: []byte{10, 0, 0, 255}}, `"10.0.0.255"`, `"10.0.0.255"`, `10.0.0.255`},
	{"IPv6", Value{Kind: AddressValue, B: append([]byte{0x20, 1, 0xd, 0xb8}, make([]byte, 12)...)}, `"2001:db8::"`, `"2001:db8::"`, `2001:db8::`},
	{"no address", Value{Kind: AddressValue, B: []byte{1}}, `""`, `""`, ``},
	{"MAC", Value{Kind: MACValue, B: []byte{0, 1, 0xab, 3, 4, 5}}, `"00:01:ab:03:04:05"`, `"00:01:ab:03:04:05"`, `00:01:ab:03:04:05`},
	{"path", Value{Kind: PathValue, B: []byte{0, 99, 1, 0x78, 0, 0}}, `"99.376.0"`, `"99.376.0"`, `99.376.0`},
	{"u16 list", Value{Kind: List16Value, B: []byte{1, 0, 0, 2, 9}}, `[256,2]`, `[256,2]`, `[256,2]`},
	{"u32 list", Value{Kind: List32Value, B: []byte{0, 1, 0, 0, 0, 0, 0, 2}}, `[65536,2]`, `[65536,2]`, `[65536,2]`},
	{"u64 list", Value{Kind: List64Value, B: []byte{0, 0, 0, 1, 0, 0, 0, 0}}, `[4294967296]`, `[4294967296]`, `[4294967296]`},
	{"empty list", Value{Kind: List32Value}, `[]`, `[]`, `[]`},
	{"figures", Value{Kind: FiguresValue, B: AppendFigure(AppendFigure(nil, averageOf(1.5)), Value{High: -1, N: 1<<64 - 5})}, `[1.500,-5]`, `[1.500,-5]`, `[1.500,-5]`},
	{"no figures", Value{Kind: FiguresValue}, `[]`, `[]`, `[]`},
}

func TestValues(t *testing.T) {
	csv, asJSON := NewEncoder(CSV, 3, "t.pcap"), NewEncoder(JSON, 3, "t.pcap")
	for _, c := range values {
		r := &EventReport{Time: 1_000_002_000, Name: `e"1`, Event: c.v, Attributes: []Value{c.v, {N: 1}}}
		want := `1000,3,"t.pcap",1.000002,"e.1",` + c.csv + `,` + c.csv + `,1`
		if got := string(r.Append(nil, csv)); got != want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, want)
		}
		want = `[1000,3,"t.pcap",1.000002,"e\"1",` + c.json + `,` + c.json + `,1]`
		got := r.Append(nil, asJSON)
		if string(got) != want || !json.Valid(got) {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, want)
		}
		q := &QueryReport{Time: 1_000_002_000, Name: "q", Number: 12, Values: []Value{c.v, c.v}}
		if got, want := string(q.Append(nil, csv)), `999,3,"t.pcap",1.000002,"q",12,`+c.csv+`,`+c.csv; got != want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, want)
		}
		template := &EventTemplate{Texts: [][]byte{[]byte("{"), []byte(";"), []byte("}")}, Values: []Value{c.v, {N: 4}}}
		if got, want := string(template.Append(nil, asJSON)), "{"+c.bare+";4}"; got != want {
			t.Errorf("%s: template %s, want %s", c.name, got, want)
		}
	}
}

// TestWideNumbers compares numbers of 128 bits with those of math/big.
func TestWideNumbers(t *testing.T) {
	for _, high := range []int64{0, 1, 2, -1, -2, 1 << 40, math.MaxInt64, math.MinInt64, math.MinInt64 + 1} {
		for _, low := range []uint64{0, 1, 9, 1e19 - 1, 1e19, 1 << 63, math.MaxUint64} {
			want := new(big.Int).Lsh(big.NewInt(high), 64)
			want.Add(want, new(big.Int).SetUint64(low))
			if got := string(appendWide(nil, high, low)); got != want.String() {
				t.Errorf("%d, %d: %s, want %s", high, low, got, want)
			}
		}
	}
}

func TestLongValues(t *testing.T) {
	e := NewEncoder(CSV, 1, "")
	for _, kind := range []ValueKind{TextValue, HexValue, PathValue, List16Value} {
		r := &EventReport{Event: Value{Kind: kind, B: []byte(strings.Repeat("a", 60000))}}
		if n := len(r.Append(nil, e)); n < MaxEventText || n > 4*MaxEventText {
			t.Errorf("kind %d: a line of %d bytes", kind, n)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got := string(OneLine("{\r\n\t\"é\": \u2028}")); got != "{   \"é\":  }" {
		t.Errorf("%q", got)
	}
}

func TestEventsAllocateNothing(t *testing.T) {
	e := NewEncoder(CSV, 1, "x")
	r := &EventReport{Name: "all"}
	for _, c := range values {
		if c.v.High == 0 {
			r.Attributes = append(r.Attributes, c.v)
		}
	}
	line := r.Append(nil, e)
	if n := testing.AllocsPerRun(100, func() { line = r.Append(line[:0], e) }); n > 0 {
		t.Errorf("%v allocations a line", n)
	}
}
