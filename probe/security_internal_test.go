package probe

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"mmt/analyzer/security"
	"mmt/config"
	"mmt/verifier"
)

// configured loads a configuration of one security block.
func configured(t *testing.T, block string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.conf")
	if err := os.WriteFile(path, []byte("input { mode = OFFLINE source = \"x\" }\nsecurity {\n enable = true\n"+block+"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSecurityOptions: the block goes before the settings of manual section 3.3,
// and those before the defaults.
func TestSecurityOptions(t *testing.T) {
	settings := verifier.Settings{MaxMessage: 3000, RingSize: 2000, MaxInstances: 500, IgnoreDescription: 20}
	o := securityOptions(configured(t, "security.smp.ring-size = 77\n"), &settings)
	if e := o.Engine; e.MaxMessage != 3000 || e.RingSize != 77 || e.MaxInstances != 500 || o.IgnoreDescription != 20 || o.NoDescription {
		t.Errorf("%+v", o)
	}
	defaults := verifier.DefaultSettings()
	o = securityOptions(configured(t, ""), &defaults)
	if e := o.Engine; e.MaxMessage != 60000 || e.RingSize != 1000 || e.MaxInstances != 100000 || o.IgnoreDescription != 0 || e.Lose || e.IgnoreFlow || e.Mask != nil {
		t.Errorf("%+v", o)
	}
	o = securityOptions(configured(t, `thread-nb = 3
 exclude-rules = "(50-100)"
 rules-mask = "(1:1,4-6)(2:3)"
 report-rule-description = false
 ignore-remain-flow = true
 input.max-message-size = 1000
 security.max-instances = 10`), &settings)
	want := security.Options{
		Threads: 3, Exclude: security.Ranges{{First: 50, Last: 100}}, IgnoreFlow: true, MaxMessage: 1000, MaxInstances: 10, RingSize: 2000,
		Mask: map[int]security.Ranges{1: {{First: 1, Last: 1}, {First: 4, Last: 6}}, 2: {{First: 3, Last: 3}}},
	}
	if !reflect.DeepEqual(o.Engine, want) || !o.NoDescription {
		t.Errorf("%+v, want %+v", o, want)
	}
}

// TestUnverified counts rules that no thread gets.
func TestUnverified(t *testing.T) {
	one, three := security.Ranges{{First: 1, Last: 1}}, security.Ranges{{First: 3, Last: 3}}
	for _, c := range []struct {
		threads int
		mask    map[int]security.Ranges
		want    int
	}{
		{0, nil, 0}, {2, nil, 0}, {2, map[int]security.Ranges{1: one, 2: three}, 2}, {3, map[int]security.Ranges{1: one, 2: three}, 0},
		{1, map[int]security.Ranges{1: {{First: 1, Last: 4}}}, 0},
	} {
		if got := unverified(&security.Options{Threads: c.threads, Mask: c.mask}, []uint32{1, 2, 3, 4}); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// TestSummaryOfSecurity: people are told what was not verified and why.
func TestSummaryOfSecurity(t *testing.T) {
	s := &SecurityResult{
		Rules: 12, From: "./rules", Unverified: 1, Crashed: []string{"#em_x of rules/3.xml"},
		Stats: security.Stats{Verdicts: 78, Refused: 2, NoMemory: 3, Lost: 4, Truncated: 5, Panics: 6, GivenUp: 7},
	}
	for i := range 12 {
		s.Verdicts = append(s.Verdicts, RuleVerdicts{uint32(i + 1), strings.Repeat("word ", 20), uint64(12 - i)})
	}
	var out strings.Builder
	(&Result{Security: s}).Summary(&out)
	for _, want := range []string{
		"rules     12 of ./rules verified, 78 verdicts\n", " 1 rules not verified", " 2 instances refused (raise security.max-instances)",
		" 3 instances given up for lack of memory", " 4 packets not verified", " 5 attribute values", " 6 functions and attributes", " 7 instances given up after",
		"#em_x of rules/3.xml crashed", fmt.Sprintf("%-8d %10d  word word", 10, 3), "\n2 more rules have given verdicts\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), strings.Repeat("word ", 15)) {
		t.Error("a long description is not cut")
	}
}

// logged is a run that keeps its log.
func logged(c *config.Config) (*Run, *bytes.Buffer) {
	var log bytes.Buffer
	return &Run{Config: c, Log: slog.New(slog.NewTextHandler(&log, nil)), Stdout: io.Discard}, &log
}

// TestSettingsFile: what the settings file says wrong stops the start, what it
// says besides is told.
func TestSettingsFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("s.conf", []byte("security.ring_size 5\nsecurity.max_instances x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, log := logged(configured(t, ""))
	r.settingsFile = "s.conf"
	if _, err := r.Do(t.Context()); err == nil || !strings.Contains(err.Error(), "s.conf:2: security.max_instances") {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(log.String(), "s.conf:1: unknown setting") {
		t.Errorf("log: %s", log)
	}
}
