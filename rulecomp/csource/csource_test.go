package csource

import (
	"strings"
	"testing"
)

func TestBlank(t *testing.T) {
	for code, want := range map[string]string{
		"a // b\nc":        "a     \nc",
		"a /* b\n */ c":    "a     \n    c",
		`x("a\"b", '"') y`: `x(      ,    ) y`,
		"a / b /":          "a / b /",
		"\"open\nc":        "     \nc",
		"/* open":          "       ",
	} {
		if got := Blank(code); got != want {
			t.Errorf("%q becomes %q, want %q", code, got, want)
		}
	}
}

// FuzzBlank requires that blanking changes no place and no line.
func FuzzBlank(f *testing.F) {
	f.Add("int a; // b\n/* c \" */ \"d\\\"\" 'e'")
	f.Add("/*")
	f.Add("\"\\")
	f.Fuzz(func(t *testing.T, code string) {
		got := Blank(code)
		if len(got) != len(code) || strings.Count(got, "\n") != strings.Count(code, "\n") {
			t.Errorf("%q becomes %q", code, got)
		}
	})
}
