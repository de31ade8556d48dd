package probe

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmt/config"
)

// shared returns a path in the folder of shared facts and traces, which stands
// beside the repository; the test skips where it does not.
func shared(t *testing.T, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "shared", path)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no %s beside the repository", filepath.Join("shared", path))
	}
	return full
}

// analyse runs the probe on a trace with overrides and returns its lines.
func analyse(t *testing.T, trace string, overrides ...string) string {
	t.Helper()
	c, err := config.Load("", append([]string{
		"input.mode=OFFLINE", "input.source=" + trace, "probe-id=3", "enable-report-version-info=false",
		"session-report.enable=true", "session-report.output-channel={stdout}",
		"session-report.http=true", "session-report.ssl=true", "session-report.rtp=true",
		"enable-proto-without-session-report=true", "enable-ip-fragmentation-report=true",
	}, overrides...))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	run := &Run{Config: c, Log: slog.New(slog.DiscardHandler), Stdout: &out}
	if _, err := run.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// withoutSource takes the third field, the source, out of a line.
func withoutSource(line string) string {
	fields := strings.SplitN(line, ",", 4)
	return strings.Join([]string{fields[0], fields[1], fields[3]}, ",")
}

// sampleTraces are the traces of sample lines that are at hand, by the name
// that the samples give them.
var sampleTraces = map[string]string{
	"eth/alexa-app.pcap":                 "corpus/classification/pcap/alexa-app.pcapng",
	"eth/http_auth.pcap":                 "corpus/classification/pcap/http_auth.pcap",
	"eth/ftp.pcap":                       "corpus/classification/pcap/ftp.pcap",
	"eth/mmt_check_4.5.arp_spoof.pcap":   "corpus/security/pcap/4.5.arp_spoof.pcap",
	"eth/mmt_check_22.ip_frag_size.pcap": "corpus/security/pcap/22.ip_frag_size.pcap",
	"eth/mmt_check_32.botcc.pcap":        "corpus/security/pcap/32.botcc.pcap",
	"eth/mmt_check_37.WannaCry.pcap":     "corpus/security/pcap/37.WannaCry.pcap",
}

// differing are sample lines, by their first fields after the source, that this
// probe means to write otherwise, and why.
var differing = map[string]string{
	"100,3,1490976032.762979": "alexa.amazon.com is told apart from amazon",
	"100,3,1490976028.006787": "mtalk.google.com is told apart from google",
}

// TestSamples compares whole lines with those of the probe that this one
// replaces, for all sample lines whose trace is at hand.
func TestSamples(t *testing.T) {
	samples := map[string][]string{}
	for _, kind := range []string{"99", "101", "100_app0", "100_app1", "100_app2"} {
		text, err := os.ReadFile(shared(t, "reference/report-samples/type_"+kind+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			source := strings.Trim(strings.SplitN(line, ",", 4)[2], `"`)
			samples[source] = append(samples[source], withoutSource(line))
		}
	}
	compared := 0
	for source, trace := range sampleTraces {
		got := map[string]bool{}
		for line := range strings.Lines(analyse(t, shared(t, trace), microFlowsOn...)) {
			got[withoutSource(strings.TrimSpace(line))] = true
		}
		for _, want := range samples[source] {
			fields := strings.Split(want, ",")
			if differing[strings.Join(fields[:3], ",")] != "" {
				continue
			}
			compared++
			if !got[want] {
				t.Errorf("%s: no line\n%s", source, want)
				for line := range got {
					if strings.HasPrefix(line, fmt.Sprintf("%s,%s,%s,", fields[0], fields[1], fields[2])) {
						t.Logf("near it\n%s", line)
					}
				}
			}
		}
	}
	if compared < 15 {
		t.Errorf("only %d sample lines were compared", compared)
	}
}
