package probe_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"mmt/bench/traffic"
	"mmt/bpf"
	"mmt/dataplane/netnstest"
)

// ethernet is a veth pair that every way of capturing can take.
var ethernet = netnstest.PairOptions{MTU: 1500}

// whole are packets of all kinds that fit into a frame of Ethernet.
func whole(scenarios ...string) []traffic.Packet {
	return slices.DeleteFunc(traffic.Generate(goldenSeed, scenarios, 1), func(p traffic.Packet) bool {
		return len(p.Data) > 1514 || len(p.Data) < 60
	})
}

// needXDP skips a test where the kernel has no XDP or gives no right to it.
func needXDP(t *testing.T) {
	t.Helper()
	if err := bpf.Supported(); err != nil {
		t.Skip(err)
	}
}

// capture is a way to capture the end of a pair.
type capture struct {
	name    string
	pair    netnstest.PairOptions
	ready   string // what the log says of it
	options []string
}

// watch starts a probe that captures in this way.
func (c *capture) watch(t *testing.T, options ...string) *watch {
	t.Helper()
	w := watchingPair(t, c.pair, slices.Concat(c.options, options)...)
	w.ready = c.ready
	return w
}

// apart are scenarios none of whose sessions tells of another, so that it does
// not matter which of several pollers is first.
var apart = []string{"web", "tls", "ssh", "mail", "loss", "scans", "fragments", "mqtt", "ldap", "noise"}

// sameAsTrace replays packets and compares the reports of sessions, and the last
// figures, with those of a file.
func sameAsTrace(t *testing.T, w *watch, packets []traffic.Packet, options ...string) {
	t.Helper()
	w.start()
	w.replay(packets)
	got, files := w.end(os.Interrupt)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, options...)...)
	w.complete(files, "out0", packets)
	same(t, "live", orderless(t, got), orderless(t, want))
}

// complete checks that the last report 200 has every packet and none lost.
func (w *watch) complete(files []string, source string, packets []traffic.Packet) {
	w.t.Helper()
	want := fmt.Sprint([]int{len(packets), 0, len(packets), 0, total(packets), 0})
	if s := fmt.Sprint(w.lastFigures(files, source)); s != want {
		w.t.Errorf("status %s, want %s: every packet and none lost", s, want)
	}
}

// replay sends packets from two processors, each those of its own hosts, as a NIC
// would share them out: a veth gives a frame to the queue of the processor that
// sends it.
func (w *watch) replay(packets []traffic.Packet) {
	var shares [2][]traffic.Packet
	for _, p := range packets {
		sum := byte(0)
		for _, b := range p.Data[:12] { // both addresses
			sum ^= b
		}
		shares[sum&1] = append(shares[sum&1], p)
	}
	var both sync.WaitGroup
	for i, share := range shares {
		sender := netnstest.NewSender(w.t, w.in)
		both.Go(func() {
			runtime.LockOSThread() // for good: the thread ends with the goroutine
			var set unix.CPUSet
			set.Set(i % runtime.NumCPU())
			_ = unix.SchedSetaffinity(0, &set) // elsewhere it is one queue only
			sender.Replay(share, 2500)
		})
	}
	both.Wait()
}

// orderless are the fields of report 100 that depend neither on when packets came
// nor on which sessions came before others, nor on which thread they went to.
func orderless(t *testing.T, lines []string) (out []string) {
	t.Helper()
	const active, session, thread = 4, 18, 21 // places in what timeless returns
	for _, line := range timeless(t, lines) {
		f := strings.Split(line, ",")
		f[active], f[session], f[thread] = "", "", ""
		out = append(out, strings.Join(f, ","))
	}
	slices.Sort(out)
	return out
}

// TestCapturesAsTrace: a trace gives the same session reports by file and by
// each way of capturing.
func TestCapturesAsTrace(t *testing.T) {
	two := netnstest.PairOptions{MTU: 1500, Queues: 2}
	for _, c := range []capture{
		{"afpacket", ethernet, "out0: AF_PACKET, ring of", []string{"-Xinput.capture=afpacket"}},
		{"afpacket 2 pollers", ethernet, "first of 2 sources", []string{"-Xinput.capture=afpacket", "-Xinput.poller-nb=2", "-Xinput.timeout=1"}},
		{"afpacket 2 pollers 2 threads", ethernet, "first of 2 sources",
			[]string{"-Xinput.capture=afpacket", "-Xinput.poller-nb=2", "-Xinput.timeout=1", "-Xthread-nb=2"}},
		{"afxdp native", ethernet, "out0: XDP in native mode", []string{"-Xinput.capture=afxdp"}},
		// A veth refuses native mode when its frames may be longer than a page.
		{"afxdp generic", netnstest.PairOptions{MTU: 9000}, "out0: XDP in generic mode", []string{"-Xinput.capture=afxdp"}},
		{"afxdp 2 queues", two, "queues 0, 1", []string{"-Xinput.capture=afxdp"}},
		{"afxdp 2 pollers", two, "first of 2 sources", []string{"-Xinput.capture=afxdp", "-Xinput.poller-nb=2"}},
		{"afxdp 2 pollers 2 threads", two, "first of 2 sources", []string{"-Xinput.capture=afxdp", "-Xinput.poller-nb=2", "-Xthread-nb=2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.HasPrefix(c.name, "afxdp") {
				needXDP(t)
			}
			packets := whole(apart...)
			sameAsTrace(t, c.watch(t, longPeriod...), packets, longPeriod...)
		})
	}
}

// TestXDPFilterAndSnapLen: both hold for AF_XDP as for a trace.
func TestXDPFilterAndSnapLen(t *testing.T) {
	needXDP(t)
	options := append([]string{"-Xinput.pcap-filter=tcp", "-Xinput.snap-len=90"}, longPeriod...)
	c := capture{pair: ethernet, ready: "out0: XDP in native mode", options: []string{"-Xinput.capture=afxdp"}}
	w := c.watch(t, options...).start()
	packets := whole("dns", "web")
	w.sender.Replay(packets, 5000)
	got, files := w.end(os.Interrupt)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, options...)...)
	same(t, "live", timeless(t, got), timeless(t, want))
	if s := w.lastStatus(files); s[0] != len(packets) || s[2] == 0 || s[2] >= len(packets) {
		t.Errorf("status %v of %d packets", s, len(packets))
	}
}

// TestXDPDownAndUp: AF_XDP outlives its interface's going down as AF_PACKET does.
func TestXDPDownAndUp(t *testing.T) {
	needXDP(t)
	c := capture{pair: ethernet, ready: "out0: XDP in native mode", options: []string{"-Xinput.capture=afxdp"}}
	downAndUp(t, c.watch(t, longPeriod...).start())
}

// TestRemovedAndMadeAgain: the probe outlives its interface, and goes on with the
// next one of its name.
func TestRemovedAndMadeAgain(t *testing.T) {
	for _, c := range []capture{
		{"afpacket", ethernet, "out0: AF_PACKET, ring of", nil},
		{"afxdp", ethernet, "out0: XDP in native mode", []string{"-Xinput.capture=afxdp"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "afxdp" {
				needXDP(t)
			}
			w := c.watch(t, longPeriod...).start()
			packets := whole("dns")
			w.sender.Replay(packets, 5000)
			w.in.Delete(t)
			w.awaitLog("out0 was removed: the capture goes on when it is up again")
			netnstest.Pair(t, w.in, w.out, c.pair)
			w.awaitLog("out0 is up: the capture goes on")
			netnstest.NewSender(t, w.in).Replay(packets, 5000)
			_, files := w.end(os.Interrupt)
			if s := w.lastStatus(files); s[1] != 0 || s[2] != 2*len(packets) {
				t.Errorf("status %v, want %d packets", s, 2*len(packets))
			}
		})
	}
}

// TestCaptureErrors: one line says what is wrong, and the mend.
func TestCaptureErrors(t *testing.T) {
	noDPDK := "this build has no DPDK: make build-dpdk"
	for _, c := range []struct {
		name     string
		noRights bool
		options  []string
		want     []string
	}{
		{"DPDK by number", false, []string{"-i", "0,1"}, []string{`"0,1" are DPDK ports`, noDPDK}},
		{"DPDK asked for", false, []string{"-i", "lo", "-Xinput.capture=dpdk"}, []string{noDPDK}},
		{"no interface", false, []string{"-i", "none0", "-Xinput.capture=afxdp"}, []string{"none0", "ip link"}},
		{"too many pollers", false, []string{"-i", "lo", "-Xinput.capture=afxdp", "-Xinput.poller-nb=9"}, []string{"lo: AF_XDP: ", "ethtool -L lo combined 9"}},
		{"a file", false, []string{"-i", "trace.pcap"}, []string{"it is a file: read it with -t trace.pcap"}},
		{"AF_PACKET without rights", true, []string{"-i", "lo"}, []string{"CAP_NET_RAW", "setcap"}},
		{"AF_XDP without rights", true, []string{"-i", "lo", "-Xinput.capture=afxdp"}, []string{"CAP_BPF", "CAP_NET_RAW", "input.capture = afpacket"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			switch {
			case c.noRights && os.Geteuid() != 0:
				t.Skip("needs root to give up rights")
			case c.noRights:
				t.Setenv(noRightsVariable, "1")
			case dpdkBuild && strings.Contains(c.name, "DPDK"):
				t.Skip("this build has DPDK")
			case strings.Contains(c.name, "pollers"):
				needXDP(t)
			}
			dir := t.TempDir()
			write(t, dir, "trace.pcap", pcap(t, whole("dns")))
			code, _, stderr := run(t, dir, nil, c.options...)
			if code != 1 || strings.Count(stderr, "\n") != 1 {
				t.Errorf("code %d, printed %q, want one line", code, stderr)
			}
			for _, want := range c.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("printed %q, want %q in it", stderr, want)
				}
			}
		})
	}
}
