package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// newVerdict has all kinds of values.
func newVerdict() *Verdict {
	r := &Verdict{
		Time: 1492079797*second + 685815999, Property: 1, Verdict: "detected", Type: "attack",
		Description: `Several "attempts" to connect, by \ssh (longer than what fits into 32 bytes)`,
	}
	e := r.Event(1, 1492079795*second+717693000, 1)
	e.Attributes = append(e.Attributes,
		Attribute{Name: "ip.src", Kind: IP, B: []byte{192, 168, 0, 59}},
		Attribute{Name: "ipv6.src", Kind: IP, B: netip.MustParseAddr("2001:db8::1").AsSlice()},
		Attribute{Name: "ethernet.src", Kind: MAC, B: []byte{0, 0x0c, 0x29, 0x1d, 0xb3, 0xb1}},
		Attribute{Name: "tcp.flags", Kind: Integer, N: 18})
	r.Event(3, 1492079797*second+685815000, math.MaxUint64).Attributes = []Attribute{
		{Name: "rtp.jitter", Kind: Real, N: math.Float64bits(2.5)},
		{Name: "tcp.p_payload", Kind: Text, B: []byte(`realm="a\b"` + "\r\n\x7f\u00e9\xff, end\x00unseen")},
	}
	r.Event(12, 0, 0)
	return r
}

func TestVerdictLines(t *testing.T) {
	const history = `{"event_1":{"timestamp":1492079795.717693,"counter":1,"attributes":` +
		`[["ip.src","192.168.0.59"],["ipv6.src","2001:db8::1"],["ethernet.src","00:0c:29:1d:b3:b1"],["tcp.flags",18]]},` +
		`"event_3":{"timestamp":1492079797.685815,"counter":18446744073709551615,"attributes":` +
		`[["rtp.jitter",2.5],["tcp.p_payload","realm=.a.b......., end"]]},` +
		`"event_12":{"timestamp":0.000000,"counter":0,"attributes":[]}}`
	for format, want := range map[Format]string{
		CSV: `10,3,"eth0",1492079797.685815,1,"detected","attack",` +
			`"Several .attempts. to connect, by .ssh (longer than what fits into 32 bytes)",` + history,
		JSON: `[10,3,"eth0",1492079797.685815,1,"detected","attack",` +
			`"Several \"attempts\" to connect, by \\ssh (longer than what fits into 32 bytes)",` + history + `]`,
	} {
		if got := string(newVerdict().Append(nil, NewEncoder(format, 3, "eth0"))); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	empty := string((&Verdict{}).Append(nil, NewEncoder(CSV, 3, "eth0")))
	if want := `10,3,"eth0",0.000000,0,"","","",{}`; empty != want {
		t.Errorf("got %s, want %s", empty, want)
	}
}

func TestAttributeValues(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 2*MaxHistoryText)
	for _, c := range []struct {
		a    Attribute
		want string
	}{
		{Attribute{Kind: Real, N: math.Float64bits(10)}, `10`},
		{Attribute{Kind: Real, N: math.Float64bits(100.00001)}, `100.00001`},
		{Attribute{Kind: Real, N: math.Float64bits(-0.1)}, `-0.1`},
		{Attribute{Kind: Real, N: math.Float64bits(0)}, `0`},
		{Attribute{Kind: Real, N: math.Float64bits(math.NaN())}, `0`},
		{Attribute{Kind: Real, N: math.Float64bits(math.Inf(1))}, `0`},
		{Attribute{Kind: Integer, N: 0}, `0`},
		{Attribute{Kind: Text, B: nil}, `""`},
		{Attribute{Kind: Text, B: []byte("\x00a")}, `""`},
		{Attribute{Kind: Text, B: long}, `"` + string(long[:MaxHistoryText]) + `"`},
		{Attribute{Kind: IP, B: []byte{1, 2, 3}}, `""`},
		{Attribute{Kind: MAC, B: nil}, `""`},
	} {
		c.a.Name = "a.b"
		if got, want := string(c.a.append(nil)), `["a.b",`+c.want+`]`; got != want {
			t.Errorf("%v %x: got %s, want %s", c.a.Kind, c.a.B, got, want)
		}
	}
}

// historyOf is the history of a line as a general reader of JSON sees it.
type historyOf map[string]struct {
	Timestamp  json.Number
	Counter    uint64
	Attributes [][2]any
}

// parseHistory reads a history. The numbers of its attributes stay text.
func parseHistory(t *testing.T, text string) (h historyOf) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&h); err != nil || d.More() {
		t.Fatalf("history is not one JSON object (%v): %s", err, text)
	}
	return h
}

// readVerdict reads a line back into a record.
func readVerdict(t *testing.T, line string) *Verdict {
	t.Helper()
	at := strings.Index(line, `,{"event_`)
	if at < 0 {
		t.Fatalf("no history in %s", line)
	}
	f := &fields{t: t, rest: splitCSV(t, line[:at])}
	f.uint()
	f.uint()
	f.next()
	r := &Verdict{Time: f.verdictTime(), Property: uint32(f.uint()), Verdict: f.next().text, Type: f.next().text, Description: f.next().text}
	h := parseHistory(t, line[at+1:])
	for id := 1; len(r.History) < len(h); id++ {
		if e, ok := h[fmt.Sprintf("event_%d", id)]; ok {
			tf := &fields{t: t, rest: []field{{text: e.Timestamp.String()}}}
			event := r.Event(id, tf.time(), e.Counter)
			for _, a := range e.Attributes {
				event.Attributes = append(event.Attributes, readAttribute(t, a[0].(string), a[1]))
			}
		}
	}
	return r
}

// verdictTime reads a time that may have been written in whole seconds.
func (f *fields) verdictTime() int64 {
	if !strings.Contains(f.rest[0].text, ".") {
		return int64(f.uint()) * second
	}
	return f.time()
}

// readAttribute tells the kind of a value by how it looks.
func readAttribute(t *testing.T, name string, value any) Attribute {
	t.Helper()
	if n, ok := value.(json.Number); ok {
		v, err := n.Int64()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return Attribute{Name: name, Kind: Integer, N: uint64(v)}
	}
	text := value.(string)
	if addr, err := netip.ParseAddr(text); err == nil {
		return Attribute{Name: name, Kind: IP, B: addr.AsSlice()}
	}
	if mac, err := net.ParseMAC(text); err == nil {
		return Attribute{Name: name, Kind: MAC, B: mac}
	}
	return Attribute{Name: name, Kind: Text, B: []byte(text)}
}

// verdictFiles finds real lines of report 10.
func verdictFiles(t *testing.T) []string {
	dir := samplesDir(t)
	corpus, err := filepath.Glob(filepath.Join(dir, "..", "..", "corpus", "security", "expected", "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return append(corpus, filepath.Join(dir, "type_10.csv"))
}

// TestVerdictSamples reads real lines and writes them again. They are compared
// from the property on: what comes before was not always written by a probe.
func TestVerdictSamples(t *testing.T) {
	checked := 0
	for _, file := range verdictFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasSuffix(line, "}\n") {
				continue // a sample file may be cut within its last line
			}
			checked++
			line = strings.TrimSuffix(line, "\n")
			got := string(readVerdict(t, line).Append(nil, NewEncoder(CSV, 3, "eth0")))
			if got, want := fromProperty(got), fromProperty(line); got != want {
				t.Errorf("%s: got\n%s\nwant\n%s", filepath.Base(file), got, want)
			}
		}
	}
	if checked == 0 {
		t.Error("the sample files hold no line")
	}
	t.Logf("%d lines", checked)
}

// fromProperty cuts off the four common fields.
func fromProperty(line string) string {
	fields := strings.SplitN(line, ",", 5)
	return fields[len(fields)-1]
}

// checkVerdict writes r in both formats and makes sure that general readers take
// both and find the same in both. It returns the history.
func checkVerdict(t *testing.T, r *Verdict, source string) historyOf {
	t.Helper()
	line := string(r.Append(nil, NewEncoder(JSON, 3, source)))
	checkOneLine(t, line)
	parts := splitJSON(t, line)
	if len(parts) != 9 {
		t.Fatalf("%d fields in %s", len(parts), line)
	}
	history := parts[8].text
	csvLine := string(r.Append(nil, NewEncoder(CSV, 3, source)))
	checkOneLine(t, csvLine)
	head, ok := strings.CutSuffix(csvLine, ","+history)
	if !ok {
		t.Fatalf("CSV does not end in the history of JSON:\n%s\n%s", csvLine, history)
	}
	for i := range parts[:8] {
		parts[i].text = quotes.Replace(parts[i].text)
	}
	if got := splitCSV(t, head); !slices.Equal(got, parts[:8]) {
		t.Errorf("CSV %v, JSON %v", got, parts[:8])
	}
	return parseHistory(t, history)
}

func FuzzVerdict(f *testing.F) {
	f.Add(hostile, []byte(hostile), uint64(0), int64(1))
	f.Add(`,{"event_1":`, []byte(`"]]}}`), math.Float64bits(math.NaN()), int64(-1))
	f.Add("\n", bytes.Repeat([]byte{0xff}, 300), math.Float64bits(math.MaxFloat64), int64(math.MinInt64))
	f.Add("a.b", []byte("\x00\x00"), math.Float64bits(-1e-9), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, text string, value []byte, n uint64, at int64) {
		r := &Verdict{Time: at, Property: uint32(n), Verdict: text, Type: text, Description: text}
		for id := 1; id <= 2; id++ {
			e := r.Event(id, at, n)
			for kind := Integer; kind <= MAC; kind++ {
				e.Attributes = append(e.Attributes, Attribute{Name: text, Kind: kind, N: n, B: value})
			}
		}
		h := checkVerdict(t, r, text)
		for _, id := range []string{"event_1", "event_2"} {
			if e := h[id]; len(e.Attributes) != 5 || e.Counter != n {
				t.Errorf("%s: %v", id, e)
			}
		}
	})
}

func TestVerdictReuse(t *testing.T) {
	r := newVerdict()
	want := string(r.Append(nil, NewEncoder(CSV, 3, "eth0")))
	for _, format := range []Format{CSV, JSON} {
		e := NewEncoder(format, 3, "eth0")
		buf := make([]byte, 0, 8192)
		if n := testing.AllocsPerRun(100, func() { buf = refill(r).Append(buf[:0], e) }); n != 0 {
			t.Errorf("format %d: %v allocations a line", format, n)
		}
	}
	if got := string(r.Append(nil, NewEncoder(CSV, 3, "eth0"))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// refill empties r and puts in again what it held, as a new verdict would come.
func refill(r *Verdict) *Verdict {
	old := r.History
	r.Reset()
	for i := range old {
		attributes := old[i].Attributes
		e := r.Event(old[i].ID, old[i].Time, old[i].Counter)
		e.Attributes = append(e.Attributes, attributes...)
	}
	return r
}

func BenchmarkVerdict(b *testing.B)     { benchmark(b, CSV, newVerdict()) }
func BenchmarkVerdictJSON(b *testing.B) { benchmark(b, JSON, newVerdict()) }
