package cli

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// run runs the command in a fresh working directory that holds trace.pcap and
// returns its exit code and what it printed.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(args, &out, &errs)
	return code, out.String(), errs.String()
}

// chdir makes a working directory with a trace of the given scenarios.
func chdir(t *testing.T, scenarios ...string) []byte {
	t.Helper()
	t.Chdir(t.TempDir())
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, traffic.Generate(1, scenarios, 1)); err != nil {
		t.Fatal(err)
	}
	write(t, "trace.pcap", trace.String())
	return trace.Bytes()
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// reports returns the lines of all complete report files of a directory.
func reports(t *testing.T, dir string) string {
	t.Helper()
	marks, err := filepath.Glob(filepath.Join(dir, "*.sem"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, mark := range marks {
		text, err := os.ReadFile(strings.TrimSuffix(mark, ".sem"))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// broken is a standard output that crashes once.
type broken struct{ bytes.Buffer }

func (b *broken) Write(p []byte) (int, error) {
	if b.Len() == 0 {
		b.WriteByte('\n')
		panic("an output with a mistake")
	}
	return b.Buffer.Write(p)
}

// TestCrash: a crash fails the run, whatever the number of threads. The reports are
// such that are not written while a packet is dissected, which is given up alone.
func TestCrash(t *testing.T) {
	chdir(t, "dns")
	for _, threads := range []string{"0", "1", "2"} {
		var errs bytes.Buffer
		code := Main([]string{"-t", "trace.pcap", "--summary=false", "-Xsecurity.enable=false", "-Xsession-report.enable=true", "-Xsession-report.output-channel=stdout", "-Xoutput.cache-max=1", "-Xthread-nb=" + threads}, &broken{}, &errs)
		if code != exitError || !strings.Contains(errs.String(), "crashed: an output with a mistake") {
			t.Errorf("%s threads: code %d, %s", threads, code, errs.String())
		}
	}
}

func TestHelpVersionAndOptions(t *testing.T) {
	for _, c := range []struct {
		arg, want string
	}{
		{"-h", "Usage: mmt-probe"}, {"--help", "Exit codes: 0 done"},
		{"-v", "mmt-probe "}, {"--version", "mmt-probe "},
		{"-x", "file-output.enable"},
	} {
		code, out, _ := run(t, c.arg)
		if code != exitOK || !strings.Contains(out, c.want) {
			t.Errorf("%s: code %d, printed %q, want %q in it", c.arg, code, out, c.want)
		}
	}
}

func TestWrongUse(t *testing.T) {
	chdir(t, "dns")
	write(t, "bad.conf", "stats-period = 5\nstat-period = 5\ninput { mode = OFLINE }\n")
	write(t, "dynamic.conf", "dynamic-config {\n enable = true\n descriptor = \"mmt.sock\"\n http-address = \":0\"\n}\n")
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"unknown flag", []string{"-z"}, []string{"mmt-probe -h"}},
		{"argument", []string{"trace.pcap"}, []string{`did you mean -t trace.pcap?`}},
		{"trace and interface", []string{"-t", "trace.pcap", "-i", "eth0"}, []string{"exclude each other"}},
		{"no configuration", nil, []string{"no configuration", "-c"}},
		{"missing configuration", []string{"-c", "none.conf"}, []string{"none.conf"}},
		{"bad configuration", []string{"-c", "bad.conf", "-t", "trace.pcap"}, []string{"bad.conf:2", `"stats-period"`, "bad.conf:3", "OFFLINE"}},
		{"commands without token", []string{"-c", "dynamic.conf", "-t", "trace.pcap"}, []string{"dynamic.conf:4", "dynamic-config.http-address is set, but token-file is not"}},
		{"unknown interface", []string{"-i", "nosuch0"}, []string{`input.source: there is no interface "nosuch0" (there are `}},
		{"interface that is a file", []string{"-i", "trace.pcap"}, []string{`no interface "trace.pcap"`, "read it with -t trace.pcap"}},
		{"bad override", []string{"-t", "trace.pcap", "-X", "stat-period=3"}, []string{"stats-period"}},
		{"missing trace", []string{"-t", "none.pcap"}, []string{"none.pcap"}},
		{"not a trace", []string{"-t", "bad.conf"}, []string{"bad.conf"}},
		{"bad filter", []string{"-t", "trace.pcap", "-X", "input.pcap-filter=tcp prot 80"}, []string{"prot"}},
		{"stack type", []string{"-t", "trace.pcap", "-X", "stack-type=7"}, []string{"stack-type 7"}},
	} {
		code, _, stderr := run(t, c.args...)
		if code != exitError {
			t.Errorf("%s: code %d, want %d; %s", c.name, code, exitError, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: printed %q, want %q in it", c.name, stderr, want)
			}
		}
	}
}

func TestTraceWithBuiltinConfiguration(t *testing.T) {
	chdir(t, "dns", "l2")
	code, out, stderr := run(t, "-t", "trace.pcap", "--summary")
	if code != exitOK {
		t.Fatalf("code %d: %s", code, stderr)
	}
	for _, want := range []string{"ethernet", "udp", "arp", "/mmt-reports\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("the summary has no %q:\n%s", want, out)
		}
	}
	lines := reports(t, "mmt-reports")
	for _, want := range []string{"\n99,0,\"trace.pcap\",", "\n100,0,\"trace.pcap\",", "1,0,\"trace.pcap\","} {
		if !strings.Contains("\n"+lines, want) {
			t.Errorf("no report starts with %q", want)
		}
	}
}

func TestConfigurationSearchAndStdout(t *testing.T) {
	chdir(t, "dns")
	write(t, "mmt-probe.conf", "probe-id = 9\ninput { mode = OFFLINE source = \"trace.pcap\" }\noutput { format = JSON }\n"+
		"session-report { enable = true output-channel = {stdout} }\nsecurity { ip-encapsulation-index = LAST }\n")
	code, out, stderr := run(t, "-Xprobe-id=12", "--summary=false")
	if code != exitOK || !strings.HasPrefix(out, `[100,12,"trace.pcap",`) {
		t.Errorf("code %d, printed %.200q %s", code, out, stderr)
	}
}

func TestCutTrace(t *testing.T) {
	trace := chdir(t, "dns")
	write(t, "cut.pcap", string(trace[:len(trace)-7]))
	code, _, stderr := run(t, "-t", "cut.pcap")
	if code != exitDamaged || strings.Count(stderr, "damaged at byte") != 1 {
		t.Errorf("code %d, printed %q", code, stderr)
	}
	if !strings.Contains(reports(t, "mmt-reports"), "\n100,0,\"cut.pcap\",") {
		t.Error("what was before the damage is not reported")
	}
}

func TestCompressedTraceAndFilter(t *testing.T) {
	trace := chdir(t, "dns", "web")
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(trace); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, "trace.gz", packed.String())
	code, out, stderr := run(t, "-t", "trace.gz", "-X", "input.pcap-filter=udp port 53", "--summary")
	if code != exitOK || !strings.Contains(out, "packets left out") || strings.Contains(out, "tcp") {
		t.Errorf("code %d, printed %s %s", code, out, stderr)
	}
}
