package probe_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mmt/bench/traffic"
	"mmt/config"
	"mmt/probe"
)

// pushing are the options that push rules down.
var pushing = []string{"prefilter.enable=true", "prefilter.push-rules=true"}

// headerRules look at few packets.
var headerRules = []string{
	onPacket(1, "ATTACK", "((tcp.flags == 0) && (ip.src != ip.dst))"),
	onTwo(5, "EVASION", "THEN", 1, "(tcp.flags == 2)", "((tcp.flags == 20) && ((ip.src == ip.dst.1) && (tcp.src_port == tcp.dest_port.1)))"),
	onPacket(7, "ATTACK", "((arp.ar_op == 1) && (ethernet.src != ethernet.dst))"),
}

var packetNumber = regexp.MustCompile(`"counter":\d+`)

// unnumbered takes the numbers of packets out of verdicts, which count those that
// were analysed.
func unnumbered(lines []string) []string {
	for i, line := range lines {
		lines[i] = packetNumber.ReplaceAllString(line, "counter")
	}
	slices.Sort(lines)
	return lines
}

// TestPushRules: rules that are pushed down give the verdicts that they give
// without, and most packets are kept away.
func TestPushRules(t *testing.T) {
	dir := secure(t, nil, headerRules...)
	want := unnumbered(verdicts(t, dir))
	if ids := ofRules(t, want); ids != "1,5,7" {
		t.Fatalf("verdicts of rules %s", ids)
	}
	for _, threads := range []string{"0", "2"} {
		got := verdicts(t, dir, append([]string{"thread-nb=" + threads}, pushing...)...)
		same(t, "pushed down, thread-nb "+threads, unnumbered(got), want)
	}
	args := slices.Concat(secured, []string{"--summary=true", "-Xprefilter.enable=true", "-Xprefilter.push-rules=true"})
	code, stdout, stderr := run(t, dir, nil, args...)
	if m := regexp.MustCompile(`prefilter \d+ packets kept away \((\d+) unwanted\)`).FindStringSubmatch(stdout + stderr); code != 0 || m == nil || number(t, m[1]) < 1000 {
		t.Errorf("code %d, summary %v in %s", code, m, stderr)
	}
	for _, line := range []string{"rules 1, 5 look at tcp of IPv4 with flags none, syn, rst+ack", "other IP packets are left out"} {
		if !strings.Contains(stderr, line) {
			t.Errorf("no %q in\n%s", line, stderr)
		}
	}
}

// TestPushRulesRefused: what asks for all packets, and a run without rules, stop
// the start; without a prefilter the option has no effect, and the log says so.
func TestPushRulesRefused(t *testing.T) {
	dir := secure(t, scanned, headerRules...)
	for _, c := range []struct {
		options []string
		code    bool // that of an error
		says    string
	}{
		{[]string{"session-report.enable=true"}, true, "session-report.enable asks for all packets (turn off one of the two)"},
		{[]string{"enable-ip-fragmentation-report=true"}, true, "enable-ip-fragmentation-report asks for all packets"},
		{[]string{"event-report.plain.enable=true"}, true, "event-report.enable asks for all packets"},
		{[]string{"query-report.volume.enable=true"}, true, "query-report.enable asks for all packets"},
		{[]string{"security.enable=false"}, true, "no rules are verified (set security.enable = true, or remove the option)"},
		{[]string{"prefilter.enable=false"}, false, "prefilter.push-rules has no effect: prefilter.enable is off"},
		{[]string{"security.ignore-remain-flow=true"}, false, "every packet (ignore-remain-flow leaves out sessions after a verdict): nothing can be left out"},
	} {
		args := slices.Clone(secured)
		for _, o := range append(slices.Clone(pushing), c.options...) {
			args = append(args, "-X", o)
		}
		code, _, stderr := run(t, dir, nil, args...)
		if (code != 0) != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%v: code %d, no %q in\n%s", c.options, code, c.says, stderr)
		}
	}
}

// TestPushRulesChange: rules that come at run time see their packets from their
// beginning on, and those of rules that go are kept away again.
func TestPushRulesChange(t *testing.T) {
	packets := traffic.Generate(goldenSeed, []string{"dns", "scans", "l2"}, 6)
	t.Chdir(secure(t, scanned, headerRules...))
	if err := syscall.Mkfifo("fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	settings, err := config.Load(conf(t), append([]string{"input.source=fifo", "session-report.enable=false", "enable-proto-without-session-report=false",
		"enable-ip-fragmentation-report=false", "security.enable=true", "security.output-channel={stdout}", "output.cache-max=1"}, pushing...))
	if err != nil {
		t.Fatal(err)
	}
	c := &changing{ctx: context.Background(), packets: len(packets), done: make(chan error)}
	c.run = &probe.Run{Config: settings, Log: slog.New(slog.NewTextHandler(&c.log, nil)), Stdout: &c.out}
	var result *probe.Result
	go func() {
		var err error
		result, err = c.run.Do(c.ctx)
		c.done <- err
	}()
	to, err := os.OpenFile("fifo", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	c.faucet = &faucet{t: t, to: to, rest: pcap(t, packets)}
	c.drip(60)
	waitFor(t, "the first verdict", func() bool {
		c.drip(1)
		return c.out.String() != ""
	})
	write(t, ".", "udp.xml", []byte("<beginning>"+onPacket(30, "ATTACK", "((udp.dest_port == 53) && (ip.src != ip.dst))")+"</beginning>"))
	if err := c.change(func() error { _, err := c.run.AddRules(c.ctx, filepath.Join(".", "udp.xml")); return err }); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.log.String(), "rule 30 looks at udp of IPv4 to port 53") {
		t.Errorf("the log does not tell of the new rule:\n%s", &c.log)
	}
	waitFor(t, "a verdict of the new rule", func() bool {
		c.drip(1)
		return strings.Contains(c.out.String(), ",30,\"detected\"")
	})
	if err := c.change(func() error { _, err := c.run.RemoveRules(c.ctx, 30); return err }); err != nil {
		t.Fatal(err)
	}
	got := c.finish()
	write(t, ".", "trace.pcap", pcap(t, packets))
	want := byRule(verdicts(t, "."))
	for _, id := range []string{"1", "5", "7"} {
		same(t, "rule "+id, unnumbered(got[id]), unnumbered(want[id]))
	}
	if s := fmt.Sprint(result.Prefilter.Drops); !regexp.MustCompile(`unwanted \d\d`).MatchString(s) {
		t.Errorf("drops %s", s)
	}
}
