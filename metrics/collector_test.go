package metrics

import (
	"bytes"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
)

// full has every metric.
var full = Snapshot{
	Version:   "1.2",
	Packets:   Packets{Received: 107, Analyzed: 100, AnalyzedBytes: 6400, NoSession: 3, GivenUp: 1},
	Drops:     []Drop{{"nic", "missed", 4}, {"capture", "full", 2}, {"capture", "filter", 1}},
	Rings:     []Ring{{"capture", 5, 0}, {"0", 6, 64}},
	Downs:     2,
	Restarts:  []Restart{{"crash", 1}, {"update", 3}},
	Workers:   []Worker{{"0", 60, 1.5, true}, {"1", 40, 0, false}},
	Sessions:  Sessions{Active: 7, Limit: 70, Created: 20, Expired: 9, Evicted: 3, Reopened: 1, Bypassed: 5, BypassRefused: 2},
	Protocols: []Protocol{{"ethernet", 100, 6400}, {"ip", 97, 6300}},
	Security: Security{Enabled: true, Rules: 60, Instances: 11, Refused: 12, NoMemory: 13, GivenUp: 14,
		Lost: 15, Truncated: 16, Failures: 17},
	Verdicts: []Verdict{{32, "detected", 8}, {32, "respected", 9}},
	Reports:  33,
	Log:      Log{Written: 60, Held: 61, Lost: 62},
	Channels: []Channel{
		{Name: "kafka", Written: 30, Pending: 9, Spilled: 8, SpilledBytes: 800, DamagedFiles: 1, Failing: true,
			Lost: []Lost{{"queue full", 2}, {"refused", 0}}},
		{Name: "stdout", Written: 3, Lost: []Lost{{"damaged", 0}}},
	},
	QueryRefused:   34,
	Reconstruction: Reconstruction{Enabled: true, Files: 35, Bytes: 36, Bombs: 37, Refused: 38, Lost: 39},
	Dump:           Dump{Enabled: true, Files: 40, Packets: 41, Lost: 42},
	Evidence:       Evidence{Enabled: true, Files: 43, Packets: 44, Lost: 45, Joined: 46, Missed: 47, Refused: 48},
}

// source gives copies of a snapshot.
type source struct{ snapshot *Snapshot }

func (f source) Snapshot(s *Snapshot) { *s = *f.snapshot }

// text gathers a collector's metrics in the text format.
func text(t *testing.T, s *Snapshot) string {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(NewCollector(source{s}))
	all, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, f := range all {
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// values returns the lines of a text that are no comments.
func values(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func TestEveryFigureIsShown(t *testing.T) {
	want := `mmt_active_sessions 7
mmt_alert_pcap_files_total 43
mmt_alert_pcap_lost_packets_total 45
mmt_alert_pcap_packets_total 44
mmt_alert_pcap_verdicts_total{outcome="joined"} 46
mmt_alert_pcap_verdicts_total{outcome="missed"} 47
mmt_alert_pcap_verdicts_total{outcome="refused"} 48
mmt_alert_pcap_verdicts_total{outcome="saved"} 43
mmt_analyzed_bytes_total 6400
mmt_analyzed_packets_total 100
mmt_build_info{version="1.2"} 1
mmt_bypass_refused_sessions_total 2
mmt_bypassed_sessions 5
mmt_created_sessions_total 20
mmt_dropped_packets_total{reason="filter",stage="capture"} 1
mmt_dropped_packets_total{reason="full",stage="capture"} 2
mmt_dropped_packets_total{reason="missed",stage="nic"} 4
mmt_dump_files_total 40
mmt_dump_lost_packets_total 42
mmt_dump_packets_total 41
mmt_evicted_sessions_total 3
mmt_expired_sessions_total 9
mmt_given_up_packets_total 1
mmt_interface_downs_total 2
mmt_limit_sessions 70
mmt_log_messages_total{outcome="held"} 61
mmt_log_messages_total{outcome="lost"} 62
mmt_log_messages_total{outcome="written"} 60
mmt_output_damaged_files_total{channel="kafka"} 1
mmt_output_damaged_files_total{channel="stdout"} 0
mmt_output_failing{channel="kafka"} 1
mmt_output_failing{channel="stdout"} 0
mmt_output_lost_lines_total{channel="kafka",reason="queue full"} 2
mmt_output_lost_lines_total{channel="kafka",reason="refused"} 0
mmt_output_lost_lines_total{channel="stdout",reason="damaged"} 0
mmt_output_pending_lines{channel="kafka"} 9
mmt_output_pending_lines{channel="stdout"} 0
mmt_output_spilled_bytes{channel="kafka"} 800
mmt_output_spilled_bytes{channel="stdout"} 0
mmt_output_spilled_lines{channel="kafka"} 8
mmt_output_spilled_lines{channel="stdout"} 0
mmt_output_written_lines_total{channel="kafka"} 30
mmt_output_written_lines_total{channel="stdout"} 3
mmt_probe_restarts_total{reason="crash"} 1
mmt_probe_restarts_total{reason="update"} 3
mmt_protocol_bytes_total{protocol="ethernet"} 6400
mmt_protocol_bytes_total{protocol="ip"} 6300
mmt_protocol_packets_total{protocol="ethernet"} 100
mmt_protocol_packets_total{protocol="ip"} 97
mmt_query_refused_packets_total 34
mmt_received_packets_total 107
mmt_reconstructed_bytes_total 36
mmt_reconstructed_files_total 35
mmt_reconstruction_lost_pieces_total 39
mmt_reconstruction_refused_files_total{reason="bomb"} 37
mmt_reconstruction_refused_files_total{reason="limit"} 38
mmt_reopened_sessions_total 1
mmt_report_lines_total 33
mmt_ring_capacity_packets{ring="0"} 64
mmt_ring_depth_packets{ring="0"} 6
mmt_ring_depth_packets{ring="capture"} 5
mmt_security_discarded_instances_total 13
mmt_security_failures_total 17
mmt_security_given_up_instances_total 14
mmt_security_instances 11
mmt_security_lost_packets_total 15
mmt_security_refused_instances_total 12
mmt_security_rules 60
mmt_security_truncated_values_total 16
mmt_sessionless_packets_total 3
mmt_verdicts_total{outcome="detected",rule="32"} 8
mmt_verdicts_total{outcome="respected",rule="32"} 9
mmt_worker_cpu_seconds_total{worker="0"} 1.5
mmt_worker_packets_total{worker="0"} 60
mmt_worker_packets_total{worker="1"} 40
`
	if got := values(text(t, &full)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if full.Packets.Received != full.Packets.Analyzed+full.Dropped() {
		t.Error("the sum of the drops is wrong")
	}
}

func TestWhatIsNotThereIsNotShown(t *testing.T) {
	got := values(text(t, &Snapshot{}))
	for _, prefix := range []string{"mmt_security", "mmt_verdicts", "mmt_output", "mmt_protocol", "mmt_ring", "mmt_worker", "mmt_dropped",
		"mmt_reconstruct", "mmt_dump", "mmt_alert_pcap"} {
		if strings.Contains(got, prefix) {
			t.Errorf("%s is shown:\n%s", prefix, got)
		}
	}
}

// TestNames: the naming guide is kept, and each metric has a help text of one
// sentence, a unit that its name ends with, and the prefix.
func TestNames(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(text(t, &full))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	withoutUnit := map[string]bool{"mmt_build_info": true, "mmt_output_failing": true}
	for _, f := range families {
		base := strings.TrimSuffix(f.name, "_total")
		if (f.unit == "") != withoutUnit[f.name] || !strings.HasSuffix(base, f.unit) {
			t.Errorf("%s: the unit %q is not in the name", f.name, f.unit)
		}
		if !strings.HasPrefix(f.name, "mmt_") || (f.kind == prometheus.CounterValue) == (base == f.name) {
			t.Errorf("%s: wrong prefix or suffix", f.name)
		}
		if !strings.HasSuffix(f.help, ".") || strings.Contains(f.help, "\n") {
			t.Errorf("%s: help %q is not a sentence", f.name, f.help)
		}
	}
}

func TestReset(t *testing.T) {
	s := full
	s.Drops = append([]Drop(nil), full.Drops...)
	s.Reset()
	if s.Version != "" || s.Packets != (Packets{}) || s.Security.Enabled || s.Dropped() != 0 || len(s.Channels)+len(s.Verdicts)+len(s.Rings) > 0 {
		t.Errorf("left over: %+v", s)
	}
	if cap(s.Drops) == 0 {
		t.Error("the memory is not kept")
	}
}
