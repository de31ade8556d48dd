package probe_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane/netnstest"
)

// scrape reads the metrics of a probe in its namespace; what must always hold is
// checked.
func (w *watch) scrape(base string) *scrape {
	w.t.Helper()
	var s *scrape
	var err error
	w.out.Space.Do(func() { // a connection belongs to the namespace of the thread that makes it
		var conn net.Conn
		if conn, err = net.Dial("tcp", strings.TrimPrefix(base, "http://")); err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET /metrics HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")
		var resp *http.Response
		if resp, err = http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
			s, err = readScrape(resp)
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// TestMetricsOfOverload: a probe that cannot keep up tells exactly how many
// packets it has lost, and accounts for each while they come.
func TestMetricsOfOverload(t *testing.T) {
	w := watching(t, append([]string{"-Xprometheus.enable=true", "-Xprometheus.address=127.0.0.1:0", "-Xinput.buffer-size=262144"}, longPeriod...)...)
	if err := (netnstest.End{Space: w.out.Space, Name: "lo"}).SetUp(true); err != nil {
		t.Fatal(err)
	}
	base := addressIn(t, filepath.Join(w.start().dir, "probe.log"))
	packets := traffic.Generate(goldenSeed, []string{"web", "dns"}, 20)
	w.signal(syscall.SIGSTOP)
	w.sender.Replay(packets, 0)
	w.signal(syscall.SIGCONT)
	w.sender.Replay(packets[:len(packets)/2], 0)
	sent := float64(w.sender.Sent)
	var last *scrape
	begin := time.Now()
	for last == nil || last.sums["mmt_received_packets_total"] < sent {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("%v packets received of %v", last.sums["mmt_received_packets_total"], sent)
		}
		now := w.scrape(base)
		if last != nil {
			if err := now.after(last); err != nil {
				t.Fatal(err)
			}
		}
		last = now
	}
	lost := last.values[`mmt_dropped_packets_total{reason="full",stage="capture"}`]
	if received := last.sums["mmt_received_packets_total"]; received != sent || lost == 0 || lost == sent {
		t.Errorf("received %v, of these lost %v; sent %v", received, lost, sent)
	}
	if waiting := w.scrape(base).values[`mmt_ring_depth_packets{ring="capture"}`]; waiting != 0 {
		t.Errorf("%v packets wait at the end", waiting)
	}
	_, files := w.end(os.Interrupt)
	if s := w.lastStatus(files); float64(s[1]) != lost || float64(s[2]) != sent-lost {
		t.Errorf("status %v, the metrics say %v lost of %v", s, lost, sent)
	}
}
