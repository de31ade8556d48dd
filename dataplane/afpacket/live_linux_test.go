package afpacket

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/netnstest"
	"mmt/dataplane/pcapfile"
)

// wire is a veth pair: frames sent into one end come out at the other.
type wire struct {
	t       *testing.T
	in, out netnstest.End
	sender  *netnstest.Sender
}

func newWire(t *testing.T) *wire {
	t.Helper()
	space := netnstest.New(t)
	w := &wire{t: t, in: netnstest.End{Space: space, Name: "in0"}, out: netnstest.End{Space: space, Name: "out0"}}
	w.pair()
	return w
}

// pair makes the pair, and the sender that belongs to it.
func (w *wire) pair() {
	w.t.Helper()
	netnstest.Pair(w.t, w.in, w.out, netnstest.PairOptions{})
	w.sender = netnstest.NewSender(w.t, w.in)
}

// inside calls f in the namespace of the wire.
func (w *wire) inside(f func()) { w.out.Space.Do(f) }

func (w *wire) open(o Options) (s *Source) {
	w.t.Helper()
	w.inside(func() {
		var err error
		if s, err = Open(w.out.Name, o); err != nil {
			w.t.Fatal(err)
		}
	})
	w.t.Cleanup(func() { s.Close() })
	return s
}

// packet is what matters of a packet.
type packet struct {
	data string
	wire uint32
}

// collect receives to the end of a source, with f for each packet.
func collect(t *testing.T, s dataplane.Source) (list []packet) {
	t.Helper()
	var b dataplane.Burst
	for {
		err := s.Receive(&b)
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range b.Packets[:b.N] {
			list = append(list, packet{string(p.Data), p.Len})
		}
		s.Release(&b)
	}
}

// expect holds that two lists of packets are the same.
func expect(t *testing.T, got, want []packet) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d packets, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("packet %d: % x (%d bytes on the wire), want % x (%d)", i, got[i].data, got[i].wire, want[i].data, want[i].wire)
		}
	}
}

// exact holds that everything that was sent is accounted for.
func exact(t *testing.T, s *Source, sent uint64) {
	t.Helper()
	n, c := s.Stats(), s.Counters()
	if n.Received+n.Filtered+n.Dropped+c.Waiting != sent || c.Seen != sent {
		t.Errorf("%d sent; %+v, %+v", sent, n, c)
	}
}

// TestSameAsFile: a trace gives the same packets by file and by wire, with the
// same filter and snapshot length.
func TestSameAsFile(t *testing.T) {
	packets := traffic.Generate(1, nil, 1)
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, packets); err != nil {
		t.Fatal(err)
	}
	tags := 0
	for _, p := range packets {
		if p.Data[12] == 0x81 && p.Data[13] == 0 {
			tags++
		}
	}
	if tags == 0 {
		t.Fatal("the trace has no VLAN tag")
	}
	w := newWire(t)
	for _, c := range []struct {
		filter string
		snap   int
	}{{"", 0}, {"vlan or udp", 0}, {"", 100}, {"", 17}, {"tcp port 80", 60}} {
		file, err := pcapfile.NewReader(bytes.NewReader(trace.Bytes()), "trace", pcapfile.Options{Filter: c.filter})
		if err != nil {
			t.Fatal(err)
		}
		want := collect(t, file)
		if c.snap > 0 {
			for i := range want {
				want[i].data = want[i].data[:min(c.snap, len(want[i].data))]
			}
		}
		s := w.open(Options{Filter: c.filter, SnapLen: c.snap, Promiscuous: true})
		before := w.sender.Sent
		w.sender.Replay(packets, 0)
		s.Stop()
		expect(t, collect(t, s), want)
		exact(t, s, w.sender.Sent-before)
		if n := s.Stats(); n.Dropped != 0 || n.Received != uint64(len(want)) {
			t.Errorf("%+v, want %d received", n, len(want))
		}
		s.Close()
	}
}

// TestOverload: with nobody who reads, what does not fit is dropped and counted.
func TestOverload(t *testing.T) {
	packets := traffic.Generate(1, nil, 4)
	w := newWire(t)
	s := w.open(Options{BufferSize: 1, SnapLen: 2000})
	w.sender.Replay(packets, 0)
	exact(t, s, w.sender.Sent)
	if n := s.Stats().Dropped; n == 0 || n == w.sender.Sent {
		t.Fatalf("%d dropped of %d", n, w.sender.Sent)
	}
	dropped := s.Stats().Dropped
	s.Stop()
	got := uint64(len(collect(t, s)))
	exact(t, s, w.sender.Sent)
	if got+dropped != w.sender.Sent {
		t.Errorf("%d received, %d dropped, %d sent", got, dropped, w.sender.Sent)
	}
	s.Close()
	exact(t, s, w.sender.Sent)

	before := w.sender.Sent
	s = w.open(Options{BufferSize: 1, SnapLen: 2000})
	w.sender.Replay(packets, 0)
	s.Close()
	exact(t, s, w.sender.Sent-before)
	if n := s.Stats(); n.Dropped != w.sender.Sent-before {
		t.Errorf("%+v after Close, want all %d dropped", n, w.sender.Sent-before)
	}
}

// TestHeldPackets: packets that are not released stay what they are, though the
// ring is full, and go back by other bursts and goroutines.
func TestHeldPackets(t *testing.T) {
	packets := traffic.Generate(1, []string{"web", "tls"}, 4)
	w := newWire(t)
	s := w.open(Options{BufferSize: 1, SnapLen: 2000, Wait: 20 * time.Millisecond})
	w.sender.Replay(packets, 0)
	var held []dataplane.Burst
	for {
		var b dataplane.Burst
		begin := time.Now()
		if err := s.Receive(&b); err != nil {
			t.Fatal(err)
		}
		if b.N == 0 {
			if time.Since(begin) < time.Millisecond {
				t.Error("Receive does not wait while the ring is held")
			}
			break
		}
		held = append(held, b)
	}
	w.sender.Replay(packets, 0)
	i := 0
	for k := range held {
		for _, p := range held[k].Packets[:held[k].N] {
			if string(p.Data) != string(packets[i].Data) {
				t.Fatalf("packet %d changed while it was held", i)
			}
			i++
		}
	}
	var others sync.WaitGroup
	for k := range held {
		others.Go(func() { s.Release(&held[k]) })
	}
	others.Wait()
	w.sender.Replay(packets, 0)
	s.Stop()
	collect(t, s)
	exact(t, s, w.sender.Sent)
	if n := s.Stats(); n.Received <= uint64(i) || n.Dropped == 0 {
		t.Errorf("%+v, %d of them held for a while: want drops, and packets after them", n, i)
	}
}

// TestIdle: Receive waits as long as it may, not longer, and takes no processor
// time meanwhile.
func TestIdle(t *testing.T) {
	w := newWire(t)
	s := w.open(Options{Wait: 50 * time.Millisecond})
	var b dataplane.Burst
	begin := time.Now()
	for range 4 {
		if err := s.Receive(&b); err != nil || b.N != 0 {
			t.Fatalf("%d packets, %v from a silent wire", b.N, err)
		}
	}
	if d := time.Since(begin); d < 190*time.Millisecond || d > 2*time.Second {
		t.Errorf("4 times 50 ms took %v", d)
	}
	spin := w.open(Options{Wait: -1})
	begin = time.Now()
	for range 4 {
		if err := spin.Receive(&b); err != nil || b.N != 0 {
			t.Fatalf("%d packets, %v from a silent wire", b.N, err)
		}
	}
	if d := time.Since(begin); d > 300*time.Millisecond {
		t.Errorf("Receive that must not wait took %v for 4 calls", d)
	}
}

// TestTimestamps: packets have the time at which they came, in their order.
func TestTimestamps(t *testing.T) {
	w := newWire(t)
	s := w.open(Options{})
	if d := s.Describe(); !strings.Contains(d, "out0") || !strings.Contains(d, "kernel timestamps (out0 has no clock") {
		t.Errorf("description %q", d)
	}
	begin := time.Now().UnixNano()
	w.sender.Replay(traffic.Generate(1, []string{"dns"}, 1), 0)
	end := time.Now().UnixNano()
	var b dataplane.Burst
	if err := s.Receive(&b); err != nil || b.N == 0 {
		t.Fatalf("%d packets, %v", b.N, err)
	}
	for _, p := range b.Packets[:b.N] {
		if p.Time < begin || p.Time > end {
			t.Fatalf("a packet of %d, sent between %d and %d", p.Time, begin, end)
		}
		begin = p.Time
	}
}

func TestNoAllocation(t *testing.T) {
	w := newWire(t)
	s := w.open(Options{Filter: "ip", Wait: time.Millisecond})
	w.sender.Replay(traffic.Generate(1, []string{"web", "l2"}, 8), 0)
	var b dataplane.Burst
	n := testing.AllocsPerRun(50, func() {
		if err := s.Receive(&b); err != nil {
			t.Fatal(err)
		}
		s.Release(&b)
	})
	if n > 0 {
		t.Errorf("%v allocations a burst", n)
	}
	if s.Stats().Received < 1000 {
		t.Errorf("only %d packets were received", s.Stats().Received)
	}
}

// TestRights: without rights, the error says which are missing.
func TestRights(t *testing.T) {
	errs := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: rights are a thread's, and it ends here
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			errs <- err
			return
		}
		_, err := Open("lo", Options{})
		errs <- err
	}()
	err := <-errs
	if err == nil || !strings.Contains(err.Error(), "lo: capture needs root or CAP_NET_RAW: setcap cap_net_raw,cap_net_admin+eip /") {
		t.Errorf("error %v", err)
	}
}

func TestWrongOptions(t *testing.T) {
	w := newWire(t)
	w.inside(func() {
		for _, c := range []struct {
			name string
			o    Options
			want string
		}{
			{"out1", Options{}, `there is no interface "out1" (did you mean "out0"? there are in0, lo, out0)`},
			{"zzzzzzzz", Options{}, `there is no interface "zzzzzzzz" (there are in0, lo, out0)`},
			{"out0", Options{SnapLen: -1}, "snapshot length of -1"},
			{"out0", Options{SnapLen: 1 << 20}, "snapshot length of 1048576"},
			{"out0", Options{BufferSize: -1}, "buffer of -1"},
			{"out0", Options{BufferSize: 1 << 41}, "use a smaller input.buffer-size"},
			{"out0", Options{Retire: -1}, "negative time"},
			{"out0", Options{Filter: "tcp prot 80"}, "prot"},
		} {
			s, err := Open(c.name, c.o)
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %+v: error %v, want %q in it", c.name, c.o, err, c.want)
			}
		}
	})
}

// TestLoopback: what goes over the loopback interface is seen once.
func TestLoopback(t *testing.T) {
	space := netnstest.New(t)
	lo := netnstest.End{Space: space, Name: "lo"}
	if err := lo.SetUp(true); err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, in: lo, out: lo, sender: netnstest.NewSender(t, lo)}
	s := w.open(Options{Promiscuous: true})
	packets := traffic.Generate(1, []string{"dns"}, 1)
	w.sender.Replay(packets, 0)
	s.Stop()
	if got := collect(t, s); len(got) != len(packets) {
		t.Errorf("%d packets, want %d", len(got), len(packets))
	}
}

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }
