package bpf

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"mmt/dataplane/netnstest"
)

// benchmarkProgram measures a program alone: the kernel runs it b.N times. What
// is reported is the quietest of many short runs, since the machine has other
// things to do as well.
func benchmarkProgram(b *testing.B, p *ebpf.Program, frame []byte) {
	b.Helper()
	const batch = 10000
	best := time.Hour
	for n := 0; n < b.N; n += batch {
		_, each, err := p.Benchmark(frame, batch, nil)
		if err != nil {
			b.Fatal(err)
		}
		best = min(best, each)
	}
	b.ReportMetric(float64(best.Nanoseconds()), "ns/packet")
}

// BenchmarkFloor is a program that drops everything: what running any program
// costs.
func BenchmarkFloor(b *testing.B) {
	load(b, Options{}) // skips where that cannot be done
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "Apache-2.0",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, xdpDrop), asm.Return()}})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	benchmarkProgram(b, p, make([]byte, 60))
}

// BenchmarkProgram is the cost of a packet by BPF_PROG_TEST_RUN.
func BenchmarkProgram(b *testing.B) {
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	web6 := frame("[2001:db8::1]:40000", "[2001:db8::2]:80", protoTCP, 0x10, 10)
	arp := append(make([]byte, 12), 8, 6, 0, 1)
	for _, c := range []struct {
		what  string
		rules *Rules
		frame []byte
	}{
		{"non-ip-drop", &Rules{DropNonIP: true}, arp},
		{"pass4", &Rules{}, web},
		{"pass6", &Rules{}, web6},
		{"protocol-drop", &Rules{Protocols: []ProtocolRule{{Deny, protoTCP}}}, web},
		{"port-pass", &Rules{Ports: []PortRule{{Action: Deny, First: 22}}}, web},
		{"sample-1:10", &Rules{Sample: 10}, web},
		{"wanted-protocol-drop", &Rules{Wanted: []Match{{Protocols: []uint8{protoICMP}}}}, web},
		{"wanted-flags-drop", &Rules{Wanted: []Match{{Protocols: []uint8{protoTCP}, Flags: []uint8{2}}}}, web},
		{"wanted-pass", &Rules{Wanted: []Match{{Protocols: []uint8{protoTCP}, DestinationPorts: []PortRange{{80, 80}}}}}, web},
	} {
		b.Run(c.what, func(b *testing.B) {
			p := load(b, Options{})
			update(b, p, *c.rules)
			benchmarkProgram(b, p.objs.Prefilter, c.frame)
		})
	}
}

// BenchmarkPrefixes is the cost of a packet whose addresses no prefix holds, and
// of one that is dropped, by the number of denied prefixes.
func BenchmarkPrefixes(b *testing.B) {
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	for _, n := range []int{0, 100, 10000} {
		rules := manyPrefixes(n)
		b.Run(fmt.Sprintf("pass/%d", n), func(b *testing.B) {
			p := load(b, Options{})
			update(b, p, *rules)
			benchmarkProgram(b, p.objs.Prefilter, web)
		})
		if n == 0 {
			continue
		}
		hit := frame(rules.Prefixes[n/2].Prefix.Addr().String()+":40000", "10.0.0.1:80", protoTCP, 0x10, 10)
		b.Run(fmt.Sprintf("drop/%d", n), func(b *testing.B) {
			p := load(b, Options{})
			update(b, p, *rules)
			benchmarkProgram(b, p.objs.Prefilter, hit)
		})
		b.Run(fmt.Sprintf("user-space/%d", n), func(b *testing.B) {
			f, err := NewFilter(rules)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				f.Match(web)
			}
		})
	}
}

// BenchmarkBypass is the cost of a packet of a bypassed flow, among 1 and 60000,
// and of one that is looked for in vain.
func BenchmarkBypass(b *testing.B) {
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	other := frame("10.1.2.3:40001", "10.0.0.1:80", protoTCP, 0x10, 10)
	for _, n := range []int{1, 60000} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			p := load(b, Options{})
			addFlows(b, p, n)
			benchmarkProgram(b, p.objs.Prefilter, web)
		})
	}
	b.Run("miss", func(b *testing.B) {
		p := load(b, Options{})
		addFlows(b, p, 1)
		benchmarkProgram(b, p.objs.Prefilter, other)
	})
}

// addFlows bypasses the flow of the benchmark and n-1 others.
func addFlows(b *testing.B, p *Prefilter, n int) {
	b.Helper()
	for i := range n {
		f := flow(fmt.Sprintf("10.1.2.%d:40000", 3+i%250), fmt.Sprintf("10.0.%d.1:80", i/250), protoTCP)
		if _, err := p.Flows().Add(f); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDrop is how many packets a second the prefilter drops at a veth, of as
// many as the kernel sends by itself on the same core. Such frames reach a veth
// without native XDP only where GRO is on. The best of b.N rounds is reported.
func BenchmarkDrop(b *testing.B) {
	for _, mode := range []Mode{Native, Generic} {
		b.Run(mode.String(), func(b *testing.B) {
			from, to := netnstest.End{Space: netnstest.New(b), Name: "veth0"}, netnstest.End{Space: netnstest.New(b), Name: "veth1"}
			netnstest.Pair(b, from, to, netnstest.PairOptions{MTU: 1500})
			if mode == Generic {
				switchOnGRO(b, to)
			}
			dropRate(b, mode, to, from.Space, asm.Instructions{asm.Mov.Imm(asm.R1, int32(from.Index(b))),
				asm.Mov.Imm(asm.R2, 0), asm.FnRedirect.Call(), asm.Return()})
		})
	}
}

// switchOnGRO does what ethtool -K does.
func switchOnGRO(b *testing.B, e netnstest.End) {
	b.Helper()
	value := struct{ command, data uint32 }{unix.ETHTOOL_SGRO, 1}
	request := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&value)}
	copy(request.name[:], e.Name)
	e.Space.Do(func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			b.Fatal(err)
		}
		defer unix.Close(fd)
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request))); errno != 0 {
			b.Fatal(errno)
		}
	})
}

// dropRate attaches the prefilter to an end and has a program send it frames
// from a namespace.
func dropRate(b *testing.B, mode Mode, to netnstest.End, from *netnstest.Namespace, sender asm.Instructions) {
	b.Helper()
	p := load(b, Options{})
	update(b, p, Rules{Protocols: []ProtocolRule{{Deny, protoTCP}}})
	send, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "Apache-2.0", Instructions: sender})
	if err != nil {
		b.Fatal(err)
	}
	defer send.Close()
	to.Space.Do(func() {
		a, err := p.Attach(to.Name, mode)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { a.Close() })
	})
	const frames, liveFrames = 300_000, 2 // BPF_F_TEST_XDP_LIVE_FRAMES
	best, web := 0.0, frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 6)
	for b.Loop() {
		before, begin := counters(b, p), time.Now()
		from.Do(func() {
			_, err = send.Run(&ebpf.RunOptions{Data: web, Repeat: frames, Flags: liveFrames, BatchSize: 64})
		})
		if err != nil {
			b.Fatal(err)
		}
		after := counters(b, p)
		dropped := after.ByReason[DropProtocol].Packets - before.ByReason[DropProtocol].Packets
		best = max(best, float64(dropped)/time.Since(begin).Seconds())
	}
	b.ReportMetric(best/1e6, "best-Mpps")
}
