package rulefile

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mmt/analyzer/security/rule"
)

// needCC skips a test where there is no C compiler.
func needCC(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no C compiler (install gcc and libc6-dev)")
		}
		t.Skip("no C compiler (install gcc and libc6-dev)")
	}
}

// edition reads a folder as the edition after another.
func edition(t *testing.T, o *Opener, before *Edition, dir string) (*Edition, error) {
	t.Helper()
	texts, err := ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return o.Next(before, texts)
}

// TestEditions holds that files that stay the same keep their rules and their
// loaded C, that changed ones are loaded again, and that after an error what is in
// use stays in use.
func TestEditions(t *testing.T) {
	needCC(t)
	dir := t.TempDir()
	mark := filepath.Join(dir, "unloaded")
	code := func(n string) string {
		return "#include <stdio.h>\nvoid on_unload(void) { FILE *f = fopen(\"" + mark + "\", \"a\"); fputs(\"" + n + "\", f); fclose(f); }\n" +
			"static int em_self(int x) { return x; }"
	}
	write(t, dir, 1, code("1"), "(#em_self(tcp.dest_port) == 1)")
	write(t, dir, 2, code("2"), "(#em_self(tcp.dest_port) == 2)")
	write(t, dir, 3, "", "(tcp.dest_port == 3)")
	o := opener(t)
	first, err := edition(t, o, nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, 2, code("B"), "(#em_self(tcp.dest_port) == 22)")
	if err := os.Remove(filepath.Join(dir, "3.xml")); err != nil {
		t.Fatal(err)
	}
	second, err := edition(t, o, first, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(second.Rules) != 2 || second.Rules[0] != first.Rules[0] || second.Rules[1] == first.Rules[1] {
		t.Errorf("rules %v after %v", second.Rules, first.Rules)
	}
	if err := first.Retire(second); err != nil {
		t.Error(err)
	}
	write(t, dir, 1, code("A"), "(#em_self(tcp.dest_port) == 11)")
	write(t, dir, 4, "", "(tcp.dest_prot == 4)")
	if _, err := edition(t, o, second, dir); err == nil || !strings.Contains(err.Error(), "4.xml:2: ") {
		t.Errorf("error %v, want one for 4.xml, line 2", err)
	}
	if err := second.Retire(nil); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(mark); err != nil || string(got) != "2A1B" {
		t.Errorf("unloaded %q (%v), want 2 by the change, A by the error, 1 and B at the end", got, err)
	}
}

// TestCrashed tells the functions that have crashed.
func TestCrashed(t *testing.T) {
	needCC(t)
	dir := t.TempDir()
	path := write(t, dir, 1, "static int em_crash(int x) { abort(); }", "(#em_crash(tcp.dest_port) == 1)")
	o := opener(t)
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	e, err := edition(t, o, nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Retire(nil)
	if got := e.Crashed(); len(got) != 0 {
		t.Errorf("crashed before the first call: %v", got)
	}
	call := e.Rules[0].Events[0].Expr.Args[0]
	call.Func.Call([]rule.Value{rule.NumberValue(1)})
	if got := e.Crashed(); len(got) != 1 || got[0].String() != "#em_crash of "+path {
		t.Errorf("crashed: %v", got)
	}
}

// TestBuiltIn holds that the rules that are part of the program compile.
func TestBuiltIn(t *testing.T) {
	texts, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	e, err := opener(t).Next(nil, texts)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Rules) < 60 || !strings.HasPrefix(e.Rules[0].Source, "built-in/") {
		t.Errorf("%d rules, the first of %s", len(e.Rules), e.Rules[0].Source)
	}
}
