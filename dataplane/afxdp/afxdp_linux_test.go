package afxdp

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mmt/bpf"
	"mmt/dataplane"
	"mmt/dataplane/netnstest"
)

// TestSamePacketsAsFromFile sends a trace of all protocols, in both modes.
func TestSamePacketsAsFromFile(t *testing.T) {
	for _, mode := range []bpf.Mode{bpf.Native, bpf.Generic} {
		t.Run(mode.String(), func(t *testing.T) {
			w := newWire(t, netnstest.PairOptions{MTU: 1500})
			d := w.open(t, Options{Mode: mode, Frames: 4096, Wait: 10 * time.Millisecond, Port: 3})
			if m := d.Merged().Describe(); !strings.HasPrefix(m, "veth1: XDP in "+mode.String()+" mode: as configured; AF_XDP in copy mode (") || !strings.HasSuffix(m, ", queue 0") {
				t.Error(m)
			}
			packets := mixed(1514)
			begin := time.Now()
			sent := w.start(packets, 0)
			got := receive(t, d.Sources()[0], len(packets))
			sent()
			compare(t, got, fromFile(t, packets), begin)
			if st := d.Merged().Stats(); st != (dataplane.Stats{Received: w.Sent, ReceivedBytes: w.Bytes}) {
				t.Errorf("%+v, %d sent", st, w.Sent)
			}
			if got[0].Port != 3 {
				t.Errorf("port %d, want 3", got[0].Port)
			}
		})
	}
}

// TestManyQueues: a veth gives frames to the queue of the core that sends.
func TestManyQueues(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500, Queues: 3})
	d := w.open(t, Options{Frames: 256, Wait: time.Millisecond})
	if n := len(d.Sources()); n != 3 {
		t.Fatalf("%d queues, want 3", n)
	}
	packets := mixed(1514)[:500]
	begin := time.Now()
	sent := w.start(packets, 20000)
	m := d.Merged()
	got, want := receive(t, m, len(packets)), fromFile(t, packets)
	sent()
	// Packets of different queues have no order.
	byData := func(a, b dataplane.Packet) int { return bytes.Compare(a.Data, b.Data) }
	slices.SortFunc(got, byData)
	slices.SortFunc(want, byData)
	compare(t, got, want, begin)
	if st := m.Stats(); st.Received != w.Sent || st.Dropped != 0 {
		t.Errorf("%+v, %d sent", st, w.Sent)
	}
}

// TestOverload: who does not read loses packets, and every one is counted.
func TestOverload(t *testing.T) {
	for _, mode := range []bpf.Mode{bpf.Native, bpf.Generic} {
		t.Run(mode.String(), func(t *testing.T) {
			const frames = 128
			w := newWire(t, netnstest.PairOptions{MTU: 1500})
			d := w.open(t, Options{Mode: mode, Frames: frames})
			w.Replay(mixed(1514)[:1000], 0)
			settle(t, d, w.Sent)
			got := receive(t, d.Merged(), frames+1)
			st := d.Merged().Stats()
			if len(got) != frames || st.Received != frames || st.Dropped != w.Sent-frames {
				t.Errorf("%d packets, %+v, want %d of %d", len(got), st, frames, w.Sent)
			}
			w.Replay(mixed(1514)[:100], 0)
			if got := receive(t, d.Merged(), 100); len(got) != 100 {
				t.Errorf("%d packets after the overload, want 100", len(got))
			}
		})
	}
}

// settle waits until the prefilter has seen what was sent.
func settle(t *testing.T, d *Device, sent uint64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		c, err := d.Prefilter().Counters()
		if err != nil {
			t.Fatal(err)
		}
		if c.Seen().Packets == sent {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d packets seen of %d", c.Seen().Packets, sent)
		}
	}
}

// TestHeldFrames: frames that are held are not written to, and can be given
// back late, in any order, and twice.
func TestHeldFrames(t *testing.T) {
	const frames = 64
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	d := w.open(t, Options{Frames: frames, Wait: 10 * time.Millisecond})
	src := d.Sources()[0]
	var held []dataplane.Burst
	send := func(i int) { w.Replay(mixed(1514)[i:i+1], 0) }
	for i := range 3 * frames / 4 {
		send(i)
		var b dataplane.Burst
		for b.N == 0 {
			if err := src.Receive(&b); err != nil {
				t.Fatal(err)
			}
		}
		held = append(held, b)
	}
	for round := range 10 * frames {
		send(round)
		if got := receive(t, src, 1); len(got) != 1 {
			t.Fatalf("round %d: no packet", round)
		}
	}
	want := fromFile(t, mixed(1514)[:len(held)])
	for i := len(held) - 1; i >= 0; i-- {
		b := held[i]
		if string(b.Packets[0].Data) != string(want[i].Data) {
			t.Fatalf("packet %d changed while it was held", i)
		}
		again := b
		src.Release(&b)
		src.Release(&b)
		src.Release(&again)
	}
	foreign := dataplane.Burst{N: 1}
	foreign.Packets[0].Data = []byte("not from here")
	src.Release(&foreign)
	if out := src.queues[0].frames.out; out != 0 {
		t.Errorf("%d frames are lent", out)
	}
	w.Replay(mixed(1514)[:frames], 0)
	all := make([]dataplane.Burst, frames)
	n, deadline := 0, time.Now().Add(30*time.Second)
	for i := 0; i < frames && n < frames && time.Now().Before(deadline); {
		if err := src.Receive(&all[i]); err != nil {
			t.Fatal(err)
		}
		if all[i].N > 0 {
			n += all[i].N
			i++
		}
	}
	if n != frames {
		t.Errorf("%d packets at once, want %d: frames were lost", n, frames)
	}
	want, n = fromFile(t, mixed(1514)[:frames]), 0
	for _, b := range all {
		for _, p := range b.Packets[:b.N] {
			if string(p.Data) != string(want[n].Data) {
				t.Errorf("packet %d is another: the kernel has a frame twice", n)
			}
			n++
		}
	}
}

// TestJumboFrames: what does not fit is dropped and counted, what just fits is not.
func TestJumboFrames(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 9000})
	d := w.open(t, Options{Wait: 10 * time.Millisecond})
	if m := d.Merged().Describe(); !strings.Contains(m, "generic mode: native mode: ") || !strings.Contains(m, "frames of 4096 bytes") {
		t.Error(m)
	}
	const most = largeFrame - headroom
	for _, size := range []int{60, most - 1, most, most + 1, 9014} {
		if err := w.Send(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	got := receive(t, d.Merged(), 4)
	if len(got) != 3 || got[2].Len != most {
		t.Errorf("%d packets, want 3 up to %d bytes", len(got), most)
	}
	if st := d.Merged().Stats(); st.Received != 3 || st.Dropped != 2 || st.TooLong != 2 || st.Filtered != 0 {
		t.Errorf("%+v, want 3 received, 2 dropped as too long", st)
	}
}

// TestFiltered: rules and bypassed flows in front of the sockets.
func TestFiltered(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	d := w.open(t, Options{Wait: 10 * time.Millisecond})
	rules := bpf.Rules{Ports: []bpf.PortRule{{Action: bpf.Deny, Protocol: 17, First: 53}}, DropNonIP: true, Sample: 3}
	if err := d.Prefilter().Update(&rules); err != nil {
		t.Fatal(err)
	}
	f, err := bpf.NewFilter(&rules)
	if err != nil {
		t.Fatal(err)
	}
	packets := mixed(1514)
	var want []dataplane.Packet
	for _, p := range fromFile(t, packets) {
		if f.Match(p.Data).Passes() {
			want = append(want, p)
		}
	}
	begin := time.Now()
	sent := w.start(packets, 50000)
	compare(t, receive(t, d.Merged(), len(want)), want, begin)
	sent()
	settle(t, d, uint64(len(packets)))
	st, c := d.Merged().Stats(), d.Merged().Counters()
	if st.Received != uint64(len(want)) || c.Prefiltered != uint64(len(packets)-len(want)) || st.Filtered+st.Dropped != 0 {
		t.Errorf("%+v, %+v, want %d of %d", st, c, len(want), len(packets))
	}
}

// TestBypassedTotals: bypassed packets and received ones are all there are.
func TestBypassedTotals(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	d := w.open(t, Options{Wait: 10 * time.Millisecond})
	packets, bytes := uint64(0), uint64(0)
	add := func(_ bpf.FlowID, _ bpf.Flow, c bpf.FlowTraffic) {
		packets += c[0].Packets + c[1].Packets
		bytes += c[0].Bytes + c[1].Bytes
	}
	done := make(chan struct{})
	sent := w.start(mixed(1514), 20000)
	go func() { sent(); close(done) }()
	var b dataplane.Burst
	flows := d.Prefilter().Flows()
	for more := true; more; {
		select {
		case <-done:
			settle(t, d, w.Sent)
			more = false
		default:
		}
		for d.Merged().Receive(&b) == nil && b.N > 0 {
			for _, p := range b.Packets[:b.N] {
				if f, ok := flowOf(p.Data); ok {
					_, _ = flows.Add(f) // many are known
				}
			}
			d.Merged().Release(&b)
		}
	}
	for id := range bpf.DefaultFlows {
		if err := flows.Remove(bpf.FlowID(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := flows.Collect(0, add); err != nil {
		t.Fatal(err)
	}
	st, c := d.Merged().Stats(), d.Merged().Counters()
	if packets < 100 || st.Received+packets != w.Sent || st.ReceivedBytes+bytes != w.Bytes || c.Prefiltered != packets {
		t.Errorf("%d packets, %d bytes bypassed, %+v, %+v; sent %d, %d bytes", packets, bytes, st, c, w.Sent, w.Bytes)
	}
}

// flowOf reads the flow of a plain IPv4 packet of TCP or UDP.
func flowOf(b []byte) (f bpf.Flow, ok bool) {
	if len(b) < 38 || b[12] != 8 || b[13] != 0 || b[14] != 0x45 || b[20]&0x3f != 0 || b[21] != 0 || b[23] != 6 && b[23] != 17 {
		return f, false
	}
	end := func(addr, port int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[addr:])), uint16(b[port])<<8|uint16(b[port+1]))
	}
	return bpf.Flow{A: end(26, 34), B: end(30, 36), Protocol: b[23]}, true
}

func TestDownAndUp(t *testing.T) {
	for _, mode := range []bpf.Mode{bpf.Native, bpf.Generic} {
		t.Run(mode.String(), func(t *testing.T) {
			w := newWire(t, netnstest.PairOptions{MTU: 1500})
			states := make(chan error, 1)
			d := w.open(t, Options{Mode: mode, Wait: 10 * time.Millisecond, OnState: func(err error) { states <- err }})
			for range 2 {
				w.Replay(mixed(1514)[:50], 0)
				if got := receive(t, d.Merged(), 50); len(got) != 50 {
					t.Fatalf("%d packets, want 50", len(got))
				}
				setUp(t, w, false)
				expectState(t, d.Merged(), states, "veth1 is down")
				setUp(t, w, true)
				expectState(t, d.Merged(), states, "")
			}
			if st, c := d.Merged().Stats(), d.Merged().Counters(); st.Received != w.Sent || st.Dropped != 0 || c.Downs != 2 {
				t.Errorf("%+v, %+v, %d sent", st, c, w.Sent)
			}
		})
	}
}

func setUp(t *testing.T, w *wire, up bool) {
	t.Helper()
	if err := w.to.SetUp(up); err != nil {
		t.Fatal(err)
	}
	w.from.WaitRunning(t, up)
}

// TestRemovedAndMadeAgain: the device comes back, frames that were held over it
// stay as they were, and the prefilter keeps its rules and counters.
func TestRemovedAndMadeAgain(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	states := make(chan error, 10)
	d := w.open(t, Options{Frames: 64, Wait: 10 * time.Millisecond, OnState: func(err error) { states <- err }})
	src := d.Sources()[0]
	packets := mixed(1514)
	w.Replay(packets[:1], 0)
	var held, b dataplane.Burst
	for held.N == 0 {
		if err := src.Receive(&held); err != nil {
			t.Fatal(err)
		}
	}
	before := string(held.Packets[0].Data)
	w.from.Delete(t)
	w.to.Space.Do(func() { // where it looks for the interface
		expectState(t, src, states, "veth1 was removed")
		netnstest.Pair(t, w.from, w.to, netnstest.PairOptions{MTU: 1500})
		expectState(t, src, states, "")
	})
	w.Sender = netnstest.NewSender(t, w.from)
	w.Replay(packets[:63], 0)
	if got := receive(t, src, 63); len(got) != 63 {
		t.Errorf("%d packets after it came back, want 63", len(got))
	}
	if string(held.Packets[0].Data) != before {
		t.Error("a packet changed while it was held")
	}
	src.Release(&held)
	if st := d.Merged().Stats(); st != (dataplane.Stats{Received: 64, ReceivedBytes: w.Bytes + uint64(len(before))}) {
		t.Errorf("%+v", st)
	}
	if err := src.Close(); err != nil {
		t.Error(err)
	}
	if err := src.Receive(&b); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
}

// expectState receives until a state is told, "": up.
func expectState(t *testing.T, src dataplane.Source, states chan error, want string) {
	t.Helper()
	var b dataplane.Burst
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if err := src.Receive(&b); err != nil || b.N != 0 {
			t.Fatalf("%d packets, %v", b.N, err)
		}
		select {
		case err := <-states:
			if got := fmt.Sprint(err); got != want && (want != "" || err != nil) {
				t.Errorf("state %q, want %q", got, want)
			}
			return
		default:
		}
	}
	t.Fatalf("no state %q", want)
}

// TestOpenAgain: a queue is free once its source is closed, in the same process.
func TestOpenAgain(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	for range 5 {
		d := w.open(t, Options{Frames: 64, Wait: 10 * time.Millisecond})
		w.Replay(mixed(1514)[:20], 0)
		if got := receive(t, d.Merged(), 20); len(got) != 20 {
			t.Fatalf("%d packets, want 20", len(got))
		}
		if err := d.Merged().Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500, Queues: 2})
	for _, c := range []struct {
		o    Options
		says string
	}{
		{Options{Interface: "veth9"}, "veth9: AF_XDP: "},
		{Options{Queues: []int{0, 2}}, "queue 2: the interface has 2"},
		{Options{Queues: []int{1, 1}}, "queue 1 is named twice"},
		{Options{FrameSize: 3000}, "frames of 3000 bytes: the kernel takes 2048 and 4096"},
		{Options{Frames: 3}, "3 frames for a queue: 64 to 1048576"},
		{Options{Flows: -1}, "-1 flows"},
	} {
		if c.o.Interface == "" {
			c.o.Interface = w.to.Name
		}
		w.to.Space.Do(func() {
			if d, err := Open(c.o); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v: %v, %v; want %q", c.o, d, err, c.says)
			}
		})
	}
	w.open(t, Options{Queues: []int{1}, Frames: 64})
	w.to.Space.Do(func() {
		if _, err := Open(Options{Interface: w.to.Name}); err == nil || !strings.Contains(err.Error(), "another XDP program") {
			t.Errorf("twice: %v", err)
		}
	})
}

// TestUnclaimed: packets of a queue without a socket go on to the host.
func TestUnclaimed(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500, Queues: 2})
	d := w.open(t, Options{Frames: 64})
	both := d.Sources()
	if err := both[1].Close(); err != nil {
		t.Fatal(err)
	}
	w.Replay(mixed(1514)[:10], 0)
	settle(t, d, 10)
	receive(t, both[0], 10)
	if st := both[0].Stats(); st.Received+st.Dropped != 10 {
		t.Errorf("%+v, want 10 received or dropped", st)
	}
	if err := both[1].Receive(new(dataplane.Burst)); err != io.EOF {
		t.Errorf("closed: %v", err)
	}
}

func TestReceiveDoesNotAllocate(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	d := w.open(t, Options{Frames: 1024})
	packets := mixed(1514)[:100]
	for _, src := range []dataplane.Source{d.Sources()[0], d.Merged()} {
		w.Replay(packets, 0)
		var b dataplane.Burst
		got := 0
		n := testing.AllocsPerRun(100, func() {
			if err := src.Receive(&b); err != nil {
				panic(fmt.Sprint(err))
			}
			got += b.N
			src.Release(&b)
		})
		if n != 0 || got != len(packets) {
			t.Errorf("%T: %v allocations a call, %d packets of %d", src, n, got, len(packets))
		}
	}
}
