package probe_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mmt/dataplane/netnstest"
)

// atAnyTime takes times and numbers of packets, and where they came from, out of
// verdicts.
func atAnyTime(lines []string) (out []string) {
	when := regexp.MustCompile(`"+timestamp"+:[\d.]+`)
	for _, line := range unnumbered(lines) {
		if fields := strings.SplitN(when.ReplaceAllString(line, "time"), ",", 5); fields[0] == "10" {
			out = append(out, fields[4])
		}
	}
	slices.Sort(out)
	return out
}

// TestPushRulesLive: pushed down into the kernel or in user space, rules give the
// verdicts of the trace, and what no rule looks at is kept away there.
func TestPushRulesLive(t *testing.T) {
	rules := []string{
		onPacket(1, "ATTACK", "((tcp.flags == 0) && (ip.src != ip.dst))"),
		onPacket(2, "ATTACK", "((tcp.dest_port == 80) && (tcp.flags == 2))"),
		onPacket(3, "ATTACK", "((icmp.type == 3) && (ip.src != ip.dst))"),
	}
	packets := whole("dns", "web", "scans", "noise")
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	rulesIn(t, dir, rules...)
	want := atAnyTime(verdicts(t, dir))
	for mode, log := range map[string]string{
		"native": "XDP in native mode", "generic": "XDP in generic mode", "user": "in user space: as prefilter.mode says",
	} {
		t.Run(mode, func(t *testing.T) {
			if mode != "user" {
				needXDP(t)
			}
			w := watchingPair(t, ethernet, slices.Concat(secured[2:], longPeriod, []string{"-Xprefilter.enable=true",
				"-Xprefilter.push-rules=true", "-Xprefilter.mode=" + mode, "-Xprometheus.enable=true", "-Xprometheus.address=127.0.0.1:0"})...)
			rulesIn(t, w.dir, rules...)
			if err := (netnstest.End{Space: w.out.Space, Name: "lo"}).SetUp(true); err != nil {
				t.Fatal(err)
			}
			w.start().awaitLog(log)
			base := addressIn(t, filepath.Join(w.dir, "probe.log"))
			w.sender.Replay(packets, 5000)
			var last *scrape
			waitFor(t, "all packets", func() bool {
				last = w.scrape(base)
				return last.sums["mmt_received_packets_total"] >= float64(len(packets))
			})
			if n := last.values[`mmt_dropped_packets_total{reason="unwanted",stage="prefilter"}`]; n < float64(len(packets)/2) {
				t.Errorf("%v of %d packets kept away", n, len(packets))
			}
			got, _ := w.end(os.Interrupt)
			same(t, mode, atAnyTime(got), want)
		})
	}
}
