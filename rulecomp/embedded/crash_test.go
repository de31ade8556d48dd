package embedded

import (
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"mmt/analyzer/security/rule"
)

const crashes = `
#include <assert.h>
#include <unistd.h>
static int em_null(int x) { volatile int *p = NULL; return x == 0 ? 7 : *p; }
static int em_divide(int x) { volatile int zero = 0; return x / zero; }
static int em_trap(int x) { if (x) __builtin_trap(); return 1; }
static int em_exit(int x) { exit(x); }
static int em_exit2(int x) { _exit(x); }
static int em_abort(int x) { abort(); }
static int em_assert(int x) { assert(x == 0); return 1; }
static int em_raise(int x) { raise(SIGSEGV); return 1; }
static int em_stack(int x) { volatile char room[1000]; room[0] = (char)x; return em_stack(x + 1) + room[0]; }
static const char *em_bad_text(int x) { return (const char *)16; }
static int em_good(int x) { return x + 1; }
`

func crashModule(t testing.TB) *loaded {
	names := []string{"em_null", "em_divide", "em_trap", "em_exit", "em_exit2", "em_abort", "em_assert", "em_raise", "em_stack", "em_good"}
	var properties []string
	for i, name := range names {
		properties = append(properties, property(i+1, "", "(#"+name+"(tcp.dest_port) == 1)", "(ip.src != ip.dst)"))
	}
	properties = append(properties, property(20, "", "(#em_bad_text(tcp.dest_port) == 'a')", "(ip.src != ip.dst)"))
	return load1(t, crashes, properties...)
}

// TestCrashes checks that a crash ends the call, disables the function and is
// told once, and that everything else goes on.
func TestCrashes(t *testing.T) {
	l := crashModule(t)
	for _, test := range []struct{ name, reason string }{
		{"em_null", "SIGSEGV"}, {"em_divide", "SIGFPE"}, {"em_trap", "SIGILL"}, {"em_exit", "exit(3)"}, {"em_exit2", "exit(3)"},
		{"em_abort", "SIGABRT"}, {"em_assert", "SIGABRT"}, {"em_raise", "SIGSEGV"}, {"em_stack", "SIGSEGV"}, {"em_bad_text", "SIGSEGV"},
	} {
		l.log.Reset()
		for range 3 {
			if got := l.call(t, test.name, rule.NumberValue(3)); !got.Null {
				t.Errorf("%s gives %+v", test.name, got)
			}
		}
		log := l.log.String()
		if strings.Count(log, "\n") != 1 || !strings.Contains(log, "function="+test.name) || !strings.Contains(log, test.reason) || !strings.Contains(log, "rules=") {
			t.Errorf("%s, log: %q, want one line with %s", test.name, log, test.reason)
		}
		if got := l.call(t, "em_good", rule.NumberValue(1)); got.Num != 2 {
			t.Errorf("after %s em_good gives %+v", test.name, got)
		}
	}
	if got := l.Disabled(); len(got) != 10 || got[0] != "em_null" {
		t.Errorf("disabled: %v", got)
	}
}

// goNilDereference makes Go's own fault and recovers from it.
func goNilDereference() (what any) {
	defer func() { what = recover() }()
	var p *int
	return *p
}

// TestGoFaultsStayGo checks that faults of Go code are panics while the handlers
// stand, before, between and after crashes of C, on many threads.
func TestGoFaultsStayGo(t *testing.T) {
	l := crashModule(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			runtime.LockOSThread()
			for range 200 {
				if err, ok := goNilDereference().(runtime.Error); !ok || !strings.Contains(err.Error(), "nil pointer") {
					t.Errorf("a nil dereference in Go gives %v", err)
				}
				l.call(t, "em_null", rule.NumberValue(1))
				if got := l.call(t, "em_good", rule.NumberValue(1)); got.Num != 2 {
					t.Errorf("em_good gives %+v", got)
				}
				runtime.Gosched()
			}
		})
	}
	wait.Wait()
}

// TestCrashesAtOnce crashes one function on many threads at the same time, again
// and again.
func TestCrashesAtOnce(t *testing.T) {
	l := crashModule(t)
	f := l.function(t, "em_null")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			call := f.PerShard()
			for i := range 500 {
				l.bound[f].disabled.Store(false)
				if got := call([]rule.Value{rule.NumberValue(float64(i % 2))}); i%2 == 0 && !got.Null && got.Num != 7 {
					t.Errorf("em_null gives %+v", got)
				}
			}
		})
	}
	wait.Wait()
}

// handlerOf returns the handler of a signal.
func handlerOf(t *testing.T, number syscall.Signal) uintptr {
	var action [4]uintptr
	_, _, err := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(number), 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0)
	if err != 0 {
		t.Fatal(err)
	}
	return action[0]
}

// TestHandlersRestored checks that the handlers stand as long as any module is
// loaded, whatever the order of closing, and no longer.
func TestHandlersRestored(t *testing.T) {
	needCC(t)
	before := handlerOf(t, syscall.SIGSEGV)
	source := parse(t, "\nint em_a(int x) { volatile int *p = NULL; return x ? *p : 1; }", property(1, "", "(#em_a(tcp.dest_port) == 1)", "(ip.src != ip.dst)"))
	var modules []*Module
	var sources []*Source
	for range 3 {
		s := parse(t, source.Code, property(1, "", "(#em_a(tcp.dest_port) == 1)", "(ip.src != ip.dst)"))
		m, err := (&Compiler{}).Load(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		modules, sources = append(modules, m), append(sources, s)
	}
	if handlerOf(t, syscall.SIGSEGV) == before {
		t.Error("no handler is installed")
	}
	for _, i := range []int{0, 2, 1} { // the one with the handlers first
		if got := sources[i].External[0].Call([]rule.Value{rule.NumberValue(1)}); !got.Null {
			t.Errorf("module %d: %+v", i, got)
		}
		if err := modules[i].Close(); err != nil {
			t.Error(err)
		}
	}
	if after := handlerOf(t, syscall.SIGSEGV); after != before {
		t.Errorf("handler %#x, before %#x", after, before)
	}
	if err, ok := goNilDereference().(runtime.Error); !ok {
		t.Errorf("a nil dereference in Go gives %v", err)
	}
}

// TestSignalsOfOthers checks that signals from elsewhere go where they went.
func TestSignalsOfOthers(t *testing.T) {
	l := crashModule(t)
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGUSR1)
	defer signal.Stop(got)
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
	case <-time.After(5 * time.Second):
		t.Error("SIGUSR1 did not arrive")
	}
	if os.Getenv("MMT_TEST_SIGNAL") != "" {
		if err := syscall.Kill(os.Getpid(), syscall.SIGSEGV); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestSignalsOfOthers$")
	child.Env = append(os.Environ(), "MMT_TEST_SIGNAL=1")
	out, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "SIGSEGV") || !strings.Contains(string(out), "goroutine ") {
		t.Errorf("SIGSEGV from outside: %v\n%s", err, out)
	}
	if v := l.call(t, "em_good", rule.NumberValue(1)); v.Num != 2 {
		t.Errorf("em_good gives %+v", v)
	}
}

func TestCrashInOnLoad(t *testing.T) {
	needCC(t)
	for code, want := range map[string]string{
		"void on_load() { exit(4); }":                        "on_load called exit(4)",
		"void on_load() { volatile int *p = NULL; *p = 1; }": "on_load crashed: SIGSEGV",
	} {
		source := parse(t, code, property(1, "", "(tcp.dest_port == 1)", "(ip.src != ip.dst)"))
		if _, err := (&Compiler{}).Load(source, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	source := parse(t, "void on_unload() { abort(); }", property(1, "", "(tcp.dest_port == 1)", "(ip.src != ip.dst)"))
	m, err := (&Compiler{}).Load(source, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err == nil || !strings.Contains(err.Error(), "on_unload crashed: SIGABRT") {
		t.Errorf("error %v", err)
	}
}
