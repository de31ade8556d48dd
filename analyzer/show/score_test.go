package show

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// The figures that classification must reach on the labelled traces: flows
// recognised, averaged over pairs of trace and protocol, and flows named wrong.
const (
	wantMacro = 0.60
	mostWrong = 0.03
)

// figure finds a figure in the scorer's last line, such as "macro 0.6543".
func figure(t *testing.T, out []byte, name string) float64 {
	t.Helper()
	m := regexp.MustCompile(`\b` + name + ` ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("the scorer printed no %q:\n%s", name, out)
	}
	x, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestScore has mmt-dpi, built afresh, classify all labelled traces.
func TestScore(t *testing.T) {
	scorer := shared(t, "tools", "score-classification")
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: classification is not scored")
	}
	command := filepath.Join(t.TempDir(), "mmt-dpi")
	if out, err := exec.Command("go", "build", "-o", command, "mmt/cmd/mmt-dpi").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	out, err := exec.Command(python, scorer, command, "flows", "--json").CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", scorer, err, out)
	}
	t.Logf("%s", out)
	if got := figure(t, out, "traces"); got < 100 {
		t.Errorf("only %v traces were scored", got)
	}
	if got := figure(t, out, "failed"); got != 0 {
		t.Errorf("mmt-dpi failed on %v traces", got)
	}
	if got := figure(t, out, "macro"); got < wantMacro {
		t.Errorf("macro is %v, want at least %v", got, wantMacro)
	}
	if got := figure(t, out, "wrong"); got > mostWrong {
		t.Errorf("wrong is %v, want at most %v", got, mostWrong)
	}
}
