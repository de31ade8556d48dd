package probe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bench/traffic"
	"mmt/bpf"
	"mmt/dataplane/netnstest"
)

// rightsVariable makes the child have only some rights: those to capture, or also
// those for the prefilter.
const rightsVariable = "PROBE_TEST_RIGHTS"

var someRights = map[string][]uintptr{
	"capture":   {unix.CAP_NET_RAW, unix.CAP_NET_ADMIN},
	"prefilter": {unix.CAP_NET_RAW, unix.CAP_NET_ADMIN, unix.CAP_BPF, unix.CAP_PERFMON},
}

func init() {
	if rights := someRights[os.Getenv(rightsVariable)]; rights != nil {
		panic(withRights(rights))
	}
}

// withRights starts the program anew with some rights. It returns only if it
// fails.
func withRights(rights []uintptr) error {
	const noRoot = 1 // SECBIT_NOROOT of linux/securebits.h
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noRoot, 0, 0, 0); err != nil {
		return err
	}
	var data [2]unix.CapUserData
	for _, r := range rights {
		data[r/32].Permitted |= 1 << (r % 32)
	}
	for i := range data {
		data[i].Effective, data[i].Inheritable = data[i].Permitted, data[i].Permitted
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return err
	}
	for _, r := range rights {
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, r, 0, 0); err != nil {
			return err
		}
	}
	if err := os.Unsetenv(rightsVariable); err != nil {
		return err
	}
	return unix.Exec("/proc/self/exe", os.Args, os.Environ())
}

// sieving starts a probe with a prefilter and metrics.
func sieving(t *testing.T, pair netnstest.PairOptions, options ...string) (w *watch, base string) {
	t.Helper()
	w = sieve(t, pair, options...)
	return w, w.startSieve()
}

// sieve is such a probe before its start.
func sieve(t *testing.T, pair netnstest.PairOptions, options ...string) *watch {
	t.Helper()
	w := watchingPair(t, pair, slices.Concat(longPeriod, sieveOptions, options,
		[]string{"-Xprometheus.enable=true", "-Xprometheus.address=127.0.0.1:0"})...)
	w.ready = "prefilter: "
	if err := (netnstest.End{Space: w.out.Space, Name: "lo"}).SetUp(true); err != nil {
		t.Fatal(err)
	}
	return w
}

// startSieve returns where the metrics are.
func (w *watch) startSieve() (base string) {
	w.t.Helper()
	return addressIn(w.t, filepath.Join(w.start().dir, "probe.log"))
}

// accounts waits until the probe has accounted for n packets, and compares the
// drops of its prefilter.
func (w *watch) accounts(base string, n int, drops map[string]int) {
	w.t.Helper()
	var last *scrape
	begin := time.Now()
	for last == nil || last.sums["mmt_received_packets_total"] < float64(n) {
		if time.Since(begin) > 20*time.Second {
			w.t.Fatalf("%v packets received of %d", last.sums["mmt_received_packets_total"], n)
		}
		now := w.scrape(base)
		if last != nil {
			if err := now.after(last); err != nil {
				w.t.Fatal(err)
			}
		}
		last = now
	}
	if got := last.sums["mmt_received_packets_total"]; got != float64(n) {
		w.t.Errorf("%v packets received, want %d", got, n)
	}
	for _, reason := range []string{"protocol", "prefix", "port", "not-allowed", "unwanted", "sampled", "non-ip", "bypassed"} {
		name := `mmt_dropped_packets_total{reason="` + reason + `",stage="prefilter"}`
		if got, shown := last.values[name]; !shown || got != float64(drops[reason]) {
			w.t.Errorf("%s is %v, shown %v; want %d", name, got, shown, drops[reason])
		}
	}
}

// TestPrefilterLive: wherever the prefilter runs, it drops the same packets for
// the same reasons, reports are those of a trace, and each packet is accounted
// for.
func TestPrefilterLive(t *testing.T) {
	for _, c := range []struct {
		name, mode, capture string
		log                 string
		options             []string
	}{
		{"native", "native", "afpacket", "prefilter: out0: XDP in native mode", nil},
		{"generic", "generic", "afpacket", "prefilter: out0: XDP in generic mode", nil},
		{"auto", "auto", "afpacket", "prefilter: out0: XDP in native mode", []string{"-Xinput.poller-nb=2", "-Xinput.timeout=1"}},
		{"user", "user", "afpacket", "prefilter: in user space: as prefilter.mode says", nil},
		{"AF_XDP native", "native", "afxdp", "prefilter: in the kernel", nil},
		{"AF_XDP generic", "generic", "afxdp", "out0: XDP in generic mode", nil},
		{"AF_XDP user", "user", "afxdp", "prefilter: in user space", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.mode != "user" || c.capture == "afxdp" {
				needXDP(t)
			}
			packets := whole(apart...)
			packets = append(packets, whole("dns")...)
			w, base := sieving(t, ethernet, append(c.options, "-Xprefilter.mode="+c.mode, "-Xinput.capture="+c.capture)...)
			w.awaitLog(c.log)
			w.checkSieve(base, packets)
		})
	}
}

// checkSieve replays packets and compares what the probe makes of them with what
// it makes of a trace without those that are dropped.
func (w *watch) checkSieve(base string, packets []traffic.Packet) {
	w.t.Helper()
	w.sender.Replay(packets, 5000)
	passed, drops := sieved(w.t, packets)
	w.accounts(base, len(packets), drops)
	got, files := w.end(os.Interrupt)
	dir := w.t.TempDir()
	write(w.t, dir, "trace.pcap", pcap(w.t, passed))
	want := reports(w.t, dir, nil, append([]string{"-t", "trace.pcap"}, longPeriod...)...)
	same(w.t, "live", orderless(w.t, got), orderless(w.t, want))
	if s := fmt.Sprint(w.lastFigures(files, "out0")); s != fmt.Sprint([]int{len(packets), 0, len(passed), 0, total(passed), 0}) {
		w.t.Errorf("status %s, want %d packets of which %d of %d bytes pass", s, len(packets), len(passed), total(passed))
	}
}

// TestPrefilterRights: with the rights that are asked for the prefilter is in the
// kernel; without those for BPF the probe filters itself, and says so.
func TestPrefilterRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to give up rights")
	}
	for rights, log := range map[string]string{
		"capture":   "prefilter: in user space: no right to use BPF: run as root or give the program CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN",
		"prefilter": "prefilter: out0: XDP in native mode",
	} {
		t.Run(rights, func(t *testing.T) {
			needXDP(t)
			t.Setenv(rightsVariable, rights)
			w, base := sieving(t, ethernet)
			w.awaitLog(log)
			w.checkSieve(base, whole("dns", "web", "scans", "noise"))
		})
	}
}

// TestPrefilterOccupied: another XDP program at the interface is left alone, the
// probe filters itself, and says why.
func TestPrefilterOccupied(t *testing.T) {
	needXDP(t)
	other, err := bpf.Load(bpf.Options{Flows: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	w := sieve(t, ethernet)
	w.out.Space.Do(func() {
		attached, err := other.Attach("out0", bpf.Generic)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { attached.Close() })
	})
	base := w.startSieve()
	w.awaitLog("prefilter: in user space: out0: native mode: there is another XDP program (bpftool net shows it")
	w.checkSieve(base, whole("dns", "web", "scans", "noise"))
}

// TestPrefilterComesBack: when the interface is removed and made anew, the
// prefilter is attached again, and no packet is unaccounted for.
func TestPrefilterComesBack(t *testing.T) {
	needXDP(t)
	w, base := sieving(t, ethernet, "-Xprefilter.mode=generic")
	packets := whole("dns", "web", "scans", "noise")
	_, drops := sieved(t, packets)
	w.sender.Replay(packets, 5000)
	w.accounts(base, len(packets), drops)
	w.out.Delete(t)
	w.awaitLog("prefilter: out0 is gone and XDP with it: in user space until it is back")
	netnstest.Pair(t, w.in, w.out, ethernet)
	w.awaitLog("out0 is up: the capture goes on")
	waitFor(t, "the prefilter attached twice", func() bool {
		log, err := os.ReadFile(filepath.Join(w.dir, "probe.log"))
		return err == nil && strings.Count(string(log), "prefilter: out0: XDP in generic mode") == 2
	})
	netnstest.NewSender(t, w.in).Replay(packets, 5000)
	for reason := range drops {
		drops[reason] *= 2
	}
	w.accounts(base, 2*len(packets), drops)
	if _, files := w.end(os.Interrupt); w.lastFigures(files, "out0")[0] != 2*len(packets) {
		t.Errorf("status %v, want %d packets of the NIC", w.lastFigures(files, "out0"), 2*len(packets))
	}
}

// transmit sends packets from the watched end through the host's queue, where
// AF_PACKET sees them.
func (w *watch) transmit(packets []traffic.Packet) {
	w.t.Helper()
	to := unix.SockaddrLinklayer{Ifindex: w.out.Index(w.t)}
	w.out.Space.Do(func() {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		defer unix.Close(fd)
		for _, p := range packets {
			if err := unix.Sendto(fd, p.Data, 0, &to); err != nil {
				w.t.Fatal(err)
			}
		}
	})
}

// TestPrefilterEgress: what the host sends passes no XDP program; the probe drops
// it itself.
func TestPrefilterEgress(t *testing.T) {
	needXDP(t)
	w, base := sieving(t, ethernet, "-Xprefilter.mode=native")
	packets := whole("dns", "web", "scans", "noise")
	_, drops := sieved(t, packets)
	w.transmit(packets)
	w.accounts(base, len(packets), drops)
	w.end(os.Interrupt)
}
