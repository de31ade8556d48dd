package security_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/proto/prototest"
	"mmt/analyzer/security"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/dataplane"
	"mmt/rulecomp"
)

// corpus is where traces with known verdicts are, outside the repository.
const corpus = "../../../shared/corpus/security"

// needCorpus skips a test where the corpus is absent.
func needCorpus(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("no corpus of security traces: ", err)
	}
}

// corpusRules compiles the rules of the corpus.
func corpusRules(t *testing.T, reg *dpi.Registry) []*rule.Rule {
	t.Helper()
	paths, err := rulecomp.FindRules(filepath.Join(corpus, "rules"))
	if err != nil {
		t.Fatal(err)
	}
	c := rulecomp.Compiler{Registry: reg}
	var files []*rulecomp.File
	for _, path := range paths {
		f, err := c.ParseFile(path)
		if err != nil {
			t.Log(err)
			continue
		}
		files = append(files, f)
	}
	rules, err := rulecomp.Join(files)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// verdictText is what is compared of a verdict.
func verdictText(v *rule.Verdict) string {
	return fmt.Sprintf("%d,%v,%v,%s", v.Rule.ID, v.Outcome, v.Rule.Type, v.AppendHistory(nil))
}

// TestCorpus wants the known verdicts of every trace, whatever the number of
// threads.
func TestCorpus(t *testing.T) {
	needCorpus(t)
	files, err := filepath.Glob(filepath.Join(corpus, "expected", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatal("no expected verdicts: ", err)
	}
	reg, services, err := proto.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules := corpusRules(t, reg)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		for threads := range 3 {
			t.Run(fmt.Sprintf("%s/threads=%d", name, threads), func(t *testing.T) {
				want, named := expected(t, file)
				got := verdictsOf(t, reg, services, rules, filepath.Join(corpus, "pcap", name+".pcap"), threads)
				for id := range got {
					if !named[strings.SplitN(id, ",", 2)[0]] {
						delete(got, id)
					}
				}
				compareCounts(t, got, want)
			})
		}
	}
}

// compareCounts compares two multisets.
func compareCounts(t *testing.T, got, want map[string]int) {
	t.Helper()
	for v, n := range want {
		if got[v] != n {
			t.Errorf("%d times instead of %d: %s", got[v], n, v)
		}
	}
	for v, n := range got {
		if want[v] == 0 {
			t.Errorf("%d times, not expected: %s", n, v)
		}
	}
}

// expected reads verdicts as report lines: property id, verdict, type, history.
func expected(t *testing.T, path string) (verdicts map[string]int, rules map[string]bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	verdicts, rules = map[string]int{}, map[string]bool{}
	for line := range strings.Lines(string(data)) {
		head, history, ok := strings.Cut(strings.TrimSpace(line), ",{")
		f := strings.SplitN(head, ",", 8)
		if !ok || f[0] != "10" {
			continue
		}
		if !json.Valid([]byte("{" + history)) {
			t.Fatalf("history that is no JSON: %s", history)
		}
		verdicts[fmt.Sprintf("%s,%s,%s,{%s", f[4], strings.Trim(f[5], `"`), strings.Trim(f[6], `"`), history)]++
		rules[f[4]] = true
	}
	return verdicts, rules
}

// verdictsOf verifies rules on a trace and counts the verdicts.
func verdictsOf(t *testing.T, reg *dpi.Registry, services dpi.Services, rules []*rule.Rule, path string, threads int) map[string]int {
	t.Helper()
	lines := make(chan string, 1000)
	engine, err := security.NewEngine(rules, security.Options{
		Threads: threads, Verdict: func(_ int, v *rule.Verdict) { lines <- verdictText(v) },
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	done := make(chan struct{})
	go func() {
		for line := range lines {
			got[line]++
		}
		close(done)
	}()
	table := session.NewTable(session.Config{})
	h, err := dpi.NewHandler(reg, table, dpi.Options{Services: services, Defragmenter: table})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Attach(h, 1); err != nil {
		t.Fatal(err)
	}
	prototest.Replay(t, path, func(b *dataplane.Burst) {
		h.Process(b.Packets[:b.N])
		engine.Flush(h.Packets())
	})
	engine.Close()
	close(lines)
	<-done
	return got
}
