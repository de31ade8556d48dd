package peer

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asavie/xdp"
	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"mmt/bpf"
	"mmt/dataplane"
	"mmt/dataplane/afxdp"
	"mmt/dataplane/netnstest"
)

const frames = 8192

// perRound is how many frames are offered in a round: a tenth of a second, so
// that some rounds are free of what else the machine does.
const perRound = 500_000

// BenchmarkReceive is how many packets a second are received and touched, of as
// many as the other core can offer. Rounds of both kinds take turns; the median
// and the best are reported. The prefilter is the same in both.
func BenchmarkReceive(b *testing.B) {
	for _, size := range []int{60, 508} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			a, c := newBench(b, own), newBench(b, library)
			for b.Loop() {
				a.round(b, size)
				c.round(b, size)
			}
			a.report(b, "own")
			c.report(b, "library")
		})
	}
}

// receiver receives once and returns the number of packets.
type receiver func() int

// touched keeps the compiler from leaving out the reading of packets.
var touched atomic.Uint64

func own(b *testing.B, to netnstest.End) receiver {
	var d *afxdp.Device
	var err error
	to.Space.Do(func() { d, err = afxdp.Open(afxdp.Options{Interface: to.Name, Mode: bpf.Native, Frames: frames}) })
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	src := d.Sources()[0]
	burst := new(dataplane.Burst)
	return func() int {
		if err := src.Receive(burst); err != nil {
			b.Error(err)
		}
		sum := uint64(0)
		for i := range burst.N {
			sum += uint64(burst.Packets[i].Data[12])
		}
		touched.Add(sum)
		n := burst.N
		src.Release(burst)
		return n
	}
}

func library(b *testing.B, to netnstest.End) receiver {
	p, err := bpf.Load(bpf.Options{Queues: 1, MaxFrame: 1792})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Close() })
	var sock *xdp.Socket
	to.Space.Do(func() {
		a, err := p.Attach(to.Name, bpf.Native)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { a.Close() })
		sock, err = xdp.NewSocket(a.Index, 0, &xdp.SocketOptions{NumFrames: frames, FrameSize: 2048,
			FillRingNumDescs: frames, CompletionRingNumDescs: 64, RxRingNumDescs: frames, TxRingNumDescs: 64})
		if err != nil {
			b.Fatal(err)
		}
	})
	b.Cleanup(func() { sock.Close() })
	if err := p.SetSocket(0, sock.FD()); err != nil {
		b.Fatal(err)
	}
	return func() int {
		if n := sock.NumFreeFillSlots(); n > 0 {
			sock.Fill(sock.GetDescs(n))
		}
		n := min(sock.NumReceived(), dataplane.BurstSize)
		sum := uint64(0)
		for _, d := range sock.Receive(n) {
			sum += uint64(sock.GetFrame(d)[12])
		}
		touched.Add(sum)
		return n
	}
}

// bench is one wire and its receiver.
type bench struct {
	from    netnstest.End
	receive receiver
	rates   []float64 // packets received a second, by round
}

func newBench(b *testing.B, open func(*testing.B, netnstest.End) receiver) *bench {
	m := &bench{from: netnstest.End{Space: netnstest.New(b), Name: "veth0"}}
	to := netnstest.End{Space: netnstest.New(b), Name: "veth1"}
	netnstest.Pair(b, m.from, to, netnstest.PairOptions{MTU: 1500})
	m.receive = open(b, to)
	return m
}

// round offers packets for a while and counts what is received.
func (m *bench) round(b *testing.B, size int) {
	done := make(chan time.Duration, 1)
	go func() { done <- offer(b, m.from, size, perRound) }()
	got := 0
	for {
		got += m.receive()
		select {
		case d := <-done:
			m.rates = append(m.rates, float64(got)/d.Seconds())
			return
		default:
		}
	}
}

func (m *bench) report(b *testing.B, name string) {
	slices.Sort(m.rates)
	b.ReportMetric(m.rates[len(m.rates)/2]/1e6, name+"-median-Mpps")
	b.ReportMetric(m.rates[len(m.rates)-1]/1e6, name+"-best-Mpps")
}

// offer has the kernel send n frames by itself, and returns how long it took.
func offer(b *testing.B, from netnstest.End, size, n int) time.Duration {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "Apache-2.0", Instructions: asm.Instructions{
		asm.Mov.Imm(asm.R1, int32(from.Index(b))), asm.Mov.Imm(asm.R2, 0), asm.FnRedirect.Call(), asm.Return(),
	}})
	if err != nil {
		b.Error(err)
		return time.Second
	}
	defer p.Close()
	const liveFrames = 2 // BPF_F_TEST_XDP_LIVE_FRAMES
	frame := make([]byte, size)
	frame[12], frame[14] = 8, 0x45
	begin := time.Now()
	from.Space.Do(func() {
		_, err = p.Run(&ebpf.RunOptions{Data: frame, Repeat: uint32(n), Flags: liveFrames, BatchSize: 64})
	})
	if err != nil {
		b.Error(err)
	}
	return time.Since(begin)
}
