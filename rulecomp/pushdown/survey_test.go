package pushdown

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp"
	"mmt/rulecomp/rulefile"
)

func TestSurvey(t *testing.T) {
	reg, rules := builtIn(t)
	for _, r := range rules {
		p := Analyze([]*rule.Rule{r}, Options{Registry: reg})
		t.Log(r.ID, p.Explain())
	}
	p := Analyze(rules, Options{Registry: reg})
	t.Log(p.Explain())
}

// builtIn returns the rules that are part of the program.
func builtIn(t testing.TB) (*dpi.Registry, []*rule.Rule) {
	t.Helper()
	reg, err := proto.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := rulefile.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	c := rulecomp.Compiler{Registry: reg}
	var rules []*rule.Rule
	for _, text := range texts {
		f, err := c.Parse(text.Path, text.Content)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, f.Rules...)
	}
	return reg, rules
}
