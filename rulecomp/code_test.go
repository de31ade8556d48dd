package rulecomp

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"mmt/analyzer/security/rule"
)

func TestScanC(t *testing.T) {
	c := scanC(`
// em_comment(x) {
/* em_comment2(x) { } */
static inline bool em_one(const char *agent){
    if( strstr( agent, "em_string(x) {" ) != NULL ) { return em_two(1, (2)); }
    while (x) { '\'' ; }
    return '"';
}
int em_proto(int);
#define em_macro(a) ((a) + 1)
#define NUMBER 5
void on_load ( void )
{ }
`)
	if got, want := slices.Sorted(maps.Keys(c.defined)), []string{"em_macro", "em_one", "on_load"}; !slices.Equal(got, want) {
		t.Errorf("defined %q, want %q", got, want)
	}
	for name, want := range map[string]bool{"em_two": true, "em_proto": true, "NUMBER": true, "em_comment": false, "em_comment2": false, "em_string": false} {
		if c.mayHave(name) != want {
			t.Errorf("may have %s: %v", name, !want)
		}
	}
	if c.includes {
		t.Error("includes something")
	}
	if c := scanC("int x;\n # include <math.h>\n"); !c.includes || !c.mayHave("anything") {
		t.Error("#include not seen")
	}
}

// TestExternal checks which functions embedded C must provide, as their
// signatures tell.
func TestExternal(t *testing.T) {
	c := newCompiler(t)
	c.Functions = map[string]*rule.Function{
		"em_go":  {Name: "em_go", Params: []rule.Kind{rule.Numeric}, Result: rule.Bytes},
		"strlen": {Name: "strlen", Params: []rule.Kind{rule.Bytes}, Result: rule.Numeric, Variadic: true},
	}
	const code = "int em_f(int a) { return a; }\nsize_t strcmp(x) { }\nint em_p(int);"
	for _, test := range []struct{ in, want string }{
		{"(#em_f(tcp.flags, http.uri, 'x', 1) == 1)", "em_f(number bytes bytes number) number"},
		{"(#em_f())", "em_f() number"},
		{"(#em_f() != 0)", "em_f() number"},
		{"(#em_f() == 'x')", "em_f() bytes"},
		{"(http.uri != #em_f())", "em_f() bytes"},
		{"(#em_f() == #em_f(1))", "em_f() number, em_f(number) number"},
		{"(#em_f() + 1 > 2)", "em_f() number"},
		{"((#em_f(1) == 1) && ((#em_f(2) == 3) || (#em_f(3) == '')))", "em_f(number) number, em_f(number) bytes"},
		{"(#strstr(#em_f(1), 'x') != 0)", "em_f(number) bytes"},
		{"(#strlen(#em_f(1), #em_f(2)) != 0)", "em_f(number) bytes"},
		{"(#em_f(#em_f(1)) != 0)", "em_f(number) number"},
		{"(#is_empty(#em_f(1)))", "em_f(number) bytes"},
		{"(#em_p(1))", "em_p(number) number"},
		{"(#strcmp(1) == 0)", "strcmp(number) number"},
		{"(#strcasecmp('x', http.uri) == 0)", ""},
		{"(#em_go(1) == 'x')", ""},
	} {
		f, err := c.Parse("x.xml", property(code, test.in))
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		var got []string
		for _, fn := range f.External {
			if fn.Call != nil {
				t.Errorf("%s: %s can be called", test.in, fn.Name)
			}
			got = append(got, fn.Name+fn.Signature())
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: external %q, want %q", test.in, got, test.want)
		}
	}
	if _, err := c.Parse("x.xml", property("#include <x.h>", "(#em_any(1))")); err != nil {
		t.Errorf("function of a header: %v", err)
	}
	if c.Function("em_go") != c.Functions["em_go"] || c.Function("strlen") != c.Functions["strlen"] ||
		c.Function("strstr") != builtins["strstr"] || c.Function("em_f") != nil {
		t.Error("Function returns others than those that calls use")
	}
}

// TestCode checks the embedded C that a file hands over.
func TestCode(t *testing.T) {
	const in = `<beginning>
<embedded_functions><![CDATA[
void em_react(const rule_info_t *rule) {
}]]></embedded_functions>
<property property_id="1" if_satisfied="em_react"><event boolean_expression="(#em_f(1))"/></property>
<property property_id="2" if_satisfied=" em_react "><event boolean_expression="(#em_f(2))"/></property>
<embedded_functions>
<!-- two
lines --><![CDATA[int em_f(int a) { return a < 1; }
]]></embedded_functions>
</beginning>`
	f, err := newCompiler(t).Parse("x.xml", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	want := "\nvoid em_react(const rule_info_t *rule) {\n}\n\n\n\n\nint em_f(int a) { return a < 1; }\n"
	if f.Code != want || f.CodeLine != 2 {
		t.Errorf("code %q from line %d, want %q", f.Code, f.CodeLine, want)
	}
	lines := strings.Split(in, "\n")
	for i, line := range strings.Split(f.Code, "\n") {
		if !strings.Contains(lines[f.CodeLine-1+i], strings.TrimSpace(line)) {
			t.Errorf("line %d is %q, in the file %q", i+f.CodeLine, line, lines[f.CodeLine-1+i])
		}
	}
	if len(f.Reactions) != 1 || f.Reactions[0].Name != "em_react" || f.Reactions[0].Run != nil {
		t.Errorf("reactions %v", f.Reactions)
	}
	if len(f.Rules) != 2 || f.Rules[0].Reaction != f.Reactions[0] || f.Rules[1].Reaction != f.Reactions[0] {
		t.Error("rules without their reaction")
	}
	if len(f.External) != 1 {
		t.Errorf("%d external functions", len(f.External))
	}
}

func TestCodeAlone(t *testing.T) {
	f, err := newCompiler(t).Parse("x.xml", []byte("<beginning><embedded_functions>int x;</embedded_functions></beginning>"))
	if err != nil || f.Code != "int x;" || f.CodeLine != 1 || len(f.Rules) != 0 {
		t.Errorf("%+v, %v", f, err)
	}
}
