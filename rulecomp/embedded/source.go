package embedded

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
	"mmt/rulecomp/csource"
	"mmt/rulecomp/sofile"
	"mmt/version"
)

// maxParameters is how many parameters an embedded function may have
// (MMT_ARGUMENTS in mmt_guard.h).
const maxParameters = 16

// Source is a property file that was read and checked. It has the fields of
// rulecomp.File, so that one converts to the other.
type Source struct {
	Path      string
	Rules     []*rule.Rule
	Code      string // embedded C; its line n is line CodeLine+n-1 of the file
	CodeLine  int
	External  []*rule.Function // functions that the embedded C provides
	Reactions []*rule.Reaction // reactive functions that it provides
}

// NeedsC tells whether the file needs a C compiler.
func (s *Source) NeedsC() bool {
	return strings.TrimSpace(s.Code) != "" || len(s.External) > 0 || len(s.Reactions) > 0
}

// madeBy starts the first line of the text in compiled files.
const madeBy = "; compiled by MMT "

// Text returns the text form of the properties with a first line that says
// where it comes from.
func (s *Source) Text() []byte {
	text := fmt.Appendf(nil, madeBy+"%s from %s\n", version.String(), strings.ReplaceAll(s.Path, "\n", " "))
	return s.set().AppendText(text)
}

func (s *Source) set() *rule.Set {
	return &rule.Set{Rules: s.Rules, External: s.External, Reactions: s.Reactions}
}

// CompiledBy returns the version that the text of a compiled file comes from,
// "unknown" if it does not tell.
func CompiledBy(text []byte) string {
	line, _, _ := strings.Cut(string(text[:min(len(text), 4096)]), "\n")
	made, ok := strings.CutPrefix(line, madeBy)
	by, _, from := strings.Cut(made, " from ")
	if !ok || !from {
		return "unknown"
	}
	return by
}

// Generate returns the C source of the compiled rule file: the properties as
// text, one line each, the embedded C as it stands, and wrappers around the
// functions. All of it may be edited by hand.
func (s *Source) Generate() ([]byte, error) {
	g := &generator{source: s, code: csource.Blank(s.Code)}
	g.printf("/* Made by compile_rule (MMT %s) from %s. */\n#define _GNU_SOURCE\n", version.Number, strings.ReplaceAll(s.Path, "*/", "* /"))
	if s.NeedsC() {
		g.printf("#include \"mmt_guard.h\"\n#include \"mmt_lib.h\"\n#include \"pre_embedded_functions.h\"\n")
	}
	g.properties()
	if s.NeedsC() {
		g.printf("\n#line %d %s\n%s\n", max(s.CodeLine, 1), quote(s.Path), dropFunctionWord(s.Code))
		if err := g.module(); err != nil {
			return nil, err
		}
	}
	return g.out.Bytes(), nil
}

// generator writes C source.
type generator struct {
	source *Source
	code   string // the embedded C without comments and strings
	out    bytes.Buffer
	table  []string // entries of the table of functions
}

func (g *generator) printf(format string, args ...any) { fmt.Fprintf(&g.out, format, args...) }

// properties writes the text form as a string literal.
func (g *generator) properties() {
	g.printf("\n/* The properties. */\nstatic const char mmt_properties[] __attribute__((section(%s), used)) =\n", quote(sofile.Section))
	for line := range strings.Lines(string(g.source.Text())) {
		g.printf("\t%s\n", quote(line))
	}
	g.printf("\t;\n")
}

// module writes the wrappers and the table that the loader reads.
func (g *generator) module() error {
	g.printf("\n#line 1 \"<made by compile_rule>\"\n#include \"mmt_module.h\"\n")
	g.printf("#pragma GCC diagnostic error \"-Wint-conversion\"\n#pragma GCC diagnostic error \"-Wimplicit-function-declaration\"\n")
	g.printf("#pragma GCC diagnostic error \"-Wincompatible-pointer-types\"\n")
	for i, f := range g.source.External {
		if err := g.function(i, f); err != nil {
			return err
		}
	}
	for i, r := range g.source.Reactions {
		g.reaction(i, r)
	}
	for _, name := range []string{onLoad, onUnload} {
		if defines(g.code, name) {
			g.printf("static void mmt_%s(struct mmt_frame *f)\n{\n\t(void)f;\n\t%s();\n}\n", name, name)
			g.entry(name, "mmt_"+name)
		}
	}
	g.entry(flush, "mmt_flush")
	g.printf("static const struct mmt_function mmt_functions[] = {\n%s\t{NULL, NULL}};\nMMT_MODULE(mmt_functions);\n", strings.Join(g.table, ""))
	return nil
}

// Functions that are called once each.
const (
	onLoad   = "on_load"
	onUnload = "on_unload"
	flush    = "flush" // after on_unload
)

func (g *generator) entry(key, wrapper string) {
	g.table = append(g.table, fmt.Sprintf("\t{%s, %s},\n", quote(key), wrapper))
}

// functionKey is the name of a function in the table.
func functionKey(f *rule.Function) string { return f.Name + " " + f.Signature() }

// reactionKey is the name of a reactive function in the table.
func reactionKey(r *rule.Reaction) string { return "react " + r.Name }

// function writes the wrapper of an embedded function.
func (g *generator) function(i int, f *rule.Function) error {
	if len(f.Params) > maxParameters {
		return fmt.Errorf("%s: #%s has %d parameters, an embedded function takes at most %d", g.placeOf(f), f.Name, len(f.Params), maxParameters)
	}
	args := make([]string, len(f.Params))
	for n := range f.Params {
		pointer, err := g.byPointer(f, n)
		if err != nil {
			return err
		}
		args[n] = fmt.Sprintf("f->arguments[%d].number", n)
		if pointer {
			args[n] = fmt.Sprintf("f->arguments[%d].pointer", n)
		}
	}
	g.line(f)
	call := fmt.Sprintf("%s(%s)", f.Name, strings.Join(args, ", "))
	g.printf("static void mmt_call_%d(struct mmt_frame *f) { (void)f; ", i)
	if f.Result == rule.Bytes {
		g.printf("const void *r = %s; f->text = (char *)(uintptr_t)r; }\n", call)
	} else {
		g.printf("f->number = MMT_NUMBER(%s); }\n", call)
	}
	g.entry(functionKey(f), fmt.Sprintf("mmt_call_%d", i))
	return nil
}

// byPointer tells whether parameter n of a function is a pointer: everything
// that is no number, and times, unless the C code declares a number there.
func (g *generator) byPointer(f *rule.Function, n int) (bool, error) {
	if f.Params[n] != rule.Numeric {
		return true, nil
	}
	times, numbers := 0, 0
	for _, r := range g.source.Rules {
		eachCall(r, f, func(args []*rule.Expr) {
			if a := args[n]; a.Op == rule.Attr && r.Attributes[a.Index].Type == dpi.TimeVal {
				times++
			} else {
				numbers++
			}
		})
	}
	if times == 0 || declaresNumber(g.code, f.Name, n) {
		return false, nil
	}
	if numbers > 0 {
		return false, fmt.Errorf("%s: parameter %d of #%s is a time in one call and a number in another (declare it as double or use two functions)", g.placeOf(f), n+1, f.Name)
	}
	return true, nil
}

// eachCall calls yield for every call of a function in a rule.
func eachCall(r *rule.Rule, f *rule.Function, yield func(args []*rule.Expr)) {
	for i := range r.Events {
		r.Events[i].Expr.Walk(func(e *rule.Expr) {
			if e.Op == rule.Call && e.Func == f {
				yield(e.Args)
			}
		})
	}
}

// reaction writes the wrapper of a reactive function. Its arguments are the
// property, the verdict, the time, the packet's number and the trace.
func (g *generator) reaction(i int, r *rule.Reaction) {
	for _, user := range g.source.Rules {
		if user.Reaction == r {
			g.lineOf(user.Source)
			break
		}
	}
	g.printf("static void mmt_react_%d(struct mmt_frame *f) { %s(f->arguments[0].pointer, (int)f->arguments[1].number, "+
		"(uint64_t)(uintptr_t)f->arguments[2].pointer, (uint64_t)(uintptr_t)f->arguments[3].pointer, f->arguments[4].pointer); fflush(stdout); }\n", i, r.Name)
	g.entry(reactionKey(r), fmt.Sprintf("mmt_react_%d", i))
}

// line makes the compiler name the property that calls a function first.
func (g *generator) line(f *rule.Function) { g.lineOf(g.placeOf(f)) }

func (g *generator) lineOf(place string) {
	path, line, _ := cutLast(place, ":")
	if n, err := strconv.Atoi(line); err == nil && n > 0 {
		g.printf("#line %d %s\n", n, quote(path))
	}
}

// placeOf returns the file and line of the first property that calls f.
func (g *generator) placeOf(f *rule.Function) string {
	place := g.source.Path
	for i := len(g.source.Rules) - 1; i >= 0; i-- {
		r := g.source.Rules[i]
		eachCall(r, f, func([]*rule.Expr) { place = r.Source })
	}
	return place
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// quote returns a C string literal.
func quote(s string) string {
	b := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, "\\%03o", c)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}
