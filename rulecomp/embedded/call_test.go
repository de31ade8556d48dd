package embedded

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp/sofile"
)

const counting = `
static int em_add(int a, int b) { return a + b; }
static int em_length(const char *s) { return strlen(s); }
static const char *em_tail(const char *s) { return strchr(s, '/'); }
static const char *em_copy(const char *s) { static __thread char copy[64]; snprintf(copy, sizeof(copy), "%s", s); return copy; }
static int em_crash(int a) { volatile int *p = NULL; return a == 3 ? *p : a; }
`

func countingModule(t testing.TB) *loaded {
	return load1(t, counting, property(1, "", "(#em_add(tcp.dest_port, tcp.src_port) == 1)", "(#em_length(http.uri) == 1)"),
		property(2, "", "(#em_tail(http.uri) == 'a')", "((#em_copy(http.uri) == 'a') && (#em_crash(tcp.dest_port) == 1))"))
}

// TestPerShard makes calls from several shards at once and looks at results as
// late as it may.
func TestPerShard(t *testing.T) {
	l := countingModule(t)
	var wait sync.WaitGroup
	for shard := range 4 {
		wait.Go(func() {
			tail, length, shared := l.function(t, "em_copy").PerShard(), l.function(t, "em_length").PerShard(), l.function(t, "em_copy").Call
			for i := range 300 {
				var results [callerFrames]rule.Value
				for n := range results {
					results[n] = tail([]rule.Value{text(fmt.Sprintf("%d/%d/%d", shard, i, n))})
				}
				kept := shared([]rule.Value{text(fmt.Sprintf("%d/%d", shard, i))})
				for n := range results {
					want := fmt.Sprintf("%d/%d/%d", shard, i, n)
					if got := length(results[n : n+1]); string(results[n].B) != want || got.Num != float64(len(want)) {
						t.Errorf("result %q of %v bytes, want %q", results[n].B, got.Num, want)
						return
					}
				}
				if want := fmt.Sprintf("%d/%d", shard, i); string(kept.B) != want {
					t.Errorf("shared result %q, want %q", kept.B, want)
				}
			}
		})
	}
	wait.Wait()
}

func TestNoAllocations(t *testing.T) {
	l := countingModule(t)
	payload := []rule.Value{{Type: dpi.Pointer, B: make([]byte, 1400)}}
	numbers := []rule.Value{rule.NumberValue(1), rule.NumberValue(2)}
	add, length := l.function(t, "em_add"), l.function(t, "em_length").PerShard()
	if n := testing.AllocsPerRun(100, func() { add.Call(numbers); length(payload) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	batch, target := batchOf(t, l, "em_length")
	if n := testing.AllocsPerRun(100, func() {
		batch.Reset()
		for range BatchSize {
			batch.Add(target, payload)
		}
		batch.Run()
	}); n != 0 {
		t.Errorf("%v allocations in a batch", n)
	}
}

func batchOf(t testing.TB, l *loaded, name string) (*Batch, Target) {
	t.Helper()
	batch, err := l.NewBatch()
	if err != nil {
		t.Fatal(err)
	}
	target, err := l.Target(l.function(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return batch, target
}

func TestBatch(t *testing.T) {
	l := countingModule(t)
	batch, length := batchOf(t, l, "em_length")
	_, crash := batchOf(t, l, "em_crash")
	for range 3 {
		batch.Reset()
		for n := range BatchSize {
			target, args := length, []rule.Value{text(fmt.Sprint(1 << n))}
			if n%2 == 1 {
				target, args = crash, []rule.Value{rule.NumberValue(float64(n))}
			}
			if call := batch.Add(target, args); call != n {
				t.Fatalf("call %d is numbered %d", n, call)
			}
		}
		if batch.Add(length, nil) != -1 {
			t.Error("a full batch takes a call")
		}
		batch.Run()
		for n := range BatchSize {
			got, want := batch.Result(n), float64(n)
			if n%2 == 0 {
				want = float64(len(fmt.Sprint(1 << n)))
			}
			if got.Null != (n == 3) || n != 3 && got.Num != want {
				t.Errorf("call %d gives %+v, want %v", n, got, want)
			}
		}
		l.bound[l.function(t, "em_crash")].disabled.Store(false)
	}
	if got := len(l.Disabled()); got != 3 {
		t.Errorf("%d crashes", got)
	}
	batch.Reset()
	batch.Add(length, []rule.Value{text("a")})
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	batch.Run()
	if got := batch.Add(length, []rule.Value{text("a")}); got != -1 || !batch.Result(0).Null {
		t.Error("a batch works after Close")
	}
	if _, err := l.Target(&rule.Function{Name: "em_other"}); err == nil {
		t.Error("no error for a function of another module")
	}
}

// TestOpen goes through a compiled file: written, read and loaded without the
// XML.
func TestOpen(t *testing.T) {
	needCC(t)
	source := parse(t, counting, property(7, "", "(#em_add(tcp.dest_port, tcp.src_port) == 1)", "(#em_tail(http.uri) == 'a')"))
	out := filepath.Join(t.TempDir(), "7.so")
	if warnings, err := (&Compiler{}).Build(source, out); err != nil || warnings != "" {
		t.Fatal(warnings, err)
	}
	m, err := Open(out, environment(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	contents, err := sofile.Open(out)
	if err != nil || string(contents.Text) != string(source.Text()) {
		t.Errorf("%v, text in the file:\n%s\nwant:\n%s", err, contents.Text, source.Text())
	}
	if want := out + " (" + source.Path + ":"; !strings.HasPrefix(m.Rules[0].Source, want) {
		t.Errorf("source %q, want %q", m.Rules[0].Source, want)
	}
	add := m.Rules[0].Events[0].Expr.Args[0].Func
	if got := add.Call([]rule.Value{rule.NumberValue(2), rule.NumberValue(3)}); got.Num != 5 {
		t.Errorf("em_add(2, 3) is %+v", got)
	}
}

func BenchmarkCall(b *testing.B) {
	l := countingModule(b)
	numbers := []rule.Value{rule.NumberValue(1), rule.NumberValue(2)}
	payload := []rule.Value{{Type: dpi.Pointer, B: make([]byte, 1400)}}
	address := []rule.Value{{Type: dpi.IP4Addr, B: []byte{10, 0, 0, 1}}}
	b.Run("number", func(b *testing.B) { benchmarkCall(b, l.function(b, "em_add").PerShard(), numbers) })
	b.Run("number-shared", func(b *testing.B) { benchmarkCall(b, l.function(b, "em_add").Call, numbers) })
	b.Run("address", func(b *testing.B) { benchmarkCall(b, l.function(b, "em_length").PerShard(), address) })
	b.Run("payload1400", func(b *testing.B) { benchmarkCall(b, l.function(b, "em_length").PerShard(), payload) })
	b.Run("batch-number", func(b *testing.B) { benchmarkBatch(b, l, "em_add", numbers) })
	b.Run("batch-payload1400", func(b *testing.B) { benchmarkBatch(b, l, "em_length", payload) })
}

func benchmarkCall(b *testing.B, call func([]rule.Value) rule.Value, args []rule.Value) {
	b.ReportAllocs()
	for b.Loop() {
		call(args)
	}
}

// benchmarkBatch measures one call of a full batch.
func benchmarkBatch(b *testing.B, l *loaded, name string, args []rule.Value) {
	batch, target := batchOf(b, l, name)
	b.ReportAllocs()
	for b.Loop() {
		if batch.Add(target, args) < 0 {
			batch.Run()
			batch.Reset()
			batch.Add(target, args)
		}
	}
}
