package rulefile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"mmt/analyzer/proto"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/rulecomp/embedded"
)

// TestMain keeps compiled files of the tests out of the user's cache.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mmt-rulefile-")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_CACHE_HOME", dir)
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

func opener(t testing.TB) *Opener {
	t.Helper()
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	return &Opener{Properties: rulecomp.Compiler{Registry: reg}}
}

// TestExistingRules compiles each file of a rule set in use and requires the same
// rules back.
func TestExistingRules(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "corpus", "security", "rules")
	paths, err := rulecomp.FindRules(dir)
	if err != nil {
		t.Skipf("no rule files to compile: %v", err)
	}
	o := opener(t)
	n := 0
	for _, path := range paths {
		file, err := o.Properties.ParseFile(path)
		if err != nil {
			t.Logf("not compiled: %v", err)
			continue
		}
		source := embedded.Source(*file)
		out := filepath.Join(t.TempDir(), "rule.so")
		if _, err := o.C.Build(&source, out); err != nil {
			t.Error(err)
			continue
		}
		m, err := o.loadText(Text{Path: out})
		if err != nil {
			t.Error(err)
			continue
		}
		for i, r := range m.Rules {
			r.Source = file.Rules[i].Source
		}
		if !reflect.DeepEqual(m.Rules, file.Rules) {
			t.Errorf("%s: other rules after compiling:\n%s\nwant:\n%s", path, rule.AppendText(nil, m.Rules), rule.AppendText(nil, file.Rules))
		}
		n += len(m.Rules)
	}
	if n < 50 {
		t.Errorf("%d rules of %d files", n, len(paths))
	}
}

// write writes a property file of one rule with a condition and, if code is not
// empty, embedded C.
func write(t *testing.T, dir string, id int, code, condition string) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("%d.xml", id))
	text := "<beginning>\n"
	if code != "" {
		text += "<embedded_functions><![CDATA[" + code + "]]></embedded_functions>\n"
	}
	text += fmt.Sprintf(`<property property_id="%d" type_property="ATTACK" description="d"><event event_id="1" description="e" boolean_expression="%s"/></property></beginning>`, id, condition)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load makes a first edition of files.
func load(o *Opener, paths ...string) (*Edition, error) {
	texts, err := ReadFiles(paths)
	e, loadErr := o.Next(nil, texts)
	return e, errors.Join(err, loadErr)
}

// TestKinds loads files of both kinds together.
func TestKinds(t *testing.T) {
	needCC(t)
	dir := t.TempDir()
	o := opener(t)
	code := "static int em_twice(int x) { return 2 * x; }"
	xml := write(t, dir, 3, code, "(#em_twice(tcp.dest_port) == 160)")
	plain := write(t, dir, 1, "", "(tcp.dest_port == 80)")
	file, err := o.Properties.ParseFile(write(t, dir, 2, code, "(#em_twice(udp.dest_port) == 106)"))
	if err != nil {
		t.Fatal(err)
	}
	source := embedded.Source(*file)
	so := filepath.Join(dir, "2.so")
	if _, err := o.C.Build(&source, so); err != nil {
		t.Fatal(err)
	}
	set, err := load(o, xml, so, plain)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range set.Rules {
		if r.ID != uint32(i+1) {
			t.Errorf("rule %d in place %d", r.ID, i)
		}
		r.Events[0].Expr.Walk(func(e *rule.Expr) {
			if e.Op != rule.Call {
				return
			}
			if got := e.Func.Call([]rule.Value{rule.NumberValue(21)}); got.Num != 42 {
				t.Errorf("rule %d: em_twice(21) is %+v", r.ID, got)
			}
		})
	}
	if err := set.Retire(nil); err != nil {
		t.Error(err)
	}
	if info, err := o.Read(so); err != nil || info.Compiled == "" || info.Compiled == "unknown" || !info.HasCode {
		t.Errorf("%+v %v", info, err)
	}
	if info, err := o.Read(plain); err != nil || info.Compiled != "" || info.HasCode {
		t.Errorf("%+v %v", info, err)
	}
}

func TestErrorsOfAllFiles(t *testing.T) {
	dir := t.TempDir()
	first := write(t, dir, 1, "", "(tcp.dest_port == 80)")
	other := filepath.Join(dir, "other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	second := write(t, other, 1, "", "(tcp.dest_port == 81)")
	broken := filepath.Join(dir, "broken.so")
	if err := os.WriteFile(broken, []byte("<beginning/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := load(opener(t), first, broken, filepath.Join(dir, "missing.xml"), second)
	for _, want := range []string{"rule 1 is there twice", "broken.so: no shared object", "missing.xml"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
