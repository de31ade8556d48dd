package probe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/dataplane/netnstest"
)

// TestNobodyReadsStdout: a live probe whose standard output is a pipe that nobody
// reads analyses on, writes its files, counts what it loses, and ends.
func TestNobodyReadsStdout(t *testing.T) {
	w := watching(t, "-Xprometheus.enable=true", "-Xprometheus.address=127.0.0.1:0", "-Xsession-report.output-channel={file, stdout}",
		"-Xoutput.cache-max=5", "-Xoutput.queue-size=100", "-Xoutput.flush-timeout=1", "-Xstats-period=600")
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer pipe.Close()
	w.cmd.Stdout = pipe
	if err := (netnstest.End{Space: w.out.Space, Name: "lo"}).SetUp(true); err != nil {
		t.Fatal(err)
	}
	base := addressIn(t, filepath.Join(w.start().dir, "probe.log"))
	packets := traffic.Mixed(1, 600)
	w.sender.Replay(packets, 20000)
	waitFor(t, "all packets analysed", func() bool {
		return w.scrape(base).values["mmt_analyzed_packets_total"] == float64(len(packets))
	})
	w.signal(os.Interrupt)
	if err := w.cmd.Wait(); err == nil || !strings.Contains(w.stderr.String(), "output channel stdout: ") {
		t.Errorf("%v: %s", err, &w.stderr)
	}
	log, err := os.ReadFile(filepath.Join(w.dir, "probe.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "output channel stdout: reports are being lost, so far: ") {
		t.Errorf("the log does not tell of losses: %s", log)
	}
	n := 0
	for _, line := range complete(t, filepath.Join(w.dir, "out")) {
		if strings.HasPrefix(line, "100,") {
			n++
		}
	}
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := reports(t, dir, nil, "-t", "trace.pcap", "-Xstats-period=600")
	if all := len(timeless(t, want)); n != all {
		t.Errorf("files have %d reports of sessions, want %d", n, all)
	}
}
