package rulecomp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmt/analyzer/proto"
)

// newCompiler returns a compiler with all protocols.
func newCompiler(t testing.TB) *Compiler {
	t.Helper()
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	return &Compiler{Registry: reg}
}

// TestExistingRules compiles a set of rule files in use.
func TestExistingRules(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "corpus", "security", "rules")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no rule files to compile: %v", err)
	}
	paths, err := FindRules(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := newCompiler(t)
	var files []*File
	missing := 0
	for _, path := range paths {
		if filepath.Base(path) == "78.inband_telemetry.xml" {
			if _, a := c.Registry.AttributeByName("int", "hop_switch_ids"); a == nil {
				t.Logf("%s: not compiled, the protocol int has no dissector", path)
				missing++
				continue
			}
		}
		f, err := c.ParseFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		files = append(files, f)
		checkFile(t, c, f)
		for _, r := range f.Rules {
			if !strings.HasPrefix(r.Source, path+":") || len(r.Events) == 0 {
				t.Errorf("%s: rule %d: source %q, %d events", path, r.ID, r.Source, len(r.Events))
			}
		}
	}
	rules, err := Join(files)
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != len(paths)-missing {
		t.Errorf("%d rules of %d files", len(rules), len(paths))
	}
}
