package embedded

import (
	"regexp"
	"strings"
)

// parameters returns what stands between the brackets of the definition of a
// function in blanked code.
func parameters(code, name string) (string, bool) {
	definition := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\s*\(([^(){};]*)\)\s*\{`)
	m := definition.FindStringSubmatch(code)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// defines tells whether blanked code defines a function.
func defines(code, name string) bool {
	_, ok := parameters(code, name)
	return ok
}

// declaresNumber tells whether blanked code defines a function whose nth
// parameter, from 0, is no pointer.
func declaresNumber(code, name string, n int) bool {
	list, ok := parameters(code, name)
	if !ok {
		return false
	}
	params := strings.Split(list, ",")
	return n < len(params) && !strings.ContainsAny(params[n], "*[")
}

// functionWord finds the word `function` before the name of a function, as the
// manual writes it in one of its examples (section 4.2).
var functionWord = regexp.MustCompile(`\bfunction(\s+em_\w+\s*\()`)

// dropFunctionWord blanks that word.
func dropFunctionWord(code string) string {
	return functionWord.ReplaceAllString(code, "        $1")
}

// optionPragma finds `#pragma mmt OPTIONS`, options for the compiler.
var optionPragma = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*pragma[ \t]+mmt[ \t]+(.*)$`)

// pragmaOptions returns the compiler options that C code asks for.
func pragmaOptions(code string) []string {
	var options []string
	for _, m := range optionPragma.FindAllStringSubmatch(code, -1) {
		options = append(options, strings.Fields(m[1])...)
	}
	return options
}

// libraryInclude finds the folder, or else the name, of an included header.
var libraryInclude = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]*[<"]([\w+-]+)(?:/|\.h[>"])`)

// includedNames returns the names under which headers that C code includes may
// be known to pkg-config: `hiredis` for "hiredis/hiredis.h".
func includedNames(code string) []string {
	var names []string
	seen := map[string]bool{}
	for _, m := range libraryInclude.FindAllStringSubmatch(code, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			names = append(names, m[1])
		}
	}
	return names
}
