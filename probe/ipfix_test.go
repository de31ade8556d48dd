package probe_test

import (
	"encoding/csv"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/testserver"
)

// toCollector are the options of an export to an address, besides lines to stdout.
func toCollector(t *testing.T, address, protocol string, more ...string) []string {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return append(set(append([]string{"ipfix-output.enable=true", "ipfix-output.hostname=" + host, "ipfix-output.port=" + port,
		"ipfix-output.protocol=" + protocol, "session-report.http=false", "stats-period=1"}, more...)...), "-t", "trace.pcap")
}

// traffic100 are the ends of a session and what it did, as a record or a line
// tells them.
func traffic100(src, dst netip.Addr, sport, dport, upPackets, upBytes, downPackets, downBytes uint64) string {
	return fmt.Sprint(src, " ", sport, " ", dst, " ", dport, " ", upPackets, " ", upBytes, " ", downPackets, " ", downBytes)
}

// ofLines returns what the reports 100 of CSV lines tell.
func ofLines(t *testing.T, lines []string) (all []string) {
	t.Helper()
	for _, line := range lines {
		if !strings.HasPrefix(line, "100,") {
			continue
		}
		f, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil {
			t.Fatal(err)
		}
		n := func(field int) uint64 {
			v, err := strconv.ParseUint(f[field-1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		all = append(all, traffic100(netip.MustParseAddr(f[19]), netip.MustParseAddr(f[20]), n(26), n(25), n(15), n(13), n(18), n(16)))
	}
	slices.Sort(all)
	return all
}

func ofRecords(records []testserver.IPFIXRecord) (all []string) {
	for _, r := range records {
		src, _ := netip.AddrFromSlice(append(r[8], r[27]...))
		dst, _ := netip.AddrFromSlice(append(r[12], r[28]...))
		all = append(all, traffic100(src, dst, r.U(7), r.U(11), r.U(2), r.U(1), r.U(-2), r.U(-1)))
	}
	slices.Sort(all)
	return all
}

// TestIPFIX holds that a collector gets a record for each report 100, whatever the
// number of threads.
func TestIPFIX(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(5, nil, 1)))
	for _, protocol := range []string{"TCP", "UDP"} {
		for _, threads := range []string{"0", "1", "3"} {
			server := testserver.StartIPFIX(t, strings.ToLower(protocol))
			want := ofLines(t, reports(t, dir, nil, toCollector(t, server.Address, protocol, "thread-nb="+threads)...))
			waitFor(t, "all records", func() bool { return len(server.Records()) >= len(want) })
			same(t, protocol+", "+threads+" threads", ofRecords(server.Records()), want)
			if faults := server.Faults(); len(faults) > 0 {
				t.Error(faults)
			}
		}
	}
}

// TestIPFIXMicroFlows: sessions that are too small for a report 100 are exported,
// too, and without any report of sessions.
func TestIPFIXMicroFlows(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(5, []string{"dns", "web"}, 1)))
	want := ofLines(t, reports(t, dir, nil, append(set("session-report.http=false", "stats-period=3600"), "-t", "trace.pcap")...))
	server := testserver.StartIPFIX(t, "tcp")
	run(t, dir, nil, toCollector(t, server.Address, "TCP", "session-report.enable=false", "micro-flows.enable=true", "stats-period=3600")...)
	waitFor(t, "all records", func() bool { return len(server.Records()) >= len(want) })
	same(t, "micro flows", ofRecords(server.Records()), want)
}

// freePort returns a port of UDP that nobody uses now.
func freePort(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, port, _ := net.SplitHostPort(conn.LocalAddr().String())
	return port
}

// startCollector starts nfcapd of nfdump, which keeps what it gets in a folder, at
// a port that nobody else has taken meanwhile.
func startCollector(t *testing.T, dir string) (cmd *exec.Cmd, port string) {
	t.Helper()
	testserver.Need(t, "nfcapd")
	for range 5 {
		port = freePort(t)
		cmd = exec.Command("nfcapd", "-w", dir, "-p", port, "-b", "127.0.0.1", "-t", "3600")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			table, _ := os.ReadFile("/proc/net/udp")
			if n, _ := strconv.Atoi(port); strings.Contains(string(table), fmt.Sprintf(":%04X ", n)) {
				t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
				return cmd, port
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
	}
	t.Fatal("nfcapd does not listen")
	return nil, ""
}

// TestIPFIXStandardCollector holds that nfcapd reads the export, both ways of each
// session, and finds the sums of the reports in it.
func TestIPFIXStandardCollector(t *testing.T) {
	dir, flows := t.TempDir(), t.TempDir()
	collector, port := startCollector(t, flows)
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(5, []string{"web", "dns", "icmp", "ipv6"}, 1)))
	lines := ofLines(t, reports(t, dir, nil, toCollector(t, "127.0.0.1:"+port, "UDP", "stats-period=3600")...))
	time.Sleep(500 * time.Millisecond) // nothing tells what nfcapd has read
	collector.Process.Signal(syscall.SIGTERM)
	collector.Wait()
	out, err := exec.Command("nfdump", "-R", flows, "-q", "-o", "fmt:%sa|%sp|%da|%dp|%pkt|%byt|%opkt|%obyt", "-N", "-6").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got []string
	for line := range strings.Lines(string(out)) {
		f := strings.Split(line, "|")
		if len(f) < 8 {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		got = append(got, strings.Join([]string{f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7]}, " "))
	}
	slices.Sort(got)
	same(t, "nfdump", withoutICMPPorts(got), withoutICMPPorts(lines))
}

// withoutICMPPorts leaves the second port out where there is no first one: nfdump
// shows type and code of ICMP there.
func withoutICMPPorts(flows []string) []string {
	out := make([]string, 0, len(flows))
	for _, flow := range flows {
		f := strings.Fields(flow)
		if f[1] == "0" {
			f[3] = "0"
		}
		out = append(out, strings.Join(f, " "))
	}
	slices.Sort(out)
	return out
}
