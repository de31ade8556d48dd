package bpf

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cilium/ebpf"
)

func flow(a, b string, protocol uint8) Flow {
	return Flow{netip.MustParseAddrPort(a), netip.MustParseAddrPort(b), protocol}
}

func mustAdd(t *testing.T, f *Flows, flow Flow) FlowID {
	t.Helper()
	id, err := f.Add(flow)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func run(t testing.TB, p *Prefilter, frame []byte) {
	t.Helper()
	if _, err := p.objs.Prefilter.Run(&ebpf.RunOptions{Data: frame}); err != nil {
		t.Error(err)
	}
}

// collect returns what comes back.
func collect(t *testing.T, f *Flows, idle time.Duration) map[Flow]FlowTraffic {
	t.Helper()
	back := map[Flow]FlowTraffic{}
	if err := f.Collect(idle, func(_ FlowID, f Flow, c FlowTraffic) { back[f] = c }); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestBypass(t *testing.T) {
	p := load(t, Options{Flows: 8})
	for _, c := range []struct{ a, b string }{
		{"10.0.0.1:40000", "10.0.0.2:443"},
		{"10.0.0.9:443", "10.0.0.2:40000"},
		{"10.0.0.1:2", "10.0.0.1:1"},
		{"[2001:db8::2]:5", "[2001:db8::1]:6"},
	} {
		f := flow(c.a, c.b, protoTCP)
		before := counters(t, p)
		if r := try(t, p, &before, frame(c.a, c.b, protoTCP, 0x10, 5)); r != Pass {
			t.Errorf("%v before: %v", f, r)
		}
		id := mustAdd(t, p.Flows(), f)
		begin := time.Now()
		for _, s := range []struct {
			frame []byte
			want  Reason
		}{
			{frame(c.a, c.b, protoTCP, 0x10, 5), Bypassed},
			{frame(c.b, c.a, protoTCP, 0x18, 100), Bypassed},
			{frame(c.b, c.a, protoTCP, 0x10, 0), Bypassed},
			{frame(c.a, c.b, protoUDP, 0, 0), Pass},
			{frame(c.a, c.b[:len(c.b)-1]+"9", protoTCP, 0x10, 0), Pass},
		} {
			if r := try(t, p, &before, s.frame); r != s.want {
				t.Errorf("%v: % x: %v, want %v", f, s.frame, r, s.want)
			}
		}
		got := p.Flows().Read(id)
		for i, want := range []Traffic{
			{Packets: 1, Bytes: uint64(len(frame(c.a, c.b, protoTCP, 0, 5))), Data: 5, Flags: 0x10},
			{Packets: 2, Bytes: uint64(2*len(frame(c.a, c.b, protoTCP, 0, 0)) + 100), Data: 100, Flags: 0x18},
		} {
			if at := time.Unix(0, got[i].Last); at.Before(begin.Add(-11*time.Millisecond)) || at.After(time.Now().Add(time.Millisecond)) {
				t.Errorf("%v: last packet of end %d at %v, not after %v", f, i, at, begin)
			}
			want.Last = got[i].Last
			if got[i] != want {
				t.Errorf("%v: end %d %+v, want %+v", f, i, got[i], want)
			}
		}
		if err := p.Flows().Remove(id); err != nil {
			t.Fatal(err)
		}
		if r := try(t, p, &before, frame(c.a, c.b, protoTCP, 0x10, 5)); r != Pass {
			t.Errorf("%v after: %v", f, r)
		}
		back := collect(t, p.Flows(), 0)
		for f, c := range back { // the clock is set anew each time
			c[0].Last, c[1].Last = got[0].Last, got[1].Last
			back[f] = c
		}
		if len(back) != 1 || back[f] != got {
			t.Errorf("collected %+v, want %+v", back, got)
		}
	}
	if n := p.Flows().Len(); n != 0 {
		t.Errorf("%d flows left", n)
	}
}

// TestEventsEndBypass: what begins or ends a connection passes, and so does what
// follows, though nobody has removed the flow. What was counted is not lost.
func TestEventsEndBypass(t *testing.T) {
	p := load(t, Options{Flows: 4})
	a, b := "10.0.0.1:40000", "10.0.0.2:443"
	f := flow(a, b, protoTCP)
	for _, event := range []byte{0x11, 0x04, 0x02, 0x12, 0x14} {
		before := counters(t, p)
		id := mustAdd(t, p.Flows(), f)
		for _, s := range []struct {
			flags byte
			want  Reason
		}{{0x10, Bypassed}, {event, PassFlowEvent}, {0x10, Pass}, {event, Pass}} {
			if r := try(t, p, &before, frame(b, a, protoTCP, s.flags, 7)); r != s.want {
				t.Errorf("event %#x: flags %#x: %v, want %v", event, s.flags, r, s.want)
			}
		}
		if _, err := p.Flows().Add(f); !errors.Is(err, ErrKnown) {
			t.Errorf("event %#x: added before it was removed: %v", event, err)
		}
		if got := p.Flows().Read(id)[1]; got.Packets != 1 || got.Data != 7 {
			t.Errorf("event %#x: %+v, want one packet of 7 bytes", event, got)
		}
		if err := p.Flows().Remove(id); err != nil {
			t.Errorf("event %#x: %v", event, err)
		}
		if back := collect(t, p.Flows(), 0); back[f][1].Packets != 1 || len(back) != 1 {
			t.Errorf("event %#x: collected %+v", event, back)
		}
	}
}

// BenchmarkAddRemove is what one session costs that is bypassed.
func BenchmarkAddRemove(b *testing.B) {
	p := load(b, Options{Flows: 1024})
	f := p.Flows()
	one := flow("10.0.0.1:40000", "10.0.0.2:443", protoTCP)
	for n := 0; b.Loop(); n++ {
		if n%1000 == 999 {
			if err := f.Collect(0, func(FlowID, Flow, FlowTraffic) {}); err != nil {
				b.Fatal(err)
			}
		}
		id, err := f.Add(one)
		if err == nil {
			err = f.Remove(id)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead is what looking at a bypassed flow costs.
func BenchmarkRead(b *testing.B) {
	p := load(b, Options{Flows: 4})
	id, err := p.Flows().Add(flow("10.0.0.1:40000", "10.0.0.2:443", protoTCP))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p.Flows().Read(id)
	}
}

// TestPaddingIsNoData: Ethernet fills short frames up.
func TestPaddingIsNoData(t *testing.T) {
	p := load(t, Options{Flows: 1})
	id := mustAdd(t, p.Flows(), flow("10.0.0.1:1", "10.0.0.2:2", protoUDP))
	f := frame("10.0.0.1:1", "10.0.0.2:2", protoUDP, 0, 3)
	run(t, p, append(f, make([]byte, 60-len(f))...))
	if got := p.Flows().Read(id)[0]; got.Data != 3 || got.Bytes != 60 {
		t.Errorf("%+v, want 3 bytes of data in 60", got)
	}
}

func TestFlowsRefuse(t *testing.T) {
	p := load(t, Options{Flows: 2})
	f := p.Flows()
	one := flow("10.0.0.1:1", "10.0.0.2:2", protoTCP)
	id := mustAdd(t, f, one)
	if _, err := f.Add(Flow{one.B, one.A, one.Protocol}); !errors.Is(err, ErrKnown) {
		t.Errorf("the other direction of a flow: %v", err)
	}
	if _, err := f.Add(flow("10.0.0.1:0", "10.0.0.2:0", 1)); !errors.Is(err, ErrNotSupported) {
		t.Errorf("ICMP: %v", err)
	}
	mustAdd(t, f, flow("10.0.0.1:1", "10.0.0.2:3", protoTCP))
	if _, err := f.Add(flow("10.0.0.1:1", "10.0.0.2:4", protoTCP)); !errors.Is(err, ErrFull) {
		t.Errorf("a third flow of two: %v", err)
	}
	for range 2 {
		if err := f.Remove(id); err != nil {
			t.Errorf("removing: %v", err)
		}
	}
	if _, err := f.Add(one); !errors.Is(err, ErrFull) {
		t.Errorf("a place before it was collected: %v", err)
	}
	if back := collect(t, f, 0); len(back) != 1 {
		t.Errorf("%d flows came back, want 1", len(back))
	}
	mustAdd(t, f, one)
}

func TestIdleFlowsComeBack(t *testing.T) {
	p := load(t, Options{Flows: 4})
	f := p.Flows()
	busy, quiet := flow("10.0.0.1:1", "10.0.0.2:2", protoUDP), flow("10.0.0.1:1", "10.0.0.2:3", protoUDP)
	mustAdd(t, f, busy)
	mustAdd(t, f, quiet)
	time.Sleep(60 * time.Millisecond)
	run(t, p, frame("10.0.0.2:2", "10.0.0.1:1", protoUDP, 0, 0))
	if back := collect(t, f, time.Hour); len(back) != 0 {
		t.Errorf("came back within an hour: %v", back)
	}
	back := collect(t, f, 50*time.Millisecond)
	if _, ok := back[quiet]; !ok || len(back) != 1 {
		t.Errorf("came back: %v, want only %v", back, quiet)
	}
}

// TestNothingIsCountedTwiceOrNever adds and removes flows while packets run: each
// packet that the program has seen passed, or is in the traffic of its flow.
func TestNothingIsCountedTwiceOrNever(t *testing.T) {
	p := load(t, Options{Flows: 3})
	before := counters(t, p)
	var stop atomic.Bool
	var senders sync.WaitGroup
	for i := range 2 {
		senders.Go(func() {
			for n := 0; !stop.Load(); n++ {
				a, b := ends(n % 2)
				if i == 1 {
					a, b = b, a
				}
				if _, _, err := p.objs.Prefilter.Benchmark(frame(a.String(), b.String(), protoUDP, 0, i), 1000, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	bypassed := bypassAtRandom(t, p.Flows(), &stop, &senders)
	now := counters(t, p)
	seen, passed := now.Seen().Packets-before.Seen().Packets, now.ByReason[Pass].Packets-before.ByReason[Pass].Packets
	if passed+bypassed != seen {
		t.Errorf("%d passed + %d in flows, %d seen", passed, bypassed, seen)
	}
	if bypassed == 0 || passed == 0 {
		t.Errorf("%d passed, %d bypassed: nothing was tried", passed, bypassed)
	}
}

// ends are those of the flows that the test above is about.
func ends(i int) (a, b netip.AddrPort) {
	return netip.MustParseAddrPort("10.0.0.1:1"), netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), uint16(i))
}

// bypassAtRandom adds and removes two flows for a while, stops the senders, and
// returns how many packets were in flows.
func bypassAtRandom(t *testing.T, f *Flows, stop *atomic.Bool, senders *sync.WaitGroup) (packets uint64) {
	sum := func(_ FlowID, _ Flow, c FlowTraffic) { packets += c[0].Packets + c[1].Packets }
	live := map[int]FlowID{}
	change := func(i int) {
		id, ok := live[i]
		var err error
		if ok {
			err = f.Remove(id)
			delete(live, i)
		} else {
			a, b := ends(i)
			id, err = f.Add(Flow{a, b, protoUDP})
			live[i] = id
		}
		if err = errors.Join(err, f.Collect(0, sum)); err != nil {
			t.Error(err)
		}
	}
	for range 40 {
		change(rand.IntN(2))
	}
	stop.Store(true)
	senders.Wait()
	for i := range live {
		change(i)
	}
	return packets
}
