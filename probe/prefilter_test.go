package probe_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/bpf"
)

// sieveOptions turn a prefilter on, and sieveRules are what they say.
var (
	sieveOptions = []string{
		"-Xprefilter.enable=true", "-Xprefilter.deny-port=53", "-Xprefilter.drop-non-ip=true", "-Xprefilter.deny-protocol=icmp",
		"-Xprefilter.deny-prefix=2001:db8:5e::/50", "-Xprefilter.sample=1:2",
	}
	sieveRules = bpf.Rules{
		Ports:     []bpf.PortRule{{Action: bpf.Deny, First: 53}},
		Protocols: []bpf.ProtocolRule{{Action: bpf.Deny, Protocol: 1}},
		Prefixes:  []bpf.PrefixRule{{Action: bpf.Deny, Prefix: netip.MustParsePrefix("2001:db8:5e::/50")}},
		DropNonIP: true, Sample: 2,
	}
)

// sieved returns the packets that sieveRules let pass, and how many they do not,
// by reason as it is shown.
func sieved(t *testing.T, packets []traffic.Packet) (passed []traffic.Packet, drops map[string]int) {
	t.Helper()
	filter, err := bpf.NewFilter(&sieveRules)
	if err != nil {
		t.Fatal(err)
	}
	drops = map[string]int{}
	for _, p := range packets {
		if r := filter.Match(p.Data); r.Passes() {
			passed = append(passed, p)
		} else {
			drops[strings.TrimPrefix(r.String(), "drop-")]++
		}
	}
	if len(passed) == 0 || len(drops) < 4 {
		t.Fatalf("%d packets pass, drops %v: the test shows little", len(passed), drops)
	}
	return passed, drops
}

// TestPrefilterTrace: with a prefilter, a trace gives the reports of a trace
// without the packets that it drops.
func TestPrefilterTrace(t *testing.T) {
	packets := traffic.Generate(goldenSeed, nil, 1)
	passed, _ := sieved(t, packets)
	dir, less := t.TempDir(), t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	write(t, less, "trace.pcap", pcap(t, passed))
	for _, threads := range []string{"0", "1"} {
		options := []string{"-t", "trace.pcap", "-Xthread-nb=" + threads, "-Xenable-proto-without-session-report=true"}
		got := reports(t, dir, nil, append(options, sieveOptions...)...)
		same(t, "with a prefilter and thread-nb "+threads, got, reports(t, less, nil, options...))
	}
}

// TestPrefilterSummary: the summary says how many packets were dropped and why,
// and where.
func TestPrefilterSummary(t *testing.T) {
	packets := traffic.Generate(goldenSeed, nil, 1)
	passed, drops := sieved(t, packets)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	code, stdout, stderr := run(t, dir, nil, append([]string{"-t", "trace.pcap", "--summary=true"}, sieveOptions...)...)
	line := regexp.MustCompile(`(?m)^prefilter .*$`).FindString(stdout + stderr)
	start := fmt.Sprintf("prefilter %d packets kept away (", len(packets)-len(passed))
	if code != 0 || !strings.HasPrefix(line, start) || !strings.HasSuffix(line, "), in user space: a trace does not come through the kernel") {
		t.Errorf("code %d, summary %q, want it to begin with %q", code, line, start)
	}
	for reason, n := range drops {
		if !strings.Contains(line, fmt.Sprintf("%d %s", n, reason)) {
			t.Errorf("summary %q does not say %d %s", line, n, reason)
		}
	}
	if want := fmt.Sprintf("packets   %d received, %d analysed", len(packets), len(passed)); !strings.Contains(stdout+stderr, want) {
		t.Errorf("%q is not in the summary\n%s", want, stdout+stderr)
	}
}

// TestPrefilterStack: with a stack-offset the prefilter looks behind it.
func TestPrefilterStack(t *testing.T) {
	packets := traffic.Generate(goldenSeed, []string{"dns", "web"}, 1)
	shifted := slices.Clone(packets)
	for i := range shifted {
		shifted[i].Data = append([]byte{1, 2, 3}, packets[i].Data...)
	}
	dir, less := t.TempDir(), t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	write(t, less, "trace.pcap", pcap(t, shifted))
	options := []string{"-t", "trace.pcap", "-Xprefilter.enable=true", "-Xprefilter.deny-port=udp/53"}
	want := reports(t, dir, nil, options...)
	got := reports(t, less, nil, append(options, "-Xstack-offset=3")...)
	if reported(strings.Join(got, "")) != reported(strings.Join(want, "")) || len(got) != len(want) {
		t.Errorf("%d lines of %d packets with an offset, %d of %d without", len(got), reported(strings.Join(got, "")), len(want), reported(strings.Join(want, "")))
	}
}
