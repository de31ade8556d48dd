package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
)

// TestMain keeps compiled files of the tests out of the user's cache.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mmt-embedded-")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_CACHE_HOME", dir)
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// needCC skips a test where there is no C compiler; with CI=true it fails.
func needCC(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no C compiler (install gcc and libc6-dev)")
		}
		t.Skip("no C compiler (install gcc and libc6-dev)")
	}
}

// event makes an <event> with a condition.
func event(id int, expression string) string {
	return fmt.Sprintf(`<event event_id="%d" value="COMPUTE" description="event %d" boolean_expression="%s"/>`, id, id,
		strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(expression))
}

// property makes a property of two events on one packet.
func property(id int, attributes, first, second string) string {
	return fmt.Sprintf(`<property value="THEN" delay_units="s" delay_min="0" delay_max="0" property_id="%d" type_property="ATTACK" description="test" %s>
%s
%s
</property>`, id, attributes, event(1, first), event(2, second))
}

// parse writes and checks a property file.
func parse(t testing.TB, code string, properties ...string) *Source {
	t.Helper()
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.xml")
	text := "<beginning>\n<embedded_functions><![CDATA[" + code + "]]></embedded_functions>\n" + strings.Join(properties, "\n") + "\n</beginning>\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := rulecomp.Compiler{Registry: reg}
	file, err := c.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	source := Source(*file)
	return &source
}

// loaded is a module with its log.
type loaded struct {
	*Module
	source *Source
	log    bytes.Buffer
}

// function returns an embedded function by name.
func (l *loaded) function(t testing.TB, name string) *rule.Function {
	t.Helper()
	for _, f := range l.source.External {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no function %s", name)
	return nil
}

// call calls an embedded function in all ways and requires one result.
func (l *loaded) call(t testing.TB, name string, args ...rule.Value) rule.Value {
	t.Helper()
	f := l.function(t, name)
	return f.Call(args)
}

// load compiles and loads a property file made of C code and properties.
func load1(t testing.TB, code string, properties ...string) *loaded {
	t.Helper()
	needCC(t)
	l := &loaded{source: parse(t, code, properties...)}
	var err error
	if l.Module, err = (&Compiler{}).Load(l.source, slog.New(slog.NewTextHandler(&l.log, nil))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func text(s string) rule.Value {
	return rule.Value{Type: dpi.StringPointer, B: []byte(s)}
}

// TestManualSearchEngine is the first example of manual section 4.2.
func TestManualSearchEngine(t *testing.T) {
	l := load1(t, `
//code C
static inline bool em_is_search_engine(const char *agent){
   if( strstr( agent, "google" ) != NULL )
       return true;
   if( strstr( agent, "bing" ) != NULL )
       return true;
   return false;
}`, property(1, "", "(#em_is_search_engine( http.user_agent ) == true)", "(ip.src != ip.dst)"))
	for agent, want := range map[string]float64{"googlebot": 1, "bingbot": 1, "firefox": 0, "": 0} {
		if got := l.call(t, "em_is_search_engine", text(agent)); got.Null || got.Num != want {
			t.Errorf("%q: %+v, want %v", agent, got, want)
		}
	}
	if l.log.Len() > 0 {
		t.Errorf("logged: %s", &l.log)
	}
}

// TestManualFunctionWord is the example that includes math.h, with the word
// "function" that the manual writes there.
func TestManualFunctionWord(t *testing.T) {
	l := load1(t, `
    #include <math.h>

static inline bool function em_check( double port ) {
    double x = sqrt( port );
    return x == 12;
}`, property(1, "", "(#em_check(tcp.dest_port) == 1)", "(ip.src != ip.dst)"))
	if got := l.call(t, "em_check", rule.NumberValue(144)); got.Num != 1 {
		t.Errorf("em_check(144) is %+v", got)
	}
	if got := l.call(t, "em_check", rule.NumberValue(143)); got.Num != 0 {
		t.Errorf("em_check(143) is %+v", got)
	}
}

// TestResults goes through what functions may return.
func TestResults(t *testing.T) {
	l := load1(t, `
static const char *em_text(const char *s) { static char copy[1000]; snprintf(copy, sizeof(copy), "<%s>", s); return copy; }
static const char *em_none(int n) { return n == 0 ? NULL : "some"; }
static char *em_tail(const char *s) { return strchr(s, '/'); }
static unsigned long long em_big(void) { return 1ull << 52; }
static float em_half(float x) { return x / 2; }
static int8_t em_minus(uint16_t x) { return -x; }
enum colour { RED = 3 };
static enum colour em_colour(void) { return RED; }
static bool em_truth(int x) { return x; }
`, property(1, "", "(#em_text(http.uri) == '<a>')", "(#em_tail(http.uri) == '/b')"),
		property(2, "", "(#em_none(tcp.dest_port) != 0)", "(#em_big() == 3)"),
		property(3, "", "(#em_half(tcp.dest_port) == 2)", "(#em_minus(tcp.dest_port) == 2)"),
		property(4, "", "(#em_colour() == 3)", "(#em_truth(tcp.dest_port) && (#em_none(tcp.src_port) == 'some'))"))
	for _, test := range []struct {
		name string
		args []rule.Value
		want any
	}{
		{"em_text", []rule.Value{text("a")}, "<a>"},
		{"em_tail", []rule.Value{text("a/b")}, "/b"},
		{"em_tail", []rule.Value{text("ab")}, nil},
		{"em_big", nil, float64(1 << 52)},
		{"em_half", []rule.Value{rule.NumberValue(5)}, 2.5},
		{"em_minus", []rule.Value{rule.NumberValue(7)}, -7.0},
		{"em_colour", nil, 3.0},
		{"em_truth", []rule.Value{rule.NumberValue(80)}, 1.0},
		{"em_none", []rule.Value{rule.NumberValue(1)}, 1.0},
		{"em_none", []rule.Value{rule.NumberValue(0)}, 0.0},
	} {
		got := l.call(t, test.name, test.args...)
		var have any = got.Num
		if got.Null {
			have = nil
		} else if got.Type == dpi.String {
			have = string(got.B)
		}
		if have != test.want {
			t.Errorf("%s gives %v, want %v", test.name, have, test.want)
		}
	}
	for _, f := range l.source.External {
		if f.Name == "em_none" && f.Result == rule.Bytes {
			if got := f.Call([]rule.Value{rule.NumberValue(1)}); string(got.B) != "some" {
				t.Errorf("em_none as text is %+v", got)
			}
		}
	}
}

// TestLayouts goes through how values look in C.
func TestLayouts(t *testing.T) {
	l := load1(t, `
#include <tcpip/mmt_tcpip.h>
static int em_path(const void *p) {
	const proto_hierarchy_t *h = (const proto_hierarchy_t *)p;
	return h->len == 4 && h->proto_path[0] == PROTO_META && h->proto_path[1] == PROTO_ETHERNET && h->proto_path[2] == PROTO_IP && h->proto_path[3] == PROTO_TCP;
}
static uint64_t em_time(const void *t) { return *(const uint64_t *)t; }
static long em_micros(const void *data) { struct timeval *time = (struct timeval *)data; return time->tv_usec; }
static double em_time_number(double t) { return t; }
static int em_address(const void *ip) { return ((const struct in_addr *)ip)->s_addr == htonl(0x0a000001); }
static int em_mac(const uint8_t *mac) { return mac[0] * 256 + mac[5]; }
static int em_u16(const void *p) { const mmt_u16_array_t *a = p; return a->len * 1000 + a->data[1]; }
static int em_u32(const void *p) { const mmt_u32_array_t *a = p; return a->len * 1000 + a->data[1]; }
static int em_u64(const void *p) { const mmt_u64_array_t *a = p; return a->len * 1000 + a->data[1]; }
static int em_binary(const void *p) { const mmt_binary_data_t *b = p; return b->len * 1000 + b->data[1]; }
static int em_null(const void *p) { return p == NULL; }
static int em_length(const char *s) { return strlen(s); }
`, property(1, "", "(#em_path(meta.proto_hierarchy) == 1)", "(#em_time(meta.utime) == 1)"),
		property(2, "", "(#em_micros(meta.utime) == 1)", "(#em_time_number(meta.utime) == 1)"),
		property(3, "", "(#em_address(ip.src) == 1)", "(#em_mac(ethernet.src) == 1)"),
		property(4, "", "(#em_u16(ip.src) == 1)", "(#em_u32(ip.src) == 1)"),
		property(5, "", "(#em_u64(ip.src) == 1)", "(#em_binary(arp.src_hard) == 1)"),
		property(6, "", "(#em_null(ip.src) == 1)", "(#em_length(http.uri) == 1)"))
	time := rule.Value{Type: dpi.TimeVal, Num: 1_500_000_000_123_456}
	for _, test := range []struct {
		name string
		arg  rule.Value
		want float64
	}{
		{"em_path", rule.Value{Type: dpi.ProtoPath, B: []byte{0, 1, 0, 99, 0, 178, 354 >> 8, 354 & 255}}, 1},
		{"em_path", rule.Value{Type: dpi.ProtoPath, B: bytes.Repeat([]byte{0, 1}, 100)}, 0},
		{"em_time", time, 1_500_000_000_123_456},
		{"em_micros", time, 123_456},
		{"em_time_number", time, 1_500_000_000_123_456},
		{"em_address", rule.Value{Type: dpi.IP4Addr, B: []byte{10, 0, 0, 1}}, 1},
		{"em_mac", rule.Value{Type: dpi.MACAddr, B: []byte{2, 0, 0, 0, 0, 7}}, 519},
		{"em_u16", rule.Value{Type: dpi.U16Array, B: []byte{0, 1, 1, 0}}, 2256},
		{"em_u16", rule.Value{Type: dpi.U16Array, B: make([]byte, 1000)}, 64000},
		{"em_u32", rule.Value{Type: dpi.U32Array, B: []byte{0, 0, 0, 1, 0, 0, 1, 0}}, 2256},
		{"em_u64", rule.Value{Type: dpi.U64Array, B: []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0}}, 2256},
		{"em_binary", rule.Value{Type: dpi.Binary, B: []byte{1, 2, 3}}, 3002},
		{"em_binary", rule.Value{Type: dpi.Binary, B: make([]byte, 1000)}, 64000},
		{"em_null", rule.NullValue(), 1},
		{"em_null", rule.Value{Type: dpi.IP4Addr, B: []byte{}}, 0},
		{"em_length", text("abc"), 3},
		{"em_length", text("a\x00c"), 1},
		{"em_length", text(strings.Repeat("x", 65535)), 65535},
		{"em_length", text(strings.Repeat("x", 1<<20)), frameMemory - resultMemory - 1},
	} {
		if got := l.call(t, test.name, test.arg); got.Null || got.Num != test.want {
			t.Errorf("%s(%v) is %+v, want %v", test.name, test.arg.Type, got, test.want)
		}
	}
}

// TestHash uses the hash tables as rules with lists of addresses do.
func TestHash(t *testing.T) {
	l := load1(t, `
#include <arpa/inet.h>
static mmt_hash_t *table = NULL;
static const char *list[] = { "10.0.0.1", "192.168.1.77" };
static int unloaded = 0;
void on_load() {
	table = mmt_hash_create();
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct in_addr *addr = mmt_mem_alloc(sizeof(struct in_addr));
		inet_aton(list[i], addr);
		if (mmt_hash_add(table, addr, 4, addr, false) != NULL)
			mmt_mem_force_free(addr);
	}
	for (int i = 1000; i < 3000; i++)
		mmt_hash_add(table, &i, sizeof(i), (void *)list, true);
	mmt_debug("%d addresses", 2);
}
void on_unload() { mmt_hash_free(table); unloaded++; }
static inline bool em_known(const char *ip) { return mmt_hash_search(table, ip, 4) != NULL; }
`, property(1, "", "(#em_known(ip.src) == true)", "(ip.src != ip.dst)"))
	for _, test := range []struct {
		address []byte
		want    float64
	}{{[]byte{10, 0, 0, 1}, 1}, {[]byte{192, 168, 1, 77}, 1}, {[]byte{10, 0, 0, 2}, 0}, {[]byte{0xb7, 0x0b, 0, 0}, 1}, {[]byte{0xb8, 0x0b, 0, 0}, 0}} {
		if got := l.call(t, "em_known", rule.Value{Type: dpi.IP4Addr, B: test.address}); got.Num != test.want {
			t.Errorf("%v: %+v, want %v", test.address, got, test.want)
		}
	}
}

// TestLoadAndUnload checks that each runs once, on variables of its own.
func TestLoadAndUnload(t *testing.T) {
	needCC(t)
	file := filepath.Join(t.TempDir(), "calls")
	code := fmt.Sprintf(`
static int value = 0;
static void note(const char *what) { FILE *f = fopen("%s", "a"); fprintf(f, "%%s %%d\n", what, value); fclose(f); }
void on_load() { value++; note("load"); }
static void on_unload(void) { note("unload"); }
static int em_value() { return value; }
`, file)
	source := parse(t, code, property(1, "", "(#em_value() == 1)", "(ip.src != ip.dst)"))
	first, err := (&Compiler{}).Load(source, nil)
	if err != nil {
		t.Fatal(err)
	}
	again := *source
	second, err := (&Compiler{}).Load(&again, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Module{first, second, second} {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	notes, _ := os.ReadFile(file)
	if want := "load 1\nload 1\nunload 1\nunload 1\n"; string(notes) != want {
		t.Errorf("notes:\n%swant:\n%s", notes, want)
	}
	if got := source.External[0].Call(nil); !got.Null {
		t.Errorf("a call after Close gives %+v", got)
	}
}

func TestCompileErrors(t *testing.T) {
	needCC(t)
	for name, test := range map[string]struct{ code, first, want string }{
		"syntax":    {"\n\nint em_a(int x) { return x +; }", "(#em_a(tcp.dest_port) == 1)", "test.xml:4:"},
		"type":      {"\nint em_a(const char *x) { return 1; }", "(#em_a(tcp.dest_port) == 1)", "test.xml:4:"},
		"result":    {"\nint em_a(const char *x) { return 1; }", "(#em_a(http.uri) == 'a')", "test.xml:4:"},
		"library":   {"\nint nowhere(void);\nint em_a(void) { return nowhere(); }", "(#em_a() == 1)", "#pragma mmt -lNAME"},
		"header":    {"\n#include \"nowhere/nowhere.h\"\nint em_a(void) { return 1; }", "(#em_a() == 1)", "-IFOLDER"},
		"void":      {"\nvoid em_a(void) { }", "(#em_a() == 1)", "test.xml:4:"},
		"missing":   {"\n#include <math.h>", "(#em_a(tcp.dest_port) == 1)", "test.xml:4:"},
		"time":      {"\nint em_a(const void *t) { return 1; }", "((#em_a(meta.utime) == 1) && (#em_a(tcp.dest_port) == 1))", "is a time in one call"},
		"arguments": {"\nint em_a() { return 1; }", "(#em_a(" + strings.Repeat("tcp.dest_port,", 16) + "tcp.dest_port) == 1)", "at most 16"},
	} {
		source := parse(t, test.code, property(1, "", test.first, "(ip.src != ip.dst)"))
		_, _, err := (&Compiler{}).Cached(source)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

func TestNoCompiler(t *testing.T) {
	source := parse(t, "int em_a() { return 1; }", property(1, "", "(#em_a() == 1)", "(ip.src != ip.dst)"))
	_, err := (&Compiler{CC: "/no/such/compiler -m64"}).Build(source, filepath.Join(t.TempDir(), "a.so"))
	if !errors.Is(err, ErrNoCompiler) || !strings.Contains(err.Error(), "apt-get install gcc") {
		t.Errorf("error %v", err)
	}
	plain := parse(t, "", property(1, "", "(tcp.dest_port == 80)", "(ip.src != ip.dst)"))
	out := filepath.Join(t.TempDir(), "a.so")
	if _, err := (&Compiler{CC: "/no/such/compiler"}).Build(plain, out); err != nil {
		t.Fatal(err)
	}
	m, err := Open(out, environment(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Rules) != 1 || m.Rules[0].ID != 1 || m.Close() != nil {
		t.Errorf("%d rules", len(m.Rules))
	}
}

// TestCache loads a file that was compiled before, without a compiler.
func TestCache(t *testing.T) {
	needCC(t)
	source := parse(t, "\nstatic int em_a(void) { int unused; return 5; }", property(1, "", "(#em_a() == 1)", "(ip.src != ip.dst)"))
	for i, cc := range []string{"cc", ""} {
		if cc == "" {
			t.Setenv("PATH", "/nowhere")
		}
		var log bytes.Buffer
		m, err := (&Compiler{CC: "cc"}).Load(source, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if got := source.External[0].Call(nil); got.Num != 5 {
			t.Errorf("em_a() is %+v", got)
		}
		if remarked := strings.Contains(log.String(), "test.xml:3:"); remarked != (i == 0) {
			t.Errorf("load %d, log: %s", i+1, &log)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func environment(t testing.TB) rule.Environment {
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	return rule.Environment{Registry: reg}
}

// TestOptions passes options in every way there is.
func TestOptions(t *testing.T) {
	needCC(t)
	t.Setenv("CFLAGS", "-DA=1")
	t.Setenv("LDFLAGS", "-DB=2")
	source := parse(t, "\n#pragma mmt -DC=3 -lm\nint em_a() { return A * 1000 + B * 100 + C * 10 + D; }", property(1, "", "(#em_a() == 1)", "(ip.src != ip.dst)"))
	m, err := (&Compiler{Options: []string{"-DD=4"}}).Load(source, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got := source.External[0].Call(nil); got.Num != 1234 {
		t.Errorf("em_a() is %v", got.Num)
	}
}
