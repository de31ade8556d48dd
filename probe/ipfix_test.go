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

// udpSocket tells of a socket of UDP on loopback's port: the bytes that its owner
// has not read yet, and the datagrams that the kernel dropped at it.
func udpSocket(t *testing.T, port int) (unread, drops uint64, bound bool) {
	t.Helper()
	// /proc/net is that of the main thread, which a test of another namespace may have used up.
	table, err := os.ReadFile("/proc/thread-self/net/udp")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) < 13 || f[1] != fmt.Sprintf("0100007F:%04X", port) {
			continue
		}
		_, rx, _ := strings.Cut(f[4], ":")
		unread, _ = strconv.ParseUint(rx, 16, 64)
		drops, _ = strconv.ParseUint(f[12], 10, 64)
		return unread, drops, true
	}
	return 0, 0, false
}

// nfcapd is the collector of nfdump, which keeps what it gets in a folder.
type nfcapd struct {
	cmd    *exec.Cmd
	dir    string
	port   int
	output strings.Builder
}

// startCollector starts nfcapd at a port that nobody else has taken meanwhile.
func startCollector(t *testing.T) *nfcapd {
	t.Helper()
	testserver.Need(t, "nfcapd")
	for range 5 {
		if c := tryCollector(t); c != nil {
			return c
		}
	}
	t.Fatal("nfcapd does not listen")
	return nil
}

// tryCollector returns nil where nfcapd ended, as it does where its port was taken.
func tryCollector(t *testing.T) *nfcapd {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &nfcapd{dir: t.TempDir(), port: conn.LocalAddr().(*net.UDPAddr).Port}
	conn.Close()
	c.cmd = exec.Command("nfcapd", "-w", c.dir, "-p", strconv.Itoa(c.port), "-b", "127.0.0.1", "-B", "4194304", "-t", "3600")
	c.cmd.Stdout, c.cmd.Stderr = &c.output, &c.output
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { c.cmd.Wait(); close(gone) }()
	t.Cleanup(func() { c.cmd.Process.Kill(); <-gone })
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-gone:
			t.Logf("nfcapd ended: %s", c.output.String())
			return nil
		default:
		}
		if _, _, bound := udpSocket(t, c.port); bound {
			return c
		}
	}
	return nil
}

// flows waits until nfcapd has read everything, ends it and returns what nfdump
// shows of its files. It fails where the kernel dropped datagrams.
func (c *nfcapd) flows(t *testing.T) (flows []string) {
	t.Helper()
	waitFor(t, "nfcapd to read", func() bool {
		unread, drops, bound := udpSocket(t, c.port)
		if drops > 0 || !bound {
			t.Fatalf("nfcapd: %d datagrams dropped, listens: %v: %s", drops, bound, c.output.String())
		}
		return unread == 0
	})
	c.cmd.Process.Signal(syscall.SIGTERM)
	waitFor(t, "nfcapd to end", func() bool { return c.cmd.Process.Signal(syscall.Signal(0)) != nil })
	out, err := exec.Command("nfdump", "-R", c.dir, "-q", "-o", "fmt:%sa|%sp|%da|%dp|%pkt|%byt|%opkt|%obyt", "-N", "-6").CombinedOutput()
	if err != nil {
		t.Fatalf("nfdump: %v: %s; nfcapd: %s", err, out, c.output.String())
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(line, "|")
		if len(f) < 8 {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		flows = append(flows, strings.Join(f[:8], " "))
	}
	slices.Sort(flows)
	return flows
}

// TestIPFIXStandardCollector holds that nfcapd reads the export, both ways of each
// session, and finds the sums of the reports in it.
func TestIPFIXStandardCollector(t *testing.T) {
	dir, collector := t.TempDir(), startCollector(t)
	write(t, dir, "trace.pcap", pcap(t, traffic.Generate(5, []string{"web", "dns", "icmp", "ipv6"}, 1)))
	to := net.JoinHostPort("127.0.0.1", strconv.Itoa(collector.port))
	lines := ofLines(t, reports(t, dir, nil, toCollector(t, to, "UDP", "stats-period=3600")...))
	same(t, "nfdump", withoutICMPPorts(collector.flows(t)), withoutICMPPorts(lines))
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
