package receive

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"mmt/bpf"
	"mmt/dataplane"
	"mmt/dataplane/afpacket"
	"mmt/dataplane/afxdp"
	"mmt/dataplane/netnstest"
	"mmt/dataplane/pin"
)

// Sizes of the rings, and what fills a good part of them.
const (
	xdpFrames   = 32768
	packetBytes = 32 << 20
	full        = 24000
)

// period is the time of a live round, and settle how long the kernel may take to
// hand over what was sent: AF_PACKET's last block.
const (
	period = 100 * time.Millisecond
	settle = 25 * time.Millisecond
)

// result is what a receiver did in one task.
type result struct {
	packets uint64
	busy    time.Duration // of its thread
}

// receiver receives what is there if period is 0, else for so long.
type receiver func(period time.Duration) result

func BenchmarkXDP(b *testing.B) {
	compare(b, goXDP, func(b *testing.B, w *wire) receiver { return w.inC(b, "xdp", xdpFrames) })
}

func BenchmarkPacket(b *testing.B) {
	compare(b, goPacket, func(b *testing.B, w *wire) receiver { return w.inC(b, "packet", packetBytes) })
}

// compare lets Go and C take turns.
func compare(b *testing.B, inGo, inC func(*testing.B, *wire) receiver) {
	cores, err := pin.Allowed()
	if err != nil || len(cores) < 2 {
		b.Skipf("needs two processors: %v %v", cores, err)
	}
	for _, size := range []int{60, 508} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			wires := [2]*wire{newWire(b, cores, size), newWire(b, cores, size)}
			receivers := [2]receiver{inGo(b, wires[0]), inC(b, wires[1])}
			var f figures
			for b.Loop() {
				for i, r := range receivers {
					f.full(i, wires[i].drained(b, r))
					if !testing.Short() {
						f.live(i, wires[i].live(b, r))
					}
				}
			}
			f.report(b)
		})
	}
}

// figures are those of all rounds, of Go and of C: nanoseconds a packet, and
// millions of packets a second.
type figures struct{ each, rate [2][]float64 }

func (f *figures) full(i int, r result) {
	f.each[i] = append(f.each[i], float64(r.busy.Nanoseconds())/float64(r.packets))
}

func (f *figures) live(i int, r result) {
	f.rate[i] = append(f.rate[i], float64(r.packets)/period.Seconds()/1e6)
}

func (f *figures) report(b *testing.B) {
	b.ReportMetric(0, "ns/op") // of a round, which says nothing
	b.ReportMetric(median(f.each[0]), "Go-ns/packet")
	b.ReportMetric(median(f.each[1]), "C-ns/packet")
	b.ReportMetric(ratio(f.each[1], f.each[0]), "ratio")
	if len(f.rate[0]) == 0 {
		return
	}
	b.ReportMetric(median(f.rate[0]), "Go-live-Mpps")
	b.ReportMetric(median(f.rate[1]), "C-live-Mpps")
	b.ReportMetric(ratio(f.rate[0], f.rate[1]), "live-ratio")
}

// ratio is the median of the ratios of rounds.
func ratio(a, b []float64) float64 {
	list := make([]float64, len(a))
	for i := range a {
		list[i] = a[i] / b[i]
	}
	return median(list)
}

func median(list []float64) float64 {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// wire is a veth pair and a program that has the kernel send frames through it.
type wire struct {
	from, to    netnstest.End
	send        *ebpf.Program
	frame       []byte
	here, there int // processors that receive and send
}

func newWire(b *testing.B, cores []int, size int) *wire {
	b.Helper()
	w := &wire{
		from: netnstest.End{Space: netnstest.New(b), Name: "veth0"}, to: netnstest.End{Space: netnstest.New(b), Name: "veth1"},
		frame: make([]byte, size), here: cores[len(cores)-1], there: cores[0],
	}
	w.frame[12], w.frame[14] = 8, 0x45
	netnstest.Pair(b, w.from, w.to, netnstest.PairOptions{MTU: 1500})
	var err error
	w.send, err = ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "Apache-2.0", Instructions: asm.Instructions{
		asm.Mov.Imm(asm.R1, int32(w.from.Index(b))), asm.Mov.Imm(asm.R2, 0), asm.FnRedirect.Call(), asm.Return()}})
	if err != nil {
		b.Skipf("needs BPF: %v", err)
	}
	b.Cleanup(func() { w.send.Close() })
	return w
}

// offer sends n frames from the other processor.
func (w *wire) offer(n int) error {
	failed := make(chan error)
	go func() {
		if _, err := pin.Lock(w.there); err != nil { // the thread ends with the goroutine
			failed <- err
			return
		}
		const liveFrames = 2 // BPF_F_TEST_XDP_LIVE_FRAMES
		var err error
		w.from.Space.Do(func() {
			_, err = w.send.Run(&ebpf.RunOptions{Data: w.frame, Repeat: uint32(n), Flags: liveFrames, BatchSize: 64})
		})
		failed <- err
	}()
	return <-failed
}

// drained fills the ring and measures the receiver alone.
func (w *wire) drained(b *testing.B, r receiver) result {
	b.Helper()
	r(0) // what is left of other rounds
	if err := w.offer(full); err != nil {
		b.Fatal(err)
	}
	time.Sleep(settle)
	got := r(0)
	if got.packets < full/2 {
		b.Fatalf("%d of %d packets came", got.packets, full)
	}
	return got
}

// live measures the receiver while frames are sent all the time.
func (w *wire) live(b *testing.B, r receiver) result {
	b.Helper()
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := w.offer(100_000); err != nil {
				done <- err
				return
			}
		}
	}()
	time.Sleep(settle)
	got := r(period)
	close(stop)
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return got
}

// attach puts a prefilter that lets all pass in front of the receiving end.
func (w *wire) attach(b *testing.B, queues int) *bpf.Prefilter {
	b.Helper()
	p, err := bpf.Load(bpf.Options{Queues: queues, MaxFrame: 1792 * queues})
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(func() { p.Close() })
	w.to.Space.Do(func() {
		a, err := p.Attach(w.to.Name, bpf.Native)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { a.Close() })
	})
	return p
}

func goXDP(b *testing.B, w *wire) receiver {
	var d *afxdp.Device
	var err error
	w.to.Space.Do(func() {
		d, err = afxdp.Open(afxdp.Options{Interface: w.to.Name, Mode: bpf.Native, Copy: true, Frames: xdpFrames})
	})
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(func() { d.Close() })
	return w.inGo(b, d.Sources()[0])
}

func goPacket(b *testing.B, w *wire) receiver {
	w.attach(b, 0)
	var s *afpacket.Source
	var err error
	w.to.Space.Do(func() {
		s, err = afpacket.Open(w.to.Name, afpacket.Options{BufferSize: packetBytes, KernelTime: true, Wait: -1})
	})
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(func() { s.Close() })
	return w.inGo(b, s)
}

// inGo receives on a thread of its own, which is the same for all tasks, as that
// of the loop in C is.
func (w *wire) inGo(b *testing.B, s dataplane.Source) receiver {
	tasks, results := make(chan time.Duration), make(chan result)
	b.Cleanup(func() { close(tasks) })
	go func() {
		t, err := pin.Lock(w.here) // the thread ends with the goroutine
		if err != nil {
			panic(err)
		}
		var burst dataplane.Burst
		for period := range tasks {
			start := t.CPU()
			packets := loop(s, &burst, period)
			results <- result{packets, t.CPU() - start}
		}
	}()
	return func(period time.Duration) result {
		tasks <- period
		return <-results
	}
}

// touched keeps the compiler from leaving out what it is the sum of.
var touched uint64

func loop(s dataplane.Source, burst *dataplane.Burst, period time.Duration) (packets uint64) {
	sum, n := uint64(0), 0
	for end := time.Now().Add(period); ; {
		for range dataplane.BurstSize {
			if s.Receive(burst) != nil {
				return 0
			}
			n = burst.N
			for i := range burst.Packets[:n] {
				sum += uint64(burst.Packets[i].Data[0])
			}
			packets += uint64(n)
			s.Release(burst)
			if n == 0 {
				break
			}
		}
		if n == 0 && (period == 0 || time.Now().After(end)) || period > 0 && time.Now().After(end) {
			touched += sum
			return packets
		}
	}
}

// inC starts the loop in C.
func (w *wire) inC(b *testing.B, kind string, size int) receiver {
	b.Helper()
	program := filepath.Join(b.TempDir(), "receive")
	if out, err := exec.Command("cc", "-O3", "-o", program, "c/receive.c").CombinedOutput(); err != nil {
		b.Skipf("the loop in C needs cc and the kernel's headers: %v %s", err, out)
	}
	queues := 0
	if kind == "xdp" {
		queues = 1
	}
	filter := w.attach(b, queues)
	c := exec.Command(program, kind, w.to.Name, fmt.Sprint(size), fmt.Sprint(w.here))
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	w.to.Space.Do(func() { err = c.Start() })
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); c.Wait() })
	answers := bufio.NewReader(out)
	var socket int
	if _, err := fmt.Fscanln(answers, &socket); err != nil {
		b.Fatalf("the loop in C: %v", err)
	}
	if kind == "xdp" {
		lend(b, filter, c.Process.Pid, socket)
	}
	return func(period time.Duration) result { return ask(b, in, answers, period) }
}

// lend has the prefilter send packets to a socket of another process.
func lend(b *testing.B, p *bpf.Prefilter, pid, socket int) {
	b.Helper()
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(process)
	fd, err := unix.PidfdGetfd(process, socket, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(fd)
	if err := p.SetSocket(0, fd); err != nil {
		b.Fatal(err)
	}
}

// ask gives the loop in C a task.
func ask(b *testing.B, in io.Writer, answers io.Reader, period time.Duration) (r result) {
	b.Helper()
	task := "drain"
	if period > 0 {
		task = fmt.Sprint(period.Milliseconds())
	}
	var sum uint64
	fmt.Fprintln(in, task)
	if _, err := fmt.Fscanln(answers, &r.packets, (*int64)(&r.busy), &sum); err != nil {
		b.Fatalf("the loop in C: %v", err)
	}
	runtime.KeepAlive(sum)
	return r
}
