package probe_test

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane/netnstest"
)

// herd makes sessions of hundreds of packets each.
type herd struct {
	r       *rand.Rand
	packets []traffic.Packet
}

// Flags of TCP.
const (
	fin, syn, ack = 1, 2, 16
)

// beast is one session of a herd.
type beast struct {
	*herd
	ends [2]netip.AddrPort
	tcp  bool
	seq  [2]uint32
	left int
}

// say sends a packet from one side.
func (b *beast) say(side int, flags byte, n int) {
	from, to := b.ends[side], b.ends[1-side]
	t := binary.BigEndian.AppendUint16(nil, from.Port())
	t = binary.BigEndian.AppendUint16(t, to.Port())
	proto := byte(17)
	if b.tcp {
		proto = 6
		t = binary.BigEndian.AppendUint32(t, b.seq[side])
		t = binary.BigEndian.AppendUint32(t, b.seq[1-side])
		t = append(t, 5<<4, flags, 255, 255, 0, 0, 0, 0)
		b.seq[side] += uint32(n) + uint32(flags&fin) + uint32(flags&syn)/syn
	} else {
		t = binary.BigEndian.AppendUint16(t, uint16(8+n))
		t = append(t, 0, 0)
	}
	t = append(t, make([]byte, n)...)
	f := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0}
	f = binary.BigEndian.AppendUint16(f, uint16(20+len(t)))
	f = append(f, 0, 0, 0x40, 0, 64, proto, 0, 0)
	f = append(append(f, from.Addr().AsSlice()...), to.Addr().AsSlice()...)
	f = append(f, t...)
	f = append(f, make([]byte, max(60-len(f), 0))...)
	b.packets = append(b.packets, traffic.Packet{Time: int64(1_700_000_000e9) + int64(len(b.packets))*1e5, Data: f})
}

// newHerd returns n sessions of which all say something in turn. Some open, end
// and open again.
func newHerd(n, packets int) []traffic.Packet {
	h := &herd{r: rand.New(rand.NewPCG(7, 7))}
	var all []*beast
	for i := range n {
		b := &beast{herd: h, tcp: i%3 != 0, left: packets}
		for side := range b.ends {
			b.ends[side] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, byte(i), byte(1 + h.r.IntN(200))}), uint16(7000+i+side))
		}
		all = append(all, b)
		b.open()
	}
	for len(all) > 0 {
		b := all[h.r.IntN(len(all))]
		b.say(h.r.IntN(2), ack, 100+h.r.IntN(900))
		if b.left--; b.left == 0 {
			b.close()
			all = slices.DeleteFunc(all, func(x *beast) bool { return x == b })
		}
	}
	return h.packets
}

func (b *beast) open() {
	if b.tcp {
		b.say(0, syn, 0)
		b.say(1, syn|ack, 0)
		b.say(0, ack, 0)
	}
}

func (b *beast) close() {
	if b.tcp && b.ends[0].Port()%2 == 0 {
		b.say(0, fin|ack, 0)
		b.say(1, fin|ack, 0)
		b.say(0, ack, 0)
	}
}

// unmeasured are the fields of report 100 but for those that depend on time and
// those that are not measured of bypassed sessions.
func unmeasured(t *testing.T, lines []string) (out []string) {
	t.Helper()
	for _, line := range lines {
		if f := strings.Split(strings.TrimSpace(line), ","); f[0] == "100" {
			out = append(out, strings.Join(slices.Concat(f[4:8], f[9:18], f[19:23], f[24:26], f[38:41]), ",")+"\n")
		}
	}
	slices.Sort(out)
	return out
}

// TestBypassLive: with and without bypass, reports hold the same totals, and each
// packet is accounted for.
func TestBypassLive(t *testing.T) {
	needXDP(t)
	packets := newHerd(30, 300)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := unmeasured(t, reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, longPeriod...)...))
	for _, c := range []struct {
		name, log string
		options   []string
		bypasses  bool
	}{
		{"native", "out0: XDP in native mode", []string{"-Xinput.capture=afpacket", "-Xprefilter.mode=native", "-Xinput.timeout=1"}, true},
		{"generic", "out0: XDP in generic mode", []string{"-Xinput.capture=afpacket", "-Xprefilter.mode=generic", "-Xinput.timeout=1"}, true},
		{"threads", "out0: XDP in native mode", []string{"-Xinput.capture=afpacket", "-Xthread-nb=2", "-Xinput.timeout=1"}, true},
		{"AF_XDP", "prefilter: in the kernel", []string{"-Xinput.capture=afxdp"}, true},
		{"off", "out0: XDP in native mode", []string{"-Xinput.capture=afpacket", "-Xprefilter.bypass=false"}, false},
		{"user", "prefilter.bypass has no effect: the prefilter is in user space", []string{"-Xprefilter.mode=user"}, false},
		{"filter", "prefilter.bypass has no effect: the kernel would count packets that input.pcap-filter leaves out",
			[]string{"-Xinput.capture=afpacket", "-Xinput.pcap-filter=ip"}, false},
		{"queries", "prefilter.bypass has no effect: event-report and query-report ask for all packets",
			[]string{"-Xinput.capture=afpacket", "-Xquery-report.volume.enable=true"}, false},
		{"rules", "out0: XDP in native mode", []string{"-Xinput.capture=afpacket", "-Xsecurity.enable=true"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := watchingPair(t, ethernet, slices.Concat(longPeriod, []string{
				"-Xprefilter.enable=true", "-Xprefilter.bypass=true", "-Xprefilter.bypass-packets=20",
				"-Xprometheus.enable=true", "-Xprometheus.address=127.0.0.1:0"}, c.options)...)
			w.ready = "prefilter"
			if err := (netnstest.End{Space: w.out.Space, Name: "lo"}).SetUp(true); err != nil {
				t.Fatal(err)
			}
			base := addressIn(t, filepath.Join(w.start().dir, "probe.log"))
			w.awaitLog(c.log)
			half := len(packets) / 2
			w.sender.Replay(packets[:half], 6000)
			w.awaitAll(base, half) // by now sessions are known
			if n := w.scrape(base).values["mmt_bypassed_sessions"]; (n > 0) != c.bypasses {
				t.Errorf("%v sessions are bypassed", n)
			}
			w.sender.Replay(packets[half:], 6000)
			bypassed := w.awaitAll(base, len(packets))
			got, _ := w.end(os.Interrupt)
			same(t, "live", unmeasured(t, got), want)
			if (bypassed > 0) != c.bypasses {
				t.Errorf("%v of %d packets were bypassed", bypassed, len(packets))
			}
			t.Logf("%v of %d packets were bypassed", bypassed, len(packets))
		})
	}
}

// volumes adds up packets, bytes and payload of all reports between two ends, each
// way.
func volumes(t *testing.T, lines []string) map[string][9]int {
	t.Helper()
	all := map[string][9]int{}
	for _, line := range lines {
		f := strings.Split(strings.TrimSpace(line), ",")
		if f[0] != "100" {
			continue
		}
		key := strings.Join(slices.Concat(f[19:21], f[24:26]), ",")
		sum := all[key]
		for i := range sum {
			n, err := strconv.Atoi(f[9+i])
			if err != nil {
				t.Fatal(err)
			}
			sum[i] += n
		}
		all[key] = sum
	}
	return all
}

// TestBypassPeriods: while sessions are bypassed their reports go on, each
// stats-period, though no packet of theirs comes to the probe.
func TestBypassPeriods(t *testing.T) {
	needXDP(t)
	packets := newHerd(6, 700)
	dir := t.TempDir()
	write(t, dir, "trace.pcap", pcap(t, packets))
	want := volumes(t, reports(t, dir, nil, append([]string{"-t", "trace.pcap"}, longPeriod...)...))
	w := watchingPair(t, ethernet, "-Xstats-period=1", "-Xprefilter.enable=true", "-Xprefilter.bypass=true",
		"-Xprefilter.bypass-packets=20", "-Xinput.capture=afpacket", "-Xinput.timeout=1")
	w.ready = "threads run on"
	w.start()
	w.sender.Replay(packets, 1000)
	got, _ := w.end(os.Interrupt)
	if sums := volumes(t, got); !maps.Equal(sums, want) {
		t.Errorf("reports hold %v, those of a trace %v", sums, want)
	}
	if n := len(unmeasured(t, got)); n < 3*len(want) {
		t.Errorf("%d reports of %d sessions in 4 seconds, want one a second", n, len(want))
	}
}

// verdictsOf counts verdicts by rule.
func verdictsOf(lines []string) map[string]int {
	n := map[string]int{}
	for _, line := range lines {
		if f := strings.Split(line, ","); f[0] == "10" {
			n[f[4]]++
		}
	}
	return n
}

// from counts packets of a transport and source port, without VLAN tags.
func from(packets []traffic.Packet, proto byte, port uint16) (n int) {
	for _, p := range packets {
		if p.Data[23] == proto && binary.BigEndian.Uint16(p.Data[34:]) == port {
			n++
		}
	}
	return n
}

// TestBypassRules: sessions that a rule looks at are not bypassed, and come back
// when a rule is added that looks at them.
func TestBypassRules(t *testing.T) {
	needXDP(t)
	packets := newHerd(12, 300)
	half := len(packets) / 2
	rule := func(id int, port string) string {
		return onPacket(id, "ATTACK", "((udp.src_port == "+port+") && (ip.src != ip.dst))")
	}
	w := watchingPair(t, ethernet, slices.Concat(longPeriod, []string{
		"-Xprefilter.enable=true", "-Xprefilter.bypass=true", "-Xprefilter.bypass-packets=20", "-Xinput.capture=afpacket",
		"-Xinput.timeout=1", "-Xsecurity.enable=true", "-Xsecurity.output-channel={stdout}",
		"-Xprometheus.enable=true", "-Xprometheus.address=127.0.0.1:0"})...)
	rulesIn(t, w.dir, rule(1, "7003"))
	w.ready = "threads run on"
	if err := (netnstest.End{Space: w.out.Space, Name: "lo"}).SetUp(true); err != nil {
		t.Fatal(err)
	}
	base := addressIn(t, filepath.Join(w.start().dir, "probe.log"))
	w.sender.Replay(packets[:half], 6000)
	if n := w.awaitAll(base, half); n == 0 {
		t.Error("nothing is bypassed, though a rule looks at one session only")
	}
	rulesIn(t, w.dir, rule(1, "7003"), rule(2, "7006"))
	w.signal(syscall.SIGHUP)
	w.awaitLog("added 1 [2]")
	w.sender.Replay(packets[half:], 6000)
	w.awaitAll(base, len(packets))
	got, _ := w.end(os.Interrupt)
	want := map[string]int{"1": from(packets, 17, 7003), "2": from(packets[half:], 17, 7006)}
	if n := verdictsOf(got); !maps.Equal(n, want) || want["2"] == 0 {
		t.Errorf("verdicts by rule %v, want %v", n, want)
	}
}

// awaitAll waits until n packets are accounted for, and returns how many of them
// were bypassed.
func (w *watch) awaitAll(base string, n int) (bypassed float64) {
	w.t.Helper()
	begin := time.Now()
	for {
		s := w.scrape(base)
		if got := s.sums["mmt_received_packets_total"]; got >= float64(n) || time.Since(begin) > 20*time.Second {
			if got != float64(n) {
				w.t.Errorf("%v packets received, want %d", got, n)
			}
			return s.values[`mmt_dropped_packets_total{reason="bypassed",stage="prefilter"}`]
		}
	}
}
