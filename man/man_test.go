package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	show "mmt/analyzer/show/cli"
	"mmt/config"
	probe "mmt/probe/cli"
	rules "mmt/rulecomp/cli"
	verifier "mmt/verifier/cli"
)

// commands are those whose help can be had without building them.
var commands = map[string]func([]string, io.Writer, io.Writer) int{
	"mmt-probe": probe.Main, "mmt-dpi": show.Main, "compile_rule": rules.Compile, "rule_info": rules.Info,
	"mmt_sec_standalone": verifier.Standalone, "mmt_sec_server": verifier.Server,
}

// plain is what a reader sees of a page, with blanks for all white space.
func plain(page string) string {
	page = strings.NewReplacer(`\fB`, "", `\fR`, "", `\-`, "-", `\e`, `\`, `\(ti`, "~", `\(ha`, "^", `\(ga`, "`", `\&`, "").Replace(page)
	return strings.Join(strings.Fields(page), " ")
}

// TestPages: each page has every option of the help, and every word of it.
func TestPages(t *testing.T) {
	flag := regexp.MustCompile(`(?m)^\s+(-\w, )?(--[\w-]+)`)
	for name, main := range commands {
		var help, errs bytes.Buffer
		if code := main([]string{"--help"}, &help, &errs); code != 0 {
			t.Fatalf("%s --help: %d %s", name, code, errs.String())
		}
		page := commandPage(name, "1", help.String())
		text := plain(page)
		for _, m := range flag.FindAllStringSubmatch(help.String(), -1) {
			if !strings.Contains(page, ".TP\n\\fB"+escape(m[1]+m[2])) {
				t.Errorf("%s: %s%s is no item of the page", name, m[1], m[2])
			}
		}
		for word := range strings.FieldsSeq(strings.ReplaceAll(help.String(), "Usage:", "")) {
			if !strings.Contains(text, word) {
				t.Errorf("%s: %q is not in the page", name, word)
			}
		}
		for _, part := range []string{".TH ", ".SH NAME\n", ".SH SYNOPSIS\n", ".SH DESCRIPTION\n"} {
			if strings.Count(page, part) != 1 {
				t.Errorf("%s: %q is in the page %d times", name, part, strings.Count(page, part))
			}
		}
	}
}

func TestCommandPage(t *testing.T) {
	const help = "Does it, well. Always.\n\nUsage: x [-a]\n       x -b\n\n.dot\nand more\n\n  -a, --all FILE   all ~ of\n                   it\n  -b               b\n\nname  what\n\nExit codes: 0 done.\n"
	want := ".TH X 1 \"\" \"MMT\" \"User commands\"\n.SH NAME\nx \\- does it\n.SH SYNOPSIS\n.PP\n.nf\nx [\\-a]\nx \\-b\n.fi\n" +
		".SH DESCRIPTION\n.PP\nDoes it, well. Always.\n.PP\n\\&.dot\nand more\n.PP\n.nf\nname  what\n.fi\n" +
		".SH OPTIONS\n.TP\n\\fB\\-a, \\-\\-all FILE\\fR\nall \\(ti of\nit\n.TP\n\\fB\\-b\\fR\nb\n.SH EXIT STATUS\n.PP\nExit codes: 0 done.\n"
	if got := commandPage("x", "1", help); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestConfigPage: every option is in it, and its example is a configuration.
func TestConfigPage(t *testing.T) {
	page := configPage(config.Overridable())
	for _, o := range config.Overridable() {
		if !strings.Contains(page, ".TP\n\\fB"+escape(o.Name)+"\\fR\n"+escapeLines(o.Help)) {
			t.Errorf("%s is not in the page", o.Name)
		}
	}
	if strings.Count(page, "\n.SS event\\-report.NAME\n") != 1 || strings.Count(page, "\n.SS input\n") != 1 {
		t.Error("options of a block are not together")
	}
	_, example, _ := strings.Cut(page, ".nf\n")
	example, _, _ = strings.Cut(example, ".fi\n")
	if _, err := config.Parse("example", []byte(strings.ReplaceAll(example, `\-`, "-"))); err != nil {
		t.Error(err)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "prog")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho Shows $1.\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(dir, "out"), []string{program + ":8"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "out", "prog.8"))
	if err != nil || !strings.Contains(string(text), `prog \- shows \-\-help`) {
		t.Errorf("%s %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "mmt-probe.conf.5")); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]string{nil, {program}, {dir + "/none:1"}} {
		if write(filepath.Join(dir, "out"), bad) == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
