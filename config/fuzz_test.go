package config

import (
	"strings"
	"testing"
)

// fuzzSeeds reach each part of the grammar, sound and broken.
var fuzzSeeds = []string{
	"",
	"probe-id = 1\n# c\nlicense = \"a\\\"b\\n\"\n",
	someFile,
	"input { mode = OFFLINE source = 'a b' snap-len = 0 }",
	"event-report x { enable = true event = ip.2.src attributes = {a.b, \"c.d\",} delta-cond = {} }",
	"query-report q { enable = true select = {avg( diff(meta.utime) ), count(a.b)} where = {} group-by = {a.b} }",
	"security { enable = true exclude-rules = (1,3-5) rules-mask = (1:1,4-6)(2:3) security.smp.ring-size = 1 ip-encapsulation-index = 2 }",
	"mqtt-output { enable = true address = wss://h:1/x }",
	"session-report { enable = true output-channel = {file, stdout} rtt-base = PREFER_SENDER gtp = true }",
	"socket-output { enable = true type = INTERNET port = 1 }",
	"reconstruct-data ftp { enable = true }\nreconstruct-data smtp {",
	"input {\noutput {\n",
	`prefilter { enable = true allow-prefix = {10.0.0.0/8, "src ::1"} deny-port = {tcp/80, udp/1-2} deny-protocol = gre sample = 1:7 }`,
	"a = {b, c\nd = 1",
	"license = \"open\n}",
	"x y z { = , } { {",
	"\ufeff\x00\xff=\\",
}

// FuzzParse: whatever the text, there is either a configuration or errors that
// name the file; and a configuration can be asked everything.
func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("f.conf", text)
		if err == nil {
			c.Unsupported(nil)
			rewrites(t, c)
			return
		}
		errs, ok := err.(Errors)
		if !ok || len(errs) == 0 || len(errs) > maxErrors+1 {
			t.Fatalf("%d errors: %v", len(errs), err)
		}
		for _, e := range errs {
			if !strings.HasPrefix(e.Error(), "f.conf:") {
				t.Errorf("%v does not name the file", e)
			}
		}
	})
}

// rewrites checks that every value, written in the language, reads as itself.
func rewrites(t *testing.T, c *Config) {
	t.Helper()
	for _, b := range blocks {
		b.each(c, func(title string, dst any) {
			for _, o := range b.options {
				written := o.get(dst)
				if written == "" || written == "0" {
					continue // not said
				}
				p := parser{lx: newLexer([]byte("=" + written)), isBlock: isBlock, errs: &problems{}}
				v, ok := p.value(token{text: o.name, line: 1}, p.lx.next(inName))
				if !ok {
					t.Fatalf("%s: %s cannot be parsed", o.name, written)
				}
				if err := o.set(dst, v); err != nil || o.get(dst) != written {
					t.Fatalf("%s: %s reads as %s, %v", o.name, written, o.get(dst), err)
				}
			}
		})
	}
}

// FuzzOverride: whatever the setting, it is applied or refused, naming itself.
func FuzzOverride(f *testing.F) {
	for _, s := range []string{"probe-id=1", "input.source={a} b", "event-report.a.b.enable=true", `license="a"`,
		"session-report.output-channel={file,redis}", "=", "a", ".", "event-report.=", `license="`, "license={"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, setting string) {
		c, err := Load("", []string{"input.mode=OFFLINE", "input.source=a", setting})
		if err == nil {
			c.Unsupported(nil)
			return
		}
		if first := err.(Errors)[0].Error(); !strings.HasPrefix(first, "-X ") && !strings.HasPrefix(first, "input.") {
			t.Errorf("%q does not name its setting", first)
		}
	})
}
