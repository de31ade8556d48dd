package pcapfile

import (
	"encoding/csv"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mmt/dataplane"
	"mmt/dataplane/filter"
)

// corpus returns the traces beside the repository, or skips.
func corpus(t *testing.T) []string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above this package")
		}
		dir = filepath.Dir(dir)
	}
	pattern := filepath.Join(dir, "..", "shared", "corpus", "classification", "pcap", "*")
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no traces at %s: nothing to compare", pattern)
	}
	return files
}

func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: no second opinion (apt-get install %s)", name, pkg)
	}
	return path
}

// counted is the sum of a trace.
type counted struct{ packets, bytes uint64 }

func count(t *testing.T, s *Source) counted {
	t.Helper()
	var b dataplane.Burst
	var c counted
	for s.Receive(&b) == nil {
		for _, p := range b.Packets[:b.N] {
			c.packets++
			c.bytes += uint64(p.Len)
		}
		s.Release(&b)
	}
	if st := s.Stats(); st.Received != c.packets || st.ReceivedBytes != c.bytes {
		t.Errorf("the source counts %+v", st)
	}
	return c
}

// TestCorpusAgainstCapinfos compares the number of packets and the sum of their
// lengths of each trace, mapped and as a stream, to what capinfos says.
func TestCorpusAgainstCapinfos(t *testing.T) {
	files := corpus(t)
	capinfos := tool(t, "capinfos", "wireshark-common")
	// -T table, -m comma-separated, -Q quoted, -c packets, -d bytes.
	out, err := exec.Command(capinfos, append([]string{"-T", "-m", "-Q", "-c", "-d"}, files...)...).Output()
	if err != nil {
		t.Logf("capinfos: %v (it found a damaged trace)", err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < len(files)/2 {
		t.Fatalf("capinfos knows %d of %d traces", len(rows)-1, len(files))
	}
	for _, row := range rows[1:] {
		var want counted
		if want.packets, err = strconv.ParseUint(row[1], 10, 64); err != nil {
			t.Fatalf("%v: %v", row, err)
		}
		if want.bytes, err = strconv.ParseUint(row[2], 10, 64); err != nil {
			t.Fatalf("%v: %v", row, err)
		}
		compareCount(t, row[0], want)
	}
	t.Logf("%d traces", len(rows)-1)
}

func compareCount(t *testing.T, name string, want counted) {
	t.Helper()
	s, err := Open(name, Options{})
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	if got := count(t, s); got != want {
		t.Errorf("%s: %+v, capinfos says %+v", name, got, want)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stream, err := NewReader(f, name, Options{})
	if err != nil {
		t.Error(err)
		return
	}
	if got := count(t, stream); got != want {
		t.Errorf("%s as a stream: %+v, capinfos says %+v", name, got, want)
	}
}

// TestFilterAgainstTcpdump compares how many packets of real traces pass
// through filters of each kind.
func TestFilterAgainstTcpdump(t *testing.T) {
	files := corpus(t)
	tcpdump := tool(t, "tcpdump", "tcpdump")
	expressions := []string{
		"ip", "ip6", "tcp", "udp port 53", "tcp port 80 or 443", "not tcp and not udp", "net 192.168.0.0/16",
		"src net 10", "portrange 1-1023", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "ip[8] < 64", "greater 500",
		"vlan or ip", "ip6 and not icmp6", "icmp[icmptype] = icmp-echo", "udp[4:2] > 100", "ip multicast", "sctp or ah or esp",
	}
	out := filepath.Join(t.TempDir(), "out.pcap")
	tried := 0
	for i, name := range files {
		expr := expressions[i%len(expressions)]
		// tcpdump gives up on traces of several link types and on a few others.
		if exec.Command(tcpdump, "-r", name, "-w", out, expr).Run() != nil {
			continue
		}
		written, err := Open(out, Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := count(t, written)
		written.Close()
		s, err := Open(name, Options{Filter: expr})
		var unsupported *filter.Error
		if errors.As(err, &unsupported) && strings.Contains(unsupported.Reason, "link type") {
			t.Log(err) // a clear refusal is not a wrong answer
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if got := count(t, s); got != want {
			t.Errorf("%s: %q: %+v, tcpdump says %+v", name, expr, got, want)
		}
		s.Close()
		tried++
	}
	t.Logf("%d traces", tried)
	if tried < len(files)*3/4 {
		t.Errorf("tcpdump read only %d of %d traces", tried, len(files))
	}
}
