package afxdp

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"mmt/bpf"
	"mmt/dataplane"
	"mmt/dataplane/netnstest"
)

// exact holds that all that was seen is accounted for, by all sources together.
func exact(t *testing.T, sent uint64, sources ...*Source) (sum dataplane.Stats, waiting uint64) {
	t.Helper()
	all := uint64(0)
	for _, s := range sources {
		st, c := s.Stats(), s.Counters()
		if c.Seen != st.Received+st.Filtered+st.Dropped+c.Waiting {
			t.Errorf("%+v, %+v", st, c)
		}
		all += c.Seen + c.Prefiltered
		waiting += c.Waiting
		sum.Received += st.Received
		sum.Filtered += st.Filtered
		sum.Dropped += st.Dropped
	}
	if all != sent {
		t.Errorf("%d packets seen or kept away, %d sent", all, sent)
	}
	return sum, waiting
}

// drain receives to the end and returns how many packets there were.
func drain(t *testing.T, s *Source) (n int) {
	t.Helper()
	var b dataplane.Burst
	for {
		err := s.Receive(&b)
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		n += b.N
		s.Release(&b)
	}
}

// TestStop: what has come by then is handed out, what comes later is in no
// figure, and the host gets it.
func TestStop(t *testing.T) {
	for _, mode := range []bpf.Mode{bpf.Native, bpf.Generic} {
		t.Run(mode.String(), func(t *testing.T) {
			w := newWire(t, netnstest.PairOptions{MTU: 1500})
			d := w.open(t, Options{Mode: mode, Wait: 10 * time.Millisecond})
			s := d.Merged()
			w.Replay(mixed(1514)[:300], 0)
			settle(t, d, w.Sent)
			if _, waiting := exact(t, 300, s); waiting != 300 {
				t.Errorf("%d packets wait, want 300", waiting)
			}
			s.Stop()
			w.Replay(mixed(1514)[:100], 0)
			if n := drain(t, s); n != 300 {
				t.Errorf("%d packets after Stop, want 300", n)
			}
			if sum, waiting := exact(t, 300, s); sum.Received != 300 || waiting != 0 {
				t.Errorf("%+v, %d waiting", sum, waiting)
			}
		})
	}
}

// TestClose: what nobody took is dropped, and the figures stay.
func TestClose(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	d := w.open(t, Options{Wait: 10 * time.Millisecond})
	s := d.Merged()
	w.Replay(mixed(1514)[:300], 0)
	settle(t, d, w.Sent)
	got := len(receive(t, s, 100))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if sum, waiting := exact(t, 300, s); sum.Received != uint64(got) || sum.Dropped != uint64(300-got) || waiting != 0 {
		t.Errorf("%+v, %d waiting, %d received", sum, waiting, got)
	}
}

// TestFilterAndSnapLen: what the filter leaves out is counted and its frames are
// used again, and packets are cut.
func TestFilterAndSnapLen(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	d := w.open(t, Options{Frames: 1024, Filter: "udp", SnapLen: 50, Wait: 10 * time.Millisecond})
	s := d.Merged()
	packets := mixed(1514)
	sent := w.start(packets, 20000)
	got := receive(t, s, len(packets))
	sent()
	s.Stop()
	if n := drain(t, s); n != 0 {
		t.Errorf("%d packets more", n)
	}
	for _, p := range got {
		if len(p.Data) > 50 || int(p.Len) < len(p.Data) {
			t.Fatalf("%d bytes of %d", len(p.Data), p.Len)
		}
	}
	sum, _ := exact(t, uint64(len(packets)), s)
	if sum.Received != uint64(len(got)) || sum.Filtered == 0 || len(got) == 0 || sum.Dropped != 0 {
		t.Errorf("%+v, %d received", sum, len(got))
	}
	if n := s.queues[0].frames.out; n != 0 {
		t.Errorf("%d frames are lent", n)
	}
	w.to.Space.Do(func() {
		if _, err := Open(Options{Interface: w.to.Name, Filter: "udp and"}); err == nil || !strings.Contains(err.Error(), "filter") {
			t.Errorf("a wrong filter: %v", err)
		}
	})
}

// TestSplit: the queues are shared out evenly, each to one source, and together
// these have all packets.
func TestSplit(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500, Queues: 3})
	d := w.open(t, Options{Frames: 1024, Wait: 10 * time.Millisecond})
	list, err := d.Split(2)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{", queues 0, 2", ", queue 1"} {
		if got := list[i].Describe(); !strings.HasSuffix(got, want) {
			t.Errorf("source %d: %s, want%s", i, got, want)
		}
	}
	packets := mixed(1514)[:1000]
	done := make(chan int)
	for _, s := range list {
		go func() { done <- drain(t, s) }()
	}
	w.Replay(packets, 20000)
	settle(t, d, w.Sent)
	list[1].Stop() // stops both
	if n := <-done + <-done; n != len(packets) {
		t.Errorf("%d packets, want %d", n, len(packets))
	}
	if sum, waiting := exact(t, w.Sent, list...); sum.Received != w.Sent || waiting != 0 {
		t.Errorf("%+v, %d waiting", sum, waiting)
	}
	for _, s := range list {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	exact(t, w.Sent, list...)
	if !d.closed {
		t.Error("the device is open after its last source was closed")
	}
	if _, err := d.Split(4); err == nil || !strings.Contains(err.Error(), "ethtool -L veth1 combined 4") {
		t.Errorf("4 sources of 3 queues: %v", err)
	}
}

// TestHeldInOrder: thousands of packets are out at a time and come back in their
// order, as a queue gives them back; they are whole until then, and as there are
// frames for them, none is lost.
func TestHeldInOrder(t *testing.T) {
	const most = 4000
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	d := w.open(t, Options{Held: most, Frames: 4096, Wait: 10 * time.Millisecond})
	s := d.Merged()
	packets := mixed(1514)
	for len(packets) < 3*most {
		packets = append(packets, packets...)
	}
	sent := w.start(packets, 50000)
	var held []*dataplane.Burst
	returned, taken, highest := 0, 0, 0
	giveBack := func() {
		b := held[0]
		held = held[1:]
		for _, p := range b.Packets[:b.N] {
			if string(p.Data) != string(packets[returned].Data) {
				t.Fatalf("packet %d changed while it was held", returned)
			}
			returned++
		}
		s.Release(b)
	}
	for last := time.Now(); taken < len(packets) && time.Since(last) < time.Second; {
		b := new(dataplane.Burst)
		if err := s.Receive(b); err != nil {
			t.Fatal(err)
		}
		if b.N == 0 {
			continue
		}
		last = time.Now()
		taken += b.N
		for held = append(held, b); taken-returned > most-dataplane.BurstSize; {
			giveBack()
		}
		highest = max(highest, taken-returned)
	}
	sent()
	for len(held) > 0 {
		giveBack()
	}
	sum, _ := exact(t, w.Sent, s)
	if returned != taken || highest < most/2 || sum.Received != uint64(taken) {
		t.Errorf("%+v: %d packets of %d, at most %d at a time", sum, returned, len(packets), highest)
	}
}

// TestCountersNeverGoBack: whoever looks while packets come sees sums that hold
// and that only grow.
func TestCountersNeverGoBack(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	d := w.open(t, Options{Frames: 64, Filter: "tcp", Wait: time.Millisecond})
	s := d.Merged()
	end := make(chan error)
	stop := make(chan struct{})
	go func() {
		var before dataplane.Counters
		for {
			select {
			case <-stop:
				end <- nil
				return
			default:
			}
			c := s.Counters()
			if c.Seen < before.Seen || c.Waiting > c.Seen {
				end <- fmt.Errorf("%+v after %+v", c, before)
				return
			}
			before = c
		}
	}()
	sent := w.start(mixed(1514), 20000)
	receive(t, s, len(mixed(1514)))
	sent()
	close(stop)
	if err := <-end; err != nil {
		t.Error(err)
	}
	s.Stop()
	drain(t, s)
	exact(t, w.Sent, s)
}

// TestPromiscuous: the interface is promiscuous as long as the device is open.
func TestPromiscuous(t *testing.T) {
	w := newWire(t, netnstest.PairOptions{MTU: 1500})
	before := w.to.Counters(t).Promiscuity
	d := w.open(t, Options{Frames: 64, Promiscuous: true})
	if n := w.to.Counters(t).Promiscuity; n != before+1 {
		t.Errorf("promiscuity %d, want %d", n, before+1)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if n := w.to.Counters(t).Promiscuity; n != before {
		t.Errorf("promiscuity %d after Close, want %d", n, before)
	}
}
