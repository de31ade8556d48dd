package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mmt/version"
)

// ports is a trace of SYNs to ports 80 to 84, one a second, and one more to 82.
func ports(t *testing.T, dir string) string {
	var list []segment
	for i, port := range []uint16{80, 81, 82, 83, 84, 82} {
		list = append(list, segment{at: float64(i), src: 1, dst: 2, port: port, flags: syn})
	}
	return trace(t, dir, "ports.pcap", list...)
}

// line is the report that ports.pcap gives for a rule at a packet.
func line(rule, packet int) string {
	at := 1_700_000_000 + packet - 1
	return fmt.Sprintf(`10,0,"ports.pcap",%d.000000,%d,"detected","attack","port %d is asked for",`+
		`{"event_1":{"timestamp":%d.000000,"counter":%d,"attributes":[["tcp.dest_port",%d],["tcp.syn",1]]}}`,
		at, rule, 80+rule, at, packet, 80+rule)
}

func lines(text string) []string {
	list := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(list)
	return list
}

func TestVerdicts(t *testing.T) {
	dir := t.TempDir()
	writeRules(t, dir)
	ports(t, dir)
	one, two, three, again := line(1, 2), line(2, 3), line(3, 4), line(2, 6)
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{one, two, three, again}},
		{[]string{"-n", "1"}, []string{one, two, three, again}},
		{[]string{"-n", "3"}, []string{one, two, three, again}},
		{[]string{"-x", "2-3"}, []string{one}},
		{[]string{"-x", "1,3"}, []string{two, again}},
		{[]string{"-n2", "-m", "(1:1-2)(2:3)"}, []string{one, two, three, again}},
		{[]string{"-n2", "-m", "(1:2)(2:3)"}, []string{two, three, again}},
		{[]string{"-n2", "-m", "(1:2)"}, []string{one, two, three, again}},
		{[]string{"-c", "0"}, []string{one, two, three, again}},
		{[]string{"--rules", "rules/3.port.xml"}, []string{three}},
		{[]string{"--rules", "rules/3.port.xml", "--rules", "rules/1.port.xml"}, []string{one, three}},
	} {
		code, out, stderr := run(t, dir, append([]string{"-t", "ports.pcap"}, c.args...)...)
		slices.Sort(c.want)
		if code != exitOK || !slices.Equal(lines(out), c.want) {
			t.Errorf("%q: code %d, %s\nwant %s\n%s", c.args, code, out, strings.Join(c.want, "\n"), stderr)
		}
		for _, want := range []string{"packets   6, 324 bytes\n", "packets/s", fmt.Sprintf("verdicts  %d\n", len(c.want))} {
			if !strings.Contains(stderr, want) {
				t.Errorf("%q: the summary has no %q: %s", c.args, want, stderr)
			}
		}
	}
}

func TestDestination(t *testing.T) {
	dir := t.TempDir()
	writeRules(t, dir)
	ports(t, dir)
	code, out, stderr := run(t, dir, "-t", "ports.pcap", "-x2", "-f", "verdicts.csv")
	if text, err := os.ReadFile(filepath.Join(dir, "verdicts.csv")); code != exitOK || out != "" || err != nil || string(text) != line(1, 2)+"\n"+line(3, 4)+"\n" {
		t.Errorf("code %d, %q, %v, %s%s", code, text, err, out, stderr)
	}
	code, out, stderr = run(t, dir, "-t", "ports.pcap", "-x2-3", "-f", "folder", "-v")
	files, err := filepath.Glob(filepath.Join(dir, "folder", "*_verdicts.csv.sem"))
	if code != exitOK || out != line(1, 2)+"\n" || len(files) != 1 || err != nil || !strings.Contains(stderr, "instances opened") {
		t.Errorf("code %d, %q, files %q, %s", code, out, files, stderr)
	}
	code, out, stderr = run(t, dir, "-t", "ports.pcap", "-x2-3", "--json", "--probe-id", "7")
	var fields []any
	if err := json.Unmarshal([]byte(out), &fields); code != exitOK || err != nil || len(fields) != 9 || fields[1] != 7.0 {
		t.Errorf("code %d, %q, %v, %s", code, out, err, stderr)
	}
}

func TestSettingsFile(t *testing.T) {
	dir := t.TempDir()
	writeRules(t, dir)
	ports(t, dir)
	write(t, filepath.Join(dir, "s.conf"), "output.ignore_description 20\noutput.inorder 1\n")
	code, out, stderr := run(t, dir, "-t", "ports.pcap", "-x1,3", "--config", "s.conf")
	want := line(2, 3) + "\n" + strings.Replace(line(2, 6), "port 82 is asked for", "", 1) + "\n"
	if code != exitOK || out != want || !strings.Contains(stderr, `s.conf:2: unknown setting "output.inorder"`) {
		t.Errorf("code %d, %s, want\n%s%s", code, out, want, stderr)
	}
}

// TestDefaultRules runs without a folder of rules.
func TestDefaultRules(t *testing.T) {
	if _, err := os.Stat("/opt/mmt/security/rules"); err == nil {
		t.Skip("/opt/mmt/security/rules exists on this machine")
	}
	dir := t.TempDir()
	ports(t, dir)
	code, _, stderr := run(t, dir, "-t", "ports.pcap")
	if code != exitOK || !strings.Contains(stderr, "neither ./rules nor /opt/mmt/security/rules is there") {
		t.Errorf("code %d: %s", code, stderr)
	}
	if code, out, stderr := run(t, dir, "-l"); code != exitOK || !strings.Contains(out, "Rule id: 1000\n") {
		t.Errorf("code %d: %s", code, stderr)
	}
	writeRules(t, dir)
	if code, out, stderr := run(t, dir, "-l"); code != exitOK || !strings.HasPrefix(out, "Found 3 rules.\n1 - Rule id: 1\n") {
		t.Errorf("code %d: %s%s", code, out, stderr)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, c := range []struct{ name, arg, want string }{
		{"standalone", "-h", "Usage: mmt_sec_standalone"}, {"server", "--help", "Usage: mmt_sec_server"},
		{"standalone", "--version", "mmt_sec_standalone " + version.Number}, {"server", "--version", "mmt_sec_server " + version.Number},
	} {
		if out, err := command(t.TempDir(), c.name, c.arg).CombinedOutput(); err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s %s: %v, %s", c.name, c.arg, err, out)
		}
	}
}

func TestWrongUse(t *testing.T) {
	dir := t.TempDir()
	writeRules(t, dir)
	ports(t, dir)
	write(t, filepath.Join(dir, "bad", "1.xml"), "<beginning>\n<property/></beginning>")
	write(t, filepath.Join(dir, "twice", "1.xml"), portRule(5, 1))
	write(t, filepath.Join(dir, "twice", "2.xml"), portRule(5, 2))
	write(t, filepath.Join(dir, "bad.conf"), "security.max_instances none\n")
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"standalone", "no traffic: give a trace with -t", nil},
		{"standalone", "mmt-none", []string{"-i", "mmt-none"}},
		{"standalone", "-t and -i exclude each other", []string{"-i", "lo", "-t", "x"}},
		{"standalone", `unexpected argument "x"`, []string{"-t", "ports.pcap", "x"}},
		{"standalone", "mmt_sec_standalone -h", []string{"-q"}},
		{"standalone", "none.pcap", []string{"-t", "none.pcap"}},
		{"standalone", `-c: "x" is not a core`, []string{"-t", "ports.pcap", "-c", "0,x"}},
		{"standalone", "-c: core 1023 is not there", []string{"-t", "ports.pcap", "-c", "1023"}},
		{"standalone", "-m: thread 2 will not exist (raise -n to 2, it is 1)", []string{"-t", "ports.pcap", "-n1", "-m", "(2:1)"}},
		{"standalone", "-m: ", []string{"-t", "ports.pcap", "-m", "1:2"}},
		{"standalone", "-x: ", []string{"-t", "ports.pcap", "-x", "a"}},
		{"standalone", "-x excludes all", []string{"-t", "ports.pcap", "-x", "1-3"}},
		{"standalone", "-n: -1 threads", []string{"-t", "ports.pcap", "-n", "-1"}},
		{"standalone", "bad/1.xml:2", []string{"-t", "ports.pcap", "--rules", "bad"}},
		{"standalone", "rule 5 is there twice", []string{"-t", "ports.pcap", "--rules", "twice"}},
		{"standalone", "empty has no rule files", []string{"-t", "ports.pcap", "--rules", "empty"}},
		{"standalone", "rules: stat none", []string{"-t", "ports.pcap", "--rules", "none"}},
		{"standalone", "bad.conf:1: security.max_instances", []string{"-t", "ports.pcap", "--config", "bad.conf"}},
		{"standalone", "no verifier at ./none.sock", []string{"-t", "ports.pcap", "--send", "./none.sock"}},
		{"standalone", "--send excludes -f and -r", []string{"-t", "ports.pcap", "--send", "./none.sock", "-f", "x"}},
		{"standalone", "redis server 127.0.0.1:1", []string{"-t", "ports.pcap", "-r", "127.0.0.1:1"}},
		{"server", "--reorder: 1h0m0s is not", []string{"--reorder", "1h"}},
		{"server", "no port", []string{"-p", "x"}},
		{"server", "-x excludes all", []string{"-x", "1-9"}},
	} {
		cmd := command(dir, c.name, c.args...)
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != exitError || !strings.Contains(string(out), c.want) {
			t.Errorf("%s %q: %v, printed %s, want %q", c.name, c.args, err, out, c.want)
		}
	}
}

func TestCutTrace(t *testing.T) {
	dir := t.TempDir()
	writeRules(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, ports(t, dir)))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "ports.pcap"), string(text[:len(text)-5]))
	code, out, stderr := run(t, dir, "-t", "ports.pcap")
	if code != exitDamaged || out != line(1, 2)+"\n"+line(2, 3)+"\n"+line(3, 4)+"\n" || !strings.Contains(stderr, "damaged") {
		t.Errorf("code %d, %s%s", code, out, stderr)
	}
}

// TestInterrupted ends a run that waits for more of its trace.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	writeRules(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, ports(t, dir)))
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := command(dir, "standalone", "-t", "-", "-f", "v.csv", "-v")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		p := start(t, cmd)
		if _, err := in.Write(text[:24]); err != nil { // the header of the trace
			t.Fatal(err)
		}
		for range 40 {
			if _, err := in.Write(text[24:]); err != nil {
				t.Fatal(err)
			}
		}
		p.out.await(t, "\n", 1)
		p.end(t, signal)
		file, err := os.ReadFile(filepath.Join(dir, "v.csv"))
		if err != nil || len(file) == 0 || string(file) != p.out.String() {
			t.Errorf("%v: %d bytes of verdicts in the file, %d at standard output, %v", signal, len(file), len(p.out.String()), err)
		}
	}
}

func TestParseCores(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []int
	}{{"", nil}, {"3", []int{3}}, {"0,2-4,9", []int{0, 2, 3, 4, 9}}, {"1, 2", []int{1, 2}}} {
		if got, err := parseCores(c.in); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, %v", c.in, got, err)
		}
	}
	for _, bad := range []string{"x", "1,", "3-1", "-1", "1024", "1-x"} {
		if _, err := parseCores(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
