package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// call runs the command and returns its exit code and what it printed.
func call(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--sead 1", "unknown flag: --sead"},
		{"--seed x", "--seed"},
		{"--scale 0", "--scale is 0, must be at least 1"},
		{"--mixed 0", "--mixed is 0, must be at least 1"},
		{"--mixed 5 --scale 2", "neither --scenario nor --scale"},
		{"--mixed 5 --scenario web", "neither --scenario nor --scale"},
		{"--scenario web,dnz", `unknown scenario "dnz" (did you mean "dns"?)`},
		{"web", `unexpected argument "web"`},
	} {
		code, stdout, stderr := call(strings.Fields(c.args)...)
		if code != exitUsage || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "mmt-gen --help") || stdout != "" {
			t.Errorf("%s: code %d, output %q, error %q; want %d and %q", c.args, code, stdout, stderr, exitUsage, c.want)
		}
		if strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: the error is not one line: %q", c.args, stderr)
		}
	}
}

func TestHelpVersionList(t *testing.T) {
	for flag, want := range map[string][]string{
		"--help":    {"Usage:", "--seed", "--scale", "--scenario", "--mixed", "--output", "(default 1)", "Exit codes"},
		"--version": {"mmt-gen "},
		"--list":    {"quic ", "web ", "QinQ"},
	} {
		code, stdout, stderr := call(flag)
		if code != exitOK || stderr != "" {
			t.Errorf("%s: code %d, error %q", flag, code, stderr)
		}
		for _, w := range want {
			if !strings.Contains(stdout, w) {
				t.Errorf("%s does not print %q:\n%s", flag, w, stdout)
			}
		}
	}
	if _, stdout, _ := call("--list"); strings.Count(stdout, "\n") != len(traffic.Scenarios()) {
		t.Errorf("--list prints\n%s", stdout)
	}
}

// trace is what the library makes of the same wishes.
func trace(t *testing.T, packets []traffic.Packet) string {
	t.Helper()
	var w bytes.Buffer
	if err := traffic.WritePcap(&w, packets); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

func TestTraces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.pcap")
	code, _, stderr := call("--seed", "9", "--scale", "2", "--scenario", "dns,ntp", "-o", file)
	if code != exitOK || !strings.HasPrefix(stderr, file+": ") {
		t.Fatalf("code %d, %s", code, stderr)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != trace(t, traffic.Generate(9, []string{"dns", "ntp"}, 2)) {
		t.Error("the file holds another trace than the library makes")
	}
	if _, stdout, _ := call("--mixed", "20", "-o", "-"); stdout != trace(t, traffic.Mixed(1, 20)) {
		t.Error("standard output holds another mix than the library makes")
	}
}

func TestCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "missing", "x.pcap")
	if code, _, stderr := call("--scenario", "ntp", "-o", file); code != exitWrite || !strings.Contains(stderr, file) {
		t.Errorf("code %d, error %q; want %d and the name of the file", code, stderr, exitWrite)
	}
}
