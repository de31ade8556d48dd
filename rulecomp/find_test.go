package rulecomp

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mmt/analyzer/security/rule"
)

func TestFindRules(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"10.x.xml", "2.y.so", "2.a.XML", "b.xml", "a.xml", "3.txt", "README", "99999999999999999999999.xml"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "1.xml"), 0o700); err != nil {
		t.Fatal(err)
	}
	paths, err := FindRules(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	if want := []string{"2.a.XML", "2.y.so", "10.x.xml", "99999999999999999999999.xml", "a.xml", "b.xml"}; !slices.Equal(paths, want) {
		t.Errorf("found %q, want %q", paths, want)
	}
	if _, err := FindRules(filepath.Join(dir, "none")); err == nil {
		t.Error("no error for a folder that does not exist")
	}
}

func TestDefaultDir(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := DefaultDir()
	if info, statErr := os.Stat(systemDir); statErr == nil && info.IsDir() {
		if dir != systemDir || err != nil {
			t.Errorf("%q, %v, want %s", dir, err, systemDir)
		}
	} else if want := "no folder of rules: neither ./rules nor /opt/mmt/security/rules exists"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := os.Mkdir("rules", 0o700); err != nil {
		t.Fatal(err)
	}
	if dir, err := DefaultDir(); dir != "./rules" || err != nil {
		t.Errorf("%q, %v, want ./rules", dir, err)
	}
}

func TestJoin(t *testing.T) {
	a := &File{Rules: []*rule.Rule{{ID: 5, Source: "a.xml:2"}, {ID: 1, Source: "a.xml:9"}}}
	b := &File{Rules: []*rule.Rule{{ID: 3, Source: "b.xml:2"}}}
	rules, err := Join([]*File{a, b})
	if err != nil || len(rules) != 3 || rules[0].ID != 1 || rules[1].ID != 3 || rules[2].ID != 5 {
		t.Errorf("%v, %v", rules, err)
	}
	c := &File{Rules: []*rule.Rule{{ID: 5, Source: "c.xml:7"}}}
	_, err = Join([]*File{a, b, c})
	if want := "c.xml:7: rule 5 is there twice, first in a.xml:2 (give one of them another property_id)"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if rules, err := Join(nil); len(rules) != 0 || err != nil {
		t.Errorf("no files: %v, %v", rules, err)
	}
}

func TestParseFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.xml")
	c := newCompiler(t)
	if _, err := c.ParseFile(path); !os.IsNotExist(err) {
		t.Errorf("error %v for a file that does not exist", err)
	}
	if err := os.WriteFile(path, property("", "(tcp.syn == 1)"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := c.ParseFile(path)
	if err != nil || f.Path != path || f.Rules[0].Source != path+":1" {
		t.Errorf("%+v, %v", f, err)
	}
	if err := os.Truncate(path, maxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ParseFile(path); err == nil || err.Error() != path+": the file is larger than 16 MiB: split it" {
		t.Errorf("error %v for a file that is too large", err)
	}
}
