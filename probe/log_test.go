package probe_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmt/bench/traffic"
)

// TestLogFile: the log goes to its file, to a new one after that was moved away
// and SIGHUP came, which ends no run; and a log that cannot be written ends none.
func TestLogFile(t *testing.T) {
	dir, trace := t.TempDir(), pcap(t, traffic.Generate(1, []string{"dns"}, 1))
	log := filepath.Join(dir, "probe.log")
	cmd := command(t, dir, "-t", "-", "-X", "logfile=probe.log", "-X", "license=none.key")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitFile(t, log, " mmt-probe warning: -X license=none.key: license has no effect")
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	awaitFile(t, log, "")
	if _, err := in.Write(trace[:len(trace)-7]); err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("a cut trace: %v %s", err, stderr.String())
	}
	awaitFile(t, log, " mmt-probe error: ")
	awaitFile(t, log, "damaged at byte")
	for _, c := range []struct{ level, file, want string }{
		{"7", "/dev/full", "-"}, {"1", "-", "license has no effect"}, {"2", "-", "license has no effect"}, {"0", "-", "-"},
	} {
		code, _, stderr := run(t, dir, bytes.NewReader(trace), "-t", "-", "-X", "license=none.key", "-X", "logfile="+c.file, "-X", "loglevel="+c.level)
		if code != 0 || c.want != "-" && strings.Count(stderr, c.want) != 1 || c.level == "0" && strings.Contains(stderr, "license") {
			t.Errorf("loglevel %s into %s: code %d, %s", c.level, c.file, code, stderr)
		}
	}
}

// awaitFile waits until a file has a text in it.
func awaitFile(t *testing.T, path, want string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q never was in %s: %q %v", want, path, text, err)
		}
	}
}
