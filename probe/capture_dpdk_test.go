//go:build dpdk && cgo && linux

package probe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/dpdk/dpdktest"
	"mmt/dataplane/pcapfile"
)

// dpdkBuild tells whether these tests are of a build with DPDK.
const dpdkBuild = true

// ringVariable makes the child send a trace through its own port, which a ring
// leads back to it.
const ringVariable = "PROBE_TEST_RING"

func init() {
	if trace := os.Getenv(ringVariable); trace != "" {
		go func() {
			if err := sendWhenReady(trace); err != nil {
				panic(err)
			}
		}()
	}
}

// sendWhenReady waits until probe.log says that the ports are open, sends a trace
// and says that it has.
func sendWhenReady(trace string) error {
	for {
		log, _ := os.ReadFile("probe.log")
		if strings.Contains(string(log), "DPDK port") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	src, err := pcapfile.Open(trace, pcapfile.Options{})
	if err != nil {
		return err
	}
	var b dataplane.Burst
	for src.Receive(&b) == nil {
		for _, p := range b.Packets[:b.N] {
			for done := false; !done; time.Sleep(50 * time.Microsecond) {
				if done, err = dpdktest.Send(0, 0, p.Data, dpdktest.Segment); err != nil {
					return err
				}
			}
		}
	}
	return os.WriteFile("sent", nil, 0o644)
}

// eal are arguments with which the tests need no preparation.
func eal(device string) []string {
	return []string{"-Xinput.source=0", fmt.Sprintf("-Xinput.dpdk-option=--no-pci --no-huge -m 512 --file-prefix probe%d --vdev %s", os.Getpid(), device)}
}

// TestDPDKAsTrace: a trace gives the same session reports by file and by each
// virtual device.
func TestDPDKAsTrace(t *testing.T) {
	// Times of a trace that is long past would meet the computer's clock.
	packets := whole(apart...)
	late := time.Now().UnixNano() - packets[0].Time
	for i := range packets {
		packets[i].Time += late
	}
	want := func(t *testing.T, packets []traffic.Packet) []string {
		t.Helper()
		dir := t.TempDir()
		write(t, dir, "trace.pcap", pcap(t, packets))
		return orderless(t, reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, longPeriod...)...))
	}
	for _, c := range []struct {
		name    string
		options []string
		feed    func(t *testing.T, w *watch, packets []traffic.Packet)
	}{
		{"net_af_packet", eal("net_af_packet0,iface=out0,blocksz=4096,framesz=2048,framecnt=4096"), replayed},
		{"net_af_xdp", []string{"-Xinput.source=0", "-Xinput.dpdk-option=--no-pci --in-memory -m 128 --vdev net_af_xdp0,iface=out0,busy_budget=0"},
			replayed},
		{"net_pcap", eal("net_pcap0,rx_pcap=trace.pcap"), func(*testing.T, *watch, []traffic.Packet) {}},
		{"net_ring", eal("net_ring0"), func(t *testing.T, w *watch, _ []traffic.Packet) {
			waitFor(t, "the trace to be sent", func() bool {
				_, err := os.Stat(filepath.Join(w.dir, "sent"))
				return err == nil
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			packets := packets
			switch c.name {
			case "net_af_packet": // the driver has the kernel put fragments of IPv4 together
				packets = slices.DeleteFunc(slices.Clone(packets), isFragment)
			case "net_af_xdp":
				reserve(t)
			}
			w := watchingPair(t, ethernet, slices.Concat(c.options, longPeriod)...)
			w.ready = "input.capture is auto: numbers are DPDK ports"
			write(t, w.dir, "trace.pcap", pcap(t, packets))
			if c.name == "net_ring" {
				w.cmd.Env = append(w.cmd.Env, ringVariable+"=trace.pcap")
			}
			w.start()
			c.feed(t, w, packets)
			time.Sleep(500 * time.Millisecond) // what a driver holds is not to be seen from here
			got, files := w.end(os.Interrupt)
			w.complete(files, "0", packets)
			same(t, "live", orderless(t, got), want(t, packets))
		})
	}
}

func replayed(_ *testing.T, w *watch, packets []traffic.Packet) { w.sender.Replay(packets, 5000) }

// isFragment tells whether a frame without tags is a part of an IPv4 packet.
func isFragment(p traffic.Packet) bool {
	f := p.Data
	return len(f) > 22 && f[12] == 8 && f[13] == 0 && (f[20]&0x3f != 0 || f[21] != 0)
}

// reserve has hugepages for the test, or skips it: net_af_xdp receives nothing
// without.
func reserve(t *testing.T) {
	t.Helper()
	giveBack, err := dpdktest.Reserve(64)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(giveBack)
}

// TestDPDKErrors: one line says what is wrong with ports, and the mend.
func TestDPDKErrors(t *testing.T) {
	var none []traffic.Packet
	for _, c := range []struct{ source, device, want string }{
		{"3", "net_null0", `there is no DPDK port "3" (there are 0 (net_null0))`},
		{"0,0", "net_null0", "0 is there twice"},
		{"0", "net_pcap0,rx_pcap=missing.pcap", "DPDK"},
	} {
		dir := t.TempDir()
		write(t, dir, "trace.pcap", pcap(t, none))
		code, _, stderr := run(t, dir, nil, append(eal(c.device), "-i", c.source, "-Xinput.source="+c.source)...)
		if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("code %d, printed %q, want one line with %q", code, stderr, c.want)
		}
	}
}
