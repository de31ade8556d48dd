package rules

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security"
	"mmt/analyzer/security/reference"
	"mmt/analyzer/security/rule"
	"mmt/analyzer/session"
	"mmt/dataplane"
	"mmt/rulecomp"
)

// registry is that of all protocols, made once.
var registry = sync.OnceValues(proto.NewRegistry)

// compile reads rules from the files of the package.
func compile(t *testing.T, files []string) (rules []*rule.Rule) {
	t.Helper()
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	c := &rulecomp.Compiler{Registry: reg}
	for _, name := range files {
		data, err := Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, f.Rules...)
	}
	return rules
}

// newHandler makes a handler that follows sessions, and puts IP fragments
// together if defragment is set.
func newHandler(t *testing.T, defragment bool) *dpi.Handler {
	t.Helper()
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	table := session.NewTable(session.Config{Max: 1 << 12})
	options := dpi.Options{}
	if defragment {
		options.Defragmenter = table
	}
	h, err := dpi.NewHandler(reg, table, options)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// verdictsOf runs rules on a trace and returns their verdicts, in their order,
// as "ID OUTCOME EVENT@PACKET ...": 1000 detected 1@1 2@4.
func verdictsOf(t *testing.T, files []string, packets []dataplane.Packet, defragment bool) (lines []string) {
	t.Helper()
	h := newHandler(t, defragment)
	e, err := security.NewEngine(compile(t, files), security.Options{Verdict: func(_ int, v *rule.Verdict) {
		lines = append(lines, lineOf(reference.VerdictOf(v)))
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := e.Attach(h, 1); err != nil {
		t.Fatal(err)
	}
	h.Process(packets)
	return lines
}

// lineOf returns a verdict in short.
func lineOf(v *reference.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", v.Rule, v.Outcome)
	for _, o := range v.History {
		fmt.Fprintf(&b, " %d@%d", o.Event, o.Counter)
	}
	return b.String()
}
