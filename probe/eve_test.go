package probe_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/report/eve"
)

// inEVE are the options of a run that writes everything in EVE.
func inEVE(more ...string) []string {
	return slices.Concat([]string{"-t", "trace.pcap", "-X", "output.format=EVE"}, allReports, security, more)
}

// eventsOf checks lines against the schema and counts them by event type.
func eventsOf(t *testing.T, lines []string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, line := range lines {
		if err := eve.Check([]byte(line)); err != nil {
			t.Fatal(err)
		}
		var event struct {
			Type string `json:"event_type"`
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		count[event.Type]++
	}
	return count
}

// TestEVE holds that all lines are what the schema says, and the same whatever the
// number of threads.
func TestEVE(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(5, nil, 1)))
	options := slices.Concat(attributeOptions, set("event-report.counted.enable=false", // its template is no JSON
		"micro-flows.enable=true", "micro-flows.output-channel={stdout}",
		"radius-report.enable=true", "radius-report.output-channel={stdout}"))
	want := reports(t, dir, nil, inEVE(append(options, "-X", "thread-nb=0")...)...)
	count := eventsOf(t, want)
	for _, event := range []string{"flow", "http", "tls", "dns", "ftp", "rtp", "alert", "stats", "microflow", "event", "query", "fragmentation"} {
		if count[event] == 0 {
			t.Errorf("no event %s, only %v", event, count)
		}
	}
	for _, threads := range []int{1, 2, 3} {
		got := reports(t, dir, nil, inEVE(append(options, "-X", fmt.Sprint("thread-nb=", threads))...)...)
		same(t, fmt.Sprint(threads, " threads"), got, want)
	}
}

// TestEVECommunityID compares the identifiers of flows with those that tshark gives
// their packets.
func TestEVECommunityID(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("no tshark to compare with")
	}
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(5, []string{"web", "dns", "icmp", "sctp", "ipv6", "mdns"}, 1)))
	out, err := exec.Command(tshark, "-r", filepath.Join(dir, "trace.pcap"), "--enable-protocol", "communityid", "-T", "fields", "-e", "communityid").Output()
	if err != nil || !strings.Contains(string(out), "1:") {
		t.Skipf("this tshark knows no community id: %v", err)
	}
	known := map[string]bool{}
	for id := range strings.FieldsSeq(string(out)) {
		known[id] = true
	}
	protos := []string{"TCP", "UDP", "ICMP", "IGMP", "IPv6-ICMP", "SCTP"}
	got := map[string]bool{}
	for _, line := range reports(t, dir, nil, inEVE()...) {
		var flow struct {
			ID    string `json:"community_id"`
			Proto string
		}
		if err := json.Unmarshal([]byte(line), &flow); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(protos, flow.Proto) && !known[flow.ID] {
			t.Errorf("tshark does not know the community id of %s", line)
		}
		got[flow.Proto] = true
	}
	for _, proto := range protos {
		if !got[proto] {
			t.Errorf("no flow of %s", proto)
		}
	}
}

// TestFormats holds that each channel gets the lines of a run in which all have its
// format, whatever the number of threads.
func TestFormats(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(3, []string{"web", "dns", "ftp", "spoof"}, 1)))
	rulesIn(t, dir, manualARP)
	common := slices.Concat([]string{"-t", "trace.pcap"}, allReports, security)
	inFormat := func(format string) []string {
		return threadless(reports(t, dir, nil, append(common, "-X", "output.format="+format)...))
	}
	want := map[string][]string{"CSV": inFormat("CSV"), "JSON": inFormat("JSON"), "EVE": inFormat("EVE")}
	for _, c := range []struct {
		threads   int
		all, file string
	}{{0, "JSON", "EVE"}, {2, "EVE", "CSV"}} {
		out := fmt.Sprint("out", c.threads)
		if err := os.Mkdir(filepath.Join(dir, out), 0o755); err != nil {
			t.Fatal(err)
		}
		options := slices.Concat(common, set("thread-nb="+fmt.Sprint(c.threads), "output.format="+c.all, "file-output.enable=true",
			"file-output.output-dir="+out, "file-output.format="+c.file, "session-report.output-channel={stdout,file}", "security.output-channel={stdout,file}"))
		same(t, out+": stdout", threadless(reports(t, dir, nil, options...)), want[c.all])
		same(t, out+": files", threadless(complete(t, filepath.Join(dir, out))), want[c.file])
	}
}

// TestEVEDNS compares transactions with what the generator of the traffic says.
func TestEVEDNS(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(3, []string{"dns"}, 1)))
	got := map[string]int{}
	for _, line := range reports(t, dir, nil, inEVE()...) {
		var e struct {
			Type  string `json:"event_type"`
			Proto string
			App   string `json:"app_proto"`
			DNS   struct {
				Type, RRName, RRType, Rcode string
				TC                          bool
				Grouped                     map[string][]string
			}
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if d := &e.DNS; e.Type == "dns" {
			got[fmt.Sprintf("%s %s %s %d", e.Proto, d.RRType, d.Rcode, len(d.Grouped[d.RRType]))]++
			if e.App != "dns" || d.Type != "answer" || d.RRType == "MX" && !slices.Equal(d.Grouped["MX"], []string{"gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com"}) {
				t.Errorf("event %s", line)
			}
		}
	}
	want := map[string]int{
		"UDP A NOERROR 1": 7, "UDP A NOERROR 2": 1, "UDP AAAA NOERROR 1": 6, "UDP MX NOERROR 2": 1, "UDP TXT NOERROR 2": 1, "UDP A NXDOMAIN 0": 1,
		"UDP PTR NOERROR 1": 1, "UDP SRV NOERROR 1": 1, "UDP HTTPS NOERROR 0": 1, "UDP TXT NOERROR 0": 1, "TCP TXT NOERROR 6": 1, // of nine: the rest comes in a second segment
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
