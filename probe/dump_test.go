package probe

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmt/bench/traffic"
	"mmt/config"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// readTrace returns all packets of a trace.
func readTrace(t *testing.T, path string) (list []dataplane.Packet) {
	t.Helper()
	s, err := pcapfile.Open(path, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var b dataplane.Burst
	for {
		if err := s.Receive(&b); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		for _, p := range b.Packets[:b.N] {
			p.Data = bytes.Clone(p.Data)
			list = append(list, p)
		}
		s.Release(&b)
	}
}

// sortPackets puts packets into an order that does not depend on threads.
func sortPackets(list []dataplane.Packet) {
	slices.SortFunc(list, func(a, b dataplane.Packet) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), bytes.Compare(a.Data, b.Data))
	})
}

// generated writes a trace of made-up traffic.
func generated(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	if err := traffic.WritePcap(&b, traffic.Generate(5, names, 1)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trace.pcap")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDump holds that a dump has exactly the packets of the trace that have a
// protocol, as they came, whatever the number of threads.
func TestDump(t *testing.T) {
	trace := generated(t)
	all := readTrace(t, trace)
	for _, protocols := range []string{"{ethernet}", "{arp, 8021q}", "{http}", "{unknown, dns}"} {
		var want []dataplane.Packet
		if protocols == "{ethernet}" {
			want = slices.Clone(all)
			sortPackets(want)
		}
		for _, threads := range []int{0, 1, 3} {
			dir := t.TempDir()
			analyse(t, trace, "dump-pcap.enable=true", "dump-pcap.protocols="+protocols, "dump-pcap.output-dir="+dir, "dump-pcap.period=1",
				"enable-ip-defragmentation=true", fmt.Sprint("thread-nb=", threads))
			var got []dataplane.Packet
			for name := range contents(t, dir) {
				got = append(got, readTrace(t, filepath.Join(dir, name))...)
			}
			sortPackets(got)
			if want == nil {
				want = got
			}
			if len(got) == 0 || !slices.EqualFunc(got, want, samePacket) {
				t.Errorf("%s, %d threads: %d packets, want %d, or others", protocols, threads, len(got), len(want))
			}
			if i := slices.IndexFunc(got, func(p dataplane.Packet) bool {
				return !slices.ContainsFunc(all, func(q dataplane.Packet) bool { return samePacket(p, q) })
			}); i >= 0 {
				t.Errorf("%s: a packet that the trace does not have: %x", protocols, got[i].Data)
			}
		}
	}
}

func samePacket(a, b dataplane.Packet) bool {
	return a.Time == b.Time && a.Len == b.Len && a.Link == b.Link && bytes.Equal(a.Data, b.Data)
}

// TestDumpAsOthersSee holds that a dump of DNS has all that tshark takes for it.
func TestDumpAsOthersSee(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not there")
	}
	trace, dir := generated(t, "dns"), t.TempDir()
	analyse(t, trace, "dump-pcap.enable=true", "dump-pcap.protocols={DNS}", "dump-pcap.output-dir="+dir)
	frames := func(args ...string) string {
		out, err := exec.Command("tshark", append(args, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "dns.qry.name")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*_dump.pcap"))
	if err != nil || len(names) != 1 {
		t.Fatalf("files %q, %v", names, err)
	}
	want := frames("-r", trace, "-Y", "dns")
	if got := frames("-r", names[0], "-Y", "dns"); got != want || want == "" {
		t.Errorf("%d lines of frames, want %d", strings.Count(got, "\n"), strings.Count(want, "\n"))
	}
}

// TestDumpRefused holds that a dump of nothing, or of what nobody knows, is an error
// with its mend.
func TestDumpRefused(t *testing.T) {
	for protocols, want := range map[string]string{"{}": "names no protocol", "{htpp}": `"htpp", which is no protocol (did you mean http?)`} {
		c, err := config.Load("", []string{"input.mode=OFFLINE", "input.source=" + generated(t, "dns"), "dump-pcap.enable=true",
			"dump-pcap.output-dir=" + t.TempDir(), "dump-pcap.protocols=" + protocols})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (&Run{Config: c, Log: discard, Stdout: io.Discard}).Do(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", protocols, err)
		}
	}
}
