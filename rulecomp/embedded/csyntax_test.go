package embedded

import (
	"reflect"
	"strings"
	"testing"

	"mmt/rulecomp/csource"
)

func TestCSyntax(t *testing.T) {
	code := `
// void on_load() {}
/* void on_load() {} */
#pragma mmt -lhiredis -I/a
#include "hiredis/hiredis.h"
#include <zlib.h>
#include <sys/time.h>
const char *text = "void on_load() {} \" {"; char c = '"';
void on_load(void);
static int em_a(const void *t, double x,
	int n[3]) { return on_unload(); }
void on_unload( )
{ }
static inline bool function em_b( double port ) { return 1; }
int function_of(int function) { return function; }
`
	blanked := csource.Blank(code)
	if defines(blanked, onLoad) || !defines(blanked, onUnload) || !defines(blanked, "em_a") || defines(blanked, "em") {
		t.Errorf("definitions are misread in\n%s", blanked)
	}
	for n, want := range []bool{false, true, false, false} {
		if got := declaresNumber(blanked, "em_a", n); got != want {
			t.Errorf("parameter %d is a number: %v", n, got)
		}
	}
	if got := pragmaOptions(code); !reflect.DeepEqual(got, []string{"-lhiredis", "-I/a"}) {
		t.Errorf("options %v", got)
	}
	if got := includedNames(code); !reflect.DeepEqual(got, []string{"hiredis", "zlib", "sys"}) {
		t.Errorf("included %v", got)
	}
	want := strings.Replace(code, "bool function em_b", "bool          em_b", 1)
	if got := dropFunctionWord(code); got != want {
		t.Errorf("without the word:\n%s", got)
	}
}

func TestProtocolConstants(t *testing.T) {
	text := string(protocolNumbers())
	for _, want := range []string{"\tPROTO_META = 1,\n", "\tPROTO_8021Q = 7,\n", "\tPROTO_IP = 178,\n", "\tPROTO_TCP = 354,\n", "\tPROTO_HTTP = 153,\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q", want)
		}
	}
}

// FuzzDeclaresNumber requires that no text stops the search for definitions.
func FuzzDeclaresNumber(f *testing.F) {
	f.Add("void on_load(int a, char *b) {")
	f.Add("on_load(,){")
	f.Fuzz(func(t *testing.T, code string) {
		for n := range 3 {
			declaresNumber(code, onLoad, n)
		}
	})
}
