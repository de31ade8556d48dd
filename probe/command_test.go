package probe_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/probe/cli"
)

// childVariable makes the test program be mmt-probe, so that it can be killed
// and has its own working directory.
const childVariable = "PROBE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// confPath is the configuration that all runs here start from.
var confPath, confErr = filepath.Abs(filepath.Join("testdata", "all.conf"))

func conf(t *testing.T) string {
	t.Helper()
	if confErr != nil {
		t.Fatal(confErr)
	}
	return confPath
}

// command is mmt-probe with the test configuration in a working directory.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"-c", conf(t), "--summary=false"}, args...)...)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.Dir = dir
	return cmd
}

// run runs mmt-probe to its end and returns its exit code and what it printed.
func run(t *testing.T, dir string, stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := command(t, dir, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// reports runs mmt-probe, which must succeed, and returns its report lines,
// sorted: their order is no part of what is promised.
func reports(t *testing.T, dir string, stdin io.Reader, args ...string) []string {
	t.Helper()
	code, out, stderr := run(t, dir, stdin, args...)
	if code != 0 {
		t.Fatalf("mmt-probe %s: code %d: %s", strings.Join(args, " "), code, stderr)
	}
	return sorted(out)
}

func sorted(text string) []string { return slices.Sorted(strings.Lines(text)) }

// pcap makes a trace file of packets.
func pcap(t *testing.T, packets []traffic.Packet) []byte {
	t.Helper()
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, packets); err != nil {
		t.Fatal(err)
	}
	return trace.Bytes()
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// withoutSource takes the third field, which names the trace, out of CSV lines.
func withoutSource(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		fields := strings.SplitN(line, ",", 4)
		out[i] = strings.Join(slices.Delete(fields, 2, 3), ",")
	}
	slices.Sort(out)
	return out
}

// same reports the first line in which two sorted sets of lines differ.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(want) == 0 {
		t.Fatalf("%s: there is nothing to compare with", what)
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%s: %d lines, want %d; they differ from line %d on:\n%q\n%q",
				what, len(got), len(want), i+1, got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
}
