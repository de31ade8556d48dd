package rule

import (
	"reflect"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
)

func testRegistry(t testing.TB) *dpi.Registry {
	reg := dpi.NewRegistry()
	for _, p := range []dpi.Protocol{
		{ID: 1, Name: "meta", Attributes: []dpi.Attribute{{ID: 3, Name: "utime", Type: dpi.TimeVal}}},
		{ID: 7, Name: "8021q", Attributes: []dpi.Attribute{{ID: 1, Name: "vid", Type: dpi.U16}}},
		{ID: 178, Name: "ip", Attributes: []dpi.Attribute{{ID: 12, Name: "src", Type: dpi.IP4Addr}, {ID: 13, Name: "dst", Type: dpi.IP4Addr}}},
		{ID: 354, Name: "tcp", Attributes: []dpi.Attribute{{ID: 9, Name: "rst", Type: dpi.U8}}},
	} {
		for i := range p.Attributes {
			p.Attributes[i].Extract = func(*dpi.Packet, int, *dpi.Value) bool { return false }
		}
		if err := reg.Register(p); err != nil {
			t.Fatal(err)
		}
	}
	return reg
}

// golden is a rule with everything that the form can say.
const golden = `(rules 1)
(function "em_check" (number bytes ...) number)
(builtin "strstr" (bytes bytes) bytes)
(function "em_check" (bytes) bytes)
(property 10 evasion "HTTP \"odd\"\n"
  (source "10.xml:3") (react "em_print_out")
  (attributes (meta.utime 1.3 timeval) (8021q.vid 7.1 u16) (ip.src 178.12 ip4_addr) (ip.2.src 178.12 ip4_addr layer 2) (tcp.rst 354.9 u8 flag))
  (event "first" (needs 1 2 4) (&& (!= ip.src ip.2.src) (truth (#em_check tcp.rst ip.src (as bytes meta.utime))) (> (+ 8021q.vid -1.5e+300) 0.1)))
  (event "" (needs) (|| (is_exist ip.src@1) (missing (#strstr ip.src "a\x00\xffb")) (present (#em_check~2 ip.src@1)) (is_empty ip.src)))
  (THEN (delay 1 4000000) (count -3 0) (repeat 2) "both" 1 (EVENT (repeat 3) 2)))
(property 11 security ""
 
  (attributes)
  (event "" (needs) (== 1 1))
  1)
`

func goldenEnvironment(t testing.TB) Environment {
	strstr := &Function{Name: "strstr", Params: []Kind{Bytes, Bytes}, Result: Bytes, Call: func([]Value) Value { return NullValue() }}
	return Environment{Registry: testRegistry(t), Function: func(name string) *Function {
		if name == "strstr" {
			return strstr
		}
		return nil
	}}
}

func TestTextRoundTrip(t *testing.T) {
	env := goldenEnvironment(t)
	set, err := ParseText([]byte(golden), env)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(AppendText(nil, set.Rules)); got != golden {
		t.Errorf("written:\n%s\nwant:\n%s", got, golden)
	}
	if len(set.External) != 2 || len(set.Reactions) != 1 || set.Rules[0].Reaction != set.Reactions[0] {
		t.Errorf("functions: %d external, %d reactions", len(set.External), len(set.Reactions))
	}
	root := set.Rules[0].Root
	if root.Op != Then || !root.HasCount || root.Count != (Window{-3, 0}) || root.Right.Repeat != 3 || root.Right.Event != 2 {
		t.Errorf("root is %+v", root)
	}
	time := set.Rules[0].Events[0].Expr.Args[1].Args[0].Args[2]
	if time.Op != Attr || time.Kind != Bytes || time.Index != 0 {
		t.Errorf("meta.utime as a parameter is %+v", time)
	}
	if again := NewSet(set.Rules); !reflect.DeepEqual(again, set) {
		t.Error("NewSet gathers other functions than the text declares")
	}
}

func TestParseTextErrors(t *testing.T) {
	env := goldenEnvironment(t)
	for _, test := range []struct{ old, new, want string }{
		{"(rules 1)", "(rules 2)", "version \"2\""},
		{"(rules 1)", "", "no compiled properties"},
		{"ip4_addr)", "u32)", "ip.src is 178.12 ip4_addr in this program, the file was compiled for 178.12 u32"},
		{"(ip.src 178.12", "(ip.src 178.11", "compile it again"},
		{"(ip.src 178", "(ip.scr 178", "does not know attribute ip.scr"},
		{"layer 2", "layer 3", "does not say its layer"},
		{"(meta.utime 1.3 timeval) (8021q.vid 7.1 u16)", "(8021q.vid 7.1 u16) (meta.utime 1.3 timeval)", "out of order"},
		{"needs 1 2 4", "needs 1 2 5", "from 0 to 4"},
		{"needs 1 2 4", "needs 1 4 2", "not ascending"},
		{"(bytes bytes) bytes", "(bytes) bytes", "has become (bytes bytes) bytes"},
		{`builtin "strstr"`, `builtin "strsrt"`, "not in this program"},
		{"#strstr", "#strtok", "not declared"},
		{"(#strstr ip.src ", "(#strstr tcp.rst ", "parameter 1"},
		{"(truth ", "(is_empty ", ""},
		{"is_exist ip.src@1", "is_exist ip.src@3", "no event 3"},
		{"(THEN", "(THAN", "did you mean THEN?"},
		{"(repeat 3) 2)", "(repeat 3) 4)", "from 1 to 2"},
		{"(delay 1 4000000)", "(delay 1 0)", "min not above max"},
		{"evasion", "invasion", "unknown type"},
		{"(== 1 1)", "(== 1 ip.src)", "no number and no attribute"},
		{"(== 1 1)", "(== 1 \"a\")", "does not take"},
		{"(== 1 1)", "(+ 1 1)", "must be a condition"},
		{"  1)\n", "  1\n", "not closed"},
		{"  1)\n", "  1))\n", "without an opening"},
	} {
		text := strings.Replace(golden, test.old, test.new, 1)
		if text == golden {
			t.Fatalf("%q is not in the text", test.old)
		}
		_, err := ParseText([]byte(text), env)
		if test.want == "" {
			if err != nil {
				t.Errorf("%q for %q: %v", test.new, test.old, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%q for %q: error %v, want %q", test.new, test.old, err, test.want)
		}
	}
	if _, err := ParseText([]byte(strings.Repeat("(", 1e6)), env); err == nil {
		t.Error("no error for a million brackets")
	}
}

func FuzzParseText(f *testing.F) {
	env := goldenEnvironment(f)
	f.Add([]byte(golden))
	f.Add([]byte("(rules 1)(property 1 attack \"\" (attributes) (event \"\" (needs) (truth NaN)) (OR 1 1))"))
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := ParseText(text, env)
		if err != nil {
			return
		}
		first := string(AppendText(nil, set.Rules))
		again, err := ParseText([]byte(first), env)
		if err != nil {
			t.Fatalf("%v in what was written:\n%s", err, first)
		}
		if second := string(AppendText(nil, again.Rules)); second != first {
			t.Errorf("written:\n%s\nthen:\n%s", first, second)
		}
	})
}

// BenchmarkText measures one rule.
func BenchmarkText(b *testing.B) {
	env := goldenEnvironment(b)
	set, err := ParseText([]byte(golden), env)
	if err != nil {
		b.Fatal(err)
	}
	var rules []*Rule
	for range 500 {
		rules = append(rules, set.Rules...)
	}
	text := AppendText(nil, rules)
	b.Run("append", func(b *testing.B) {
		for b.Loop() {
			text = AppendText(text[:0], rules)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rules)), "ns/rule")
	})
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			if _, err := ParseText(text, env); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rules)), "ns/rule")
	})
}
