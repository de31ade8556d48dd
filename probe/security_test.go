package probe_test

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
)

// onPacket is a property of one event.
func onPacket(id int, kind, expression string) string {
	return fmt.Sprintf(`<property property_id="%d" type_property="%s" description="rule &quot;%d&quot;">`+"\n"+
		`<event event_id="1" description="e" boolean_expression="%s"/></property>`, id, kind, id, html.EscapeString(expression))
}

// onTwo is a property of two events at most delay seconds apart.
func onTwo(id int, kind, operator string, delay int, first, second string) string {
	least := "0+"
	if delay == 0 {
		least = "0"
	}
	return fmt.Sprintf(`<property value="%s" delay_min="%s" delay_max="%d" property_id="%d" type_property="%s" description="rule %d">`+"\n"+
		`<event event_id="1" description="a" boolean_expression="%s"/>`+"\n"+`<event event_id="2" description="b" boolean_expression="%s"/></property>`,
		operator, least, delay, id, kind, id, html.EscapeString(first), html.EscapeString(second))
}

// rulesIn writes properties into rule files in the folder rules of a directory,
// one file each.
func rulesIn(t *testing.T, dir string, properties ...string) {
	t.Helper()
	folder := filepath.Join(dir, "rules")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, p := range properties {
		write(t, folder, fmt.Sprintf("%d.xml", i+1), []byte("<beginning>\n"+p+"\n</beginning>\n"))
	}
}

// manualRules are five rules with the ids of the manual's examples (section 3.1,
// security).
var manualRules = []string{
	onPacket(1, "ATTACK", "((tcp.flags == 0) && (ip.src != ip.dst))"),
	onTwo(5, "EVASION", "THEN", 1, "(tcp.flags == 2)", "((tcp.flags == 20) && ((ip.src == ip.dst.1) && (tcp.src_port == tcp.dest_port.1)))"),
	onTwo(6, "TEST", "THEN", 5, "((udp.dest_port == 53) && (ip.src != ip.dst))", "((udp.src_port == 53) && ((ip.src == ip.dst.1) && (udp.dest_port == udp.src_port.1)))"),
	onPacket(7, "ATTACK", "((arp.ar_op == 1) && (ethernet.src != ethernet.dst))"),
	onTwo(8, "SECURITY", "THEN", 0, "(tcp.flags == 41)", "(ip.src == ip.dst)"),
}

// secured are the options that verify rules and tell verdicts alone.
var secured = []string{"-t", "trace.pcap", "-X", "security.enable=true", "-X", "security.output-channel={stdout}", "-X", "session-report.enable=false",
	"-X", "enable-proto-without-session-report=false", "-X", "enable-ip-fragmentation-report=false"}

// secure makes a working directory with a trace and rules.
func secure(t *testing.T, scenarios []string, properties ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(goldenSeed, scenarios, 1)))
	if len(properties) > 0 {
		rulesIn(t, dir, properties...)
	}
	return dir
}

// verdicts runs mmt-probe on the trace with rules and more options.
func verdicts(t *testing.T, dir string, options ...string) []string {
	t.Helper()
	args := slices.Clone(secured)
	for _, o := range options {
		args = append(args, "-X", o)
	}
	return reports(t, dir, nil, args...)
}

// ofRules returns the ids of the rules that lines are about, each once, and fails
// where a line is no verdict.
func ofRules(t *testing.T, lines []string) string {
	t.Helper()
	seen := map[string]bool{}
	for _, line := range lines {
		fields := strings.SplitN(line, ",", 6)
		if fields[0] != "10" || len(fields) < 6 {
			t.Fatalf("%q is no verdict", line)
		}
		seen[fields[4]] = true
	}
	var ids []string
	for id := range seen {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return strings.Join(ids, ",")
}

// scanned is the traffic on which all of manualRules give verdicts.
var scanned = []string{"dns", "scans", "l2"}

// TestVerdictsGolden compares verdicts with files that somebody has looked at,
// with any number of threads.
func TestVerdictsGolden(t *testing.T) {
	dir := secure(t, scanned, manualRules...)
	for file, format := range map[string]string{"golden_security.csv": "CSV", "golden_security.json": "JSON"} {
		path := filepath.Join("testdata", file)
		if *update {
			write(t, "testdata", file, []byte(strings.Join(verdicts(t, dir, "output.format="+format), "")))
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (make it with: go test ./probe -run TestVerdictsGolden -update)", err)
		}
		for threads := range 4 {
			got := verdicts(t, dir, "output.format="+format, fmt.Sprint("security.thread-nb=", threads))
			same(t, fmt.Sprintf("%s, %d threads", path, threads), got, slices.Collect(strings.Lines(string(want))))
		}
	}
}

// TestVerdictsJSON holds that each line is a JSON array whose last element is the
// history.
func TestVerdictsJSON(t *testing.T) {
	dir := secure(t, scanned, manualRules...)
	for _, line := range verdicts(t, dir, "output.format=JSON", "security.thread-nb=1") {
		var fields []any
		if err := json.Unmarshal([]byte(line), &fields); err != nil || len(fields) != 9 {
			t.Fatalf("%q: %v", line, err)
		}
		if history, ok := fields[8].(map[string]any); !ok || history["event_1"] == nil {
			t.Errorf("the history of %q is no object with event_1", line)
		}
	}
}

// TestRuleChoice chooses rules by the examples of the manual.
func TestRuleChoice(t *testing.T) {
	dir := secure(t, scanned, manualRules...)
	for _, c := range []struct {
		options []string
		want    string
	}{
		{nil, "1,5,6,7,8"},
		{[]string{`security.exclude-rules="1,3-5,7,50-100"`}, "6,8"},
		{[]string{`security.exclude-rules="(6-100)"`}, "1,5"},
		{[]string{`security.exclude-rules=1,6`, "security.thread-nb=2"}, "5,7,8"},
		{[]string{"security.thread-nb=2", `security.rules-mask="(1:1,5)(2:6-8)"`}, "1,5,6,7,8"},
		{[]string{"security.thread-nb=3", `security.rules-mask="(1:1,4-6)(2:3)"`}, "1,5,6,7,8"},
		{[]string{"security.thread-nb=2", `security.rules-mask="(1:1)(2:3)"`}, "1"},
		{[]string{"security.thread-nb=2", `security.rules-mask="(1:1)(2:6)"`}, "1,6"},
		{[]string{"security.thread-nb=2", `security.rules-mask="(2:7)"`, "security.exclude-rules=1"}, "5,6,7,8"},
	} {
		if got := ofRules(t, verdicts(t, dir, c.options...)); got != c.want {
			t.Errorf("%v: verdicts of rules %s, want %s", c.options, got, c.want)
		}
	}
}

// TestMaskTellsUnverified holds that rules which no thread gets are told.
func TestMaskTellsUnverified(t *testing.T) {
	dir := secure(t, scanned, manualRules...)
	_, out, _ := run(t, dir, nil, append(slices.Clone(secured), "-Xsecurity.thread-nb=2", "-Xsecurity.rules-mask=(1:1)(2:3)", "--summary=true")...)
	for _, want := range []string{"rules     1 of ./rules verified", "4 rules not verified: security.rules-mask"} {
		if !strings.Contains(out, want) {
			t.Errorf("the summary has no %q:\n%s", want, out)
		}
	}
}

// TestIgnoreRemainFlow holds that nothing more is verified of a session after its
// first alert.
func TestIgnoreRemainFlow(t *testing.T) {
	dir := secure(t, []string{"ssh", "telnet"}, onPacket(3, "ATTACK", "(tcp.packet_count != 0)"))
	sessions := map[string]bool{}
	packets := 0
	for _, line := range reports(t, dir, nil, "-t", "trace.pcap", "-Xenable-proto-without-session-report=false") {
		f := strings.Split(line, ",")
		if strings.Contains(f[6], ".354") {
			sessions[f[23]] = true
			packets += number(t, f[11])
		}
	}
	for threads := range 3 {
		thread := fmt.Sprint("security.thread-nb=", threads)
		if got := len(verdicts(t, dir, thread)); got != packets {
			t.Errorf("%d verdicts on %d packets", got, packets)
		}
		if got := len(verdicts(t, dir, thread, "security.ignore-remain-flow=true")); got != len(sessions) {
			t.Errorf("%d verdicts on %d sessions", got, len(sessions))
		}
	}
}

func number(t *testing.T, s string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return n
}

// TestDescription leaves the description out where that is wanted.
func TestDescription(t *testing.T) {
	dir := secure(t, scanned, manualRules...)
	with := verdicts(t, dir)
	for i, line := range with {
		id := strings.SplitN(line, ",", 6)[4]
		text := `,"rule ` + id + `",{`
		if id == "1" || id == "7" {
			text = `,"rule .` + id + `.",{`
		}
		if strings.Count(line, text) != 1 {
			t.Fatalf("no %s in %s", text, line)
		}
		with[i] = strings.Replace(line, text, `,"",{`, 1)
	}
	slices.Sort(with)
	same(t, "without description", verdicts(t, dir, "security.report-rule-description=false", "security.thread-nb=2"), with)
}

// TestVerdictRouting sends verdicts to the channels of the block, and only there.
func TestVerdictRouting(t *testing.T) {
	dir := secure(t, scanned, manualRules...)
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	want := verdicts(t, dir)
	files := []string{"file-output.enable=true", "file-output.output-dir=out", "security.thread-nb=1"}
	same(t, "file and stdout", verdicts(t, dir, append(files, "security.output-channel={file,stdout}")...), want)
	same(t, "files", complete(t, out), want)
	if got := verdicts(t, dir, append(files, "security.output-channel={file}")...); len(got) > 0 {
		t.Errorf("not meant for stdout: %q", got[0])
	}
	if got := complete(t, out); len(got) != 2*len(want) {
		t.Errorf("%d lines in files after two runs of %d verdicts", len(got), len(want))
	}
	if got := verdicts(t, dir, "security.output-channel={}"); len(got) > 0 {
		t.Errorf("without file-output there is no channel, and yet: %q", got[0])
	}
}

// TestRuleFolders takes rules from ./rules before all others, and from the program
// where there is no folder.
func TestRuleFolders(t *testing.T) {
	const system = "/opt/mmt/security/rules"
	if _, err := os.Stat(system); err == nil {
		t.Skip(system + " exists on this machine: what is taken without it cannot be seen")
	}
	dir := secure(t, scanned)
	args := append(slices.Clone(secured), "--summary=true", "-Xlogfile=probe.log")
	code, out, stderr := run(t, dir, nil, args...)
	if code != 0 || !strings.Contains(out, " of this program verified") || !strings.Contains(out, "\n10,3,") {
		t.Errorf("code %d: %s%.300s", code, stderr, out)
	}
	if log, err := os.ReadFile(filepath.Join(dir, "probe.log")); err != nil || !strings.Contains(string(log), "neither ./rules nor "+system) {
		t.Errorf("log: %s %v", log, err)
	}
	rulesIn(t, dir, manualRules[0])
	if code, out, _ = run(t, dir, nil, args...); code != 0 || !strings.Contains(out, "rules     1 of ./rules verified") {
		t.Errorf("code %d: %.300s", code, out)
	}
}

// TestNoRules stops the start where there is nothing to verify, and where a rule
// file is wrong.
func TestNoRules(t *testing.T) {
	dir := secure(t, []string{"dns"}, manualRules...)
	for _, c := range []struct {
		prepare func(rules string)
		option  string
		want    []string
	}{
		{nil, "security.exclude-rules=1-100", []string{"security.exclude-rules", "no rules to verify: all rules of ./rules are excluded"}},
		{func(rules string) {
			write(t, rules, "9.xml", []byte("<beginning>\n"+onPacket(9, "ATTACK", "(tcp.dest_prot == 1)")+"\n"+onPacket(1, "ATTACK", "(tcp.dest_port == 1)")+"</beginning>"))
		}, "probe-id=3", []string{"rules/9.xml:3: ", "dest_port"}},
		{func(rules string) {
			write(t, rules, "9.xml", []byte("<beginning>\n"+onPacket(1, "ATTACK", "(tcp.dest_port == 1)")+"</beginning>"))
		}, "probe-id=3", []string{"rule 1 is there twice", "rules/1.xml:2", "rules/9.xml:2"}},
		{func(rules string) { os.RemoveAll(rules); os.Mkdir(rules, 0o755) }, "probe-id=3", []string{"no rules to verify: ./rules has no rule files"}},
	} {
		if c.prepare != nil {
			c.prepare(filepath.Join(dir, "rules"))
		}
		code, out, stderr := run(t, dir, nil, append(slices.Clone(secured), "-X", c.option)...)
		if code != 1 || out != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("code %d, printed %q and %s", code, out, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("no %q in %s", want, stderr)
			}
		}
	}
}

// securityCorpus is where traces with known verdicts are, outside the repository.
const securityCorpus = "../../shared/corpus/security"

// TestSecurityCorpus verifies all rules of the corpus on each of its traces, with
// defragmentation, as the verdicts were made.
func TestSecurityCorpus(t *testing.T) {
	corpus, err := filepath.Abs(securityCorpus)
	if err != nil {
		t.Fatal(err)
	}
	expected, err := filepath.Glob(filepath.Join(corpus, "expected", "*.csv"))
	if err != nil || len(expected) == 0 {
		t.Skip("no corpus of security traces in ", corpus)
	}
	check := filepath.Join(corpus, "..", "..", "tools", "check-verdicts")
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3 to run ", check)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(corpus, "rules"), filepath.Join(dir, "rules")); err != nil {
		t.Fatal(err)
	}
	for i, file := range expected {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		lines := reports(t, dir, nil, append(slices.Clone(secured), "-t", filepath.Join(corpus, "pcap", name+".pcap"),
			"-X", fmt.Sprint("security.thread-nb=", i%3))...)
		write(t, dir, "verdicts.csv", []byte(strings.Join(lines, "")))
		out, err := exec.Command("python3", check, file, filepath.Join(dir, "verdicts.csv")).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "same: ") {
			t.Errorf("%s, %d threads: %v\n%s", name, i%3, err, out)
		}
	}
}
