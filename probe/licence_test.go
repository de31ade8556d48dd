package probe

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// licenceLines returns the lines of report 30 that thread 0 writes into files.
func licenceLines(t *testing.T, overrides ...string) (lines []string) {
	t.Helper()
	dir := t.TempDir()
	trace := emptyTrace(t, dir)
	analyse(t, trace, append([]string{"file-output.enable=true", "file-output.output-dir=" + dir, "file-output.output-file=x.csv",
		"file-output.sample-file=false", "output.format=JSON"}, overrides...)...)
	for _, text := range filesOf(t, dir, "x.csv") {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "[30,") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// TestLicence holds that who names a licence is told that it holds, and nobody
// else.
func TestLicence(t *testing.T) {
	if lines := licenceLines(t); len(lines) != 0 {
		t.Errorf("without licence: %q", lines)
	}
	lines := licenceLines(t, "license=/opt/mmt/probe/license.key")
	if len(lines) != 1 {
		t.Fatalf("%q", lines)
	}
	var f []any
	if err := json.Unmarshal([]byte(lines[0]), &f); err != nil || len(f) != 10 {
		t.Fatalf("%d fields in %s: %v", len(f), lines[0], err)
	}
	macs := strings.FieldsFunc(f[6].(string), func(r rune) bool { return r == ',' })
	if f[4] != 6.0 || f[5] != float64(len(macs)) {
		t.Errorf("info %v, %v addresses %q", f[4], f[5], macs)
	}
	if f[7].(float64) < f[3].(float64)+365*24*3600 {
		t.Errorf("at %v it ends %v", f[3], f[7])
	}
}

// emptyTrace makes a trace without packets.
func emptyTrace(t *testing.T, dir string) string {
	t.Helper()
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "empty.pcap")
	if err := os.WriteFile(path, trace.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// filesOf returns what is in the files of a folder whose names end in a way.
func filesOf(t *testing.T, dir, end string) (texts []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"+end))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}
