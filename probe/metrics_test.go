package probe_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"mmt/bench/traffic"
)

// scrape is what /metrics showed: values by name and labels, as in
// a{b="c",d="e"}, and sums of all labels by name.
type scrape struct {
	values, sums map[string]float64
}

// scrapeAt reads the metrics at an address and checks what must always hold.
func scrapeAt(url string) (*scrape, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	return readScrape(resp)
}

func readScrape(resp *http.Response) (*scrape, error) {
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		return nil, err
	}
	s := &scrape{map[string]float64{}, map[string]float64{}}
	for name, family := range families {
		for _, m := range family.Metric {
			v := m.GetCounter().GetValue() + m.GetGauge().GetValue() // it has one of them
			s.values[name+labelsOf(m)] = v
			s.sums[name] += v
		}
	}
	return s, s.check()
}

func labelsOf(m *dto.Metric) string {
	var pairs []string
	for _, l := range m.Label {
		pairs = append(pairs, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	if pairs == nil {
		return ""
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// check verifies that every packet is accounted for.
func (s *scrape) check() error {
	received, analyzed, dropped := s.sums["mmt_received_packets_total"], s.sums["mmt_analyzed_packets_total"], s.sums["mmt_dropped_packets_total"]
	if received != analyzed+dropped {
		return fmt.Errorf("received %v, analysed %v, dropped %v", received, analyzed, dropped)
	}
	if workers := s.sums["mmt_worker_packets_total"]; workers != analyzed {
		return fmt.Errorf("analysed %v, by the workers %v", analyzed, workers)
	}
	if ethernet := s.values[`mmt_protocol_packets_total{protocol="ethernet"}`]; ethernet < analyzed {
		return fmt.Errorf("analysed %v, of ethernet %v", analyzed, ethernet)
	}
	return nil
}

// after tells which counter has gone back since an earlier scrape.
func (s *scrape) after(before *scrape) error {
	for name, was := range before.values {
		if now, there := s.values[name]; strings.HasPrefix(name, "mmt_") && strings.Contains(name, "_total") && (now < was || !there) {
			return fmt.Errorf("%s went from %v to %v", name, was, now)
		}
	}
	return nil
}

// served is a probe that reads a FIFO and serves metrics.
type served struct {
	*testing.T
	base string // of its pages
	last *scrape
}

// status returns the status of a page.
func (p *served) status(page string) int {
	p.Helper()
	resp, err := http.Get(p.base + page)
	if err != nil {
		p.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// scrape reads the metrics, in which nothing may be wrong.
func (p *served) scrape() *scrape {
	p.Helper()
	s, err := scrapeAt(p.base + "/metrics")
	if err != nil {
		p.Fatal(err)
	}
	if p.last != nil {
		if err := s.after(p.last); err != nil {
			p.Fatal(err)
		}
	}
	p.last = s
	return s
}

// awaitPackets scrapes until n packets are accounted for.
func (p *served) awaitPackets(n int) {
	p.Helper()
	waitFor(p.T, fmt.Sprintf("%d packets in the metrics", n), func() bool {
		got := p.scrape().sums["mmt_received_packets_total"]
		if got > float64(n) {
			p.Fatalf("%v packets received of %d that were sent", got, n)
		}
		return got == float64(n)
	})
}

// TestMetricsOfARun reads a trace from a FIFO, bit by bit, and scrapes all the
// time: what is left out is counted, too, and no packet is in doubt.
func TestMetricsOfARun(t *testing.T) {
	packets := traffic.Generate(5, []string{"web", "dns", "ssh"}, 8)
	trace := pcap(t, packets)
	for _, threads := range []string{"0", "2"} {
		t.Run(threads+" security threads", func(t *testing.T) {
			dir := t.TempDir()
			fifo := filepath.Join(dir, "fifo")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := command(t, dir, "-t", "fifo", "--summary", "-Xlogfile=probe.log", "-Xprometheus.enable=true", "-Xprometheus.address=127.0.0.1:0",
				"-Xsecurity.enable=true", "-Xsecurity.output-channel=stdout", "-Xsecurity.thread-nb="+threads, "-Xinput.pcap-filter=not udp port 53")
			var stdout, stderr buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cmd.Process.Kill() })
			p := &served{T: t, base: addressIn(t, filepath.Join(dir, "probe.log"))}
			if live, ready := p.status("/healthz"), p.status("/readyz"); live != 200 || ready != 503 {
				t.Errorf("before the trace is open: /healthz %d, /readyz %d", live, ready)
			}
			p.scrape()
			in, err := os.OpenFile(fifo, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			p.feed(in, trace, packets)
			if ready, profiles := p.status("/readyz"), p.status("/debug/pprof/"); ready != 200 || profiles != 404 {
				t.Errorf("while it runs: /readyz %d, /debug/pprof/ %d", ready, profiles)
			}
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s", err, &stderr)
			}
			p.compare(stdout.String())
			if _, err := http.Get(p.base + "/healthz"); err == nil {
				t.Error("the address is served after the end")
			}
		})
	}
}

// addressIn returns the address that the log names.
func addressIn(t *testing.T, log string) (base string) {
	t.Helper()
	line := regexp.MustCompile(`metrics are served at (http://[0-9.:]+)/metrics`)
	waitFor(t, "the address of the metrics", func() bool {
		text, err := os.ReadFile(log)
		if m := line.FindSubmatch(text); err == nil && m != nil {
			base = string(m[1])
		}
		return base != ""
	})
	return base
}

// feed writes a trace part by part.
func (p *served) feed(in *os.File, trace []byte, packets []traffic.Packet) {
	p.Helper()
	const parts = 7
	from := 0
	for i := range parts {
		n := len(packets) * (i + 1) / parts
		to := len(pcap(p.T, packets[:n]))
		if _, err := in.Write(trace[from:to]); err != nil {
			p.Fatal(err)
		}
		from = to
		p.awaitPackets(n)
	}
}

// compare holds the last scrape against what the run said at its end.
func (p *served) compare(out string) {
	p.Helper()
	last := p.last
	for name, pattern := range map[string]string{
		"mmt_analyzed_packets_total":    `(?m)^packets   \d+ received, (\d+) analysed`,
		"mmt_sessionless_packets_total": `(?m)^packets .* (\d+) without session`,
		"mmt_dropped_packets_total":     `(?m)^filter    (\d+) packets left out`,
		"mmt_created_sessions_total":    `(?m)^sessions  (\d+) seen`,
		"mmt_security_rules":            `(?m)^rules     (\d+) of`,
	} {
		m := regexp.MustCompile(pattern).FindStringSubmatch(out)
		if m == nil || m[1] != fmt.Sprint(last.sums[name]) || last.sums[name] == 0 && name != "mmt_sessionless_packets_total" {
			p.Errorf("%s was %v at the end, the run says %q", name, last.sums[name], m)
		}
	}
	if last.sums["mmt_worker_cpu_seconds_total"] <= 0 || last.sums["mmt_worker_cpu_seconds_total"] > time.Minute.Seconds() {
		p.Errorf("processor time is %v s", last.sums["mmt_worker_cpu_seconds_total"])
	}
	for name := range last.values {
		if strings.HasPrefix(name, "mmt_protocol_packets_total") && last.values[name] == 0 {
			p.Errorf("%s was never seen", name)
		}
	}
}

func TestMetricsAddressInUse(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "t.pcap", pcap(t, traffic.Generate(1, []string{"dns"}, 1)))
	code, _, stderr := run(t, dir, nil, "-t", "t.pcap", "-Xprometheus.enable=true", "-Xprometheus.address=192.0.2.1:9465")
	if code != 1 || !strings.Contains(stderr, "-X prometheus.address=192.0.2.1:9465: prometheus.address: cannot serve metrics") ||
		!strings.Contains(stderr, "choose an address of this machine") {
		t.Errorf("code %d, printed %q", code, stderr)
	}
}
