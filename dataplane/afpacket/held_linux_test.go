package afpacket

import (
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

// TestHeldInOrder: many bursts are out at a time and come back in their order,
// as a queue gives them back; packets are whole until then, and none is lost.
func TestHeldInOrder(t *testing.T) {
	const most = 60 // bursts
	packets := traffic.Generate(1, []string{"web", "tls", "dns"}, 20)
	w := newWire(t)
	s := w.open(Options{BufferSize: 32 << 20, Wait: 20 * time.Millisecond})
	w.sender.Replay(packets, 0)
	s.Stop()
	var held []*dataplane.Burst
	returned, highest := 0, 0
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
	for taken := 0; ; {
		b := new(dataplane.Burst)
		if s.Receive(b) != nil {
			break
		}
		taken += b.N
		highest = max(highest, taken-returned)
		if held = append(held, b); len(held) == most {
			giveBack()
		}
	}
	for len(held) > 0 {
		giveBack()
	}
	if returned != len(packets) || highest < 3000 {
		t.Errorf("%d packets of %d, at most %d at a time", returned, len(packets), highest)
	}
	if s.ring.held() {
		t.Error("a block is held after all was released")
	}
	exact(t, s, w.sender.Sent)
}

// TestGroupIsExact: what the sockets of a group have received, filtered and
// dropped is what was sent, at any time.
func TestGroupIsExact(t *testing.T) {
	packets := traffic.Generate(1, nil, 8)
	w := newWire(t)
	group := w.openGroup(3, Options{BufferSize: 1, SnapLen: 2000, Filter: "tcp or udp"})
	sum := func() (all dataplane.Stats, c dataplane.Counters) {
		for _, s := range group {
			n, k := s.Stats(), s.Counters()
			exact(t, s, k.Seen)
			all.Received += n.Received
			all.Filtered += n.Filtered
			all.Dropped += n.Dropped
			c.Seen += k.Seen
		}
		return all, c
	}
	w.sender.Replay(packets, 0)
	if _, c := sum(); c.Seen != w.sender.Sent {
		t.Errorf("%d seen of %d", c.Seen, w.sender.Sent)
	}
	got := 0
	for _, s := range group {
		var b dataplane.Burst
		for i := 0; i < 20; i++ {
			if err := s.Receive(&b); err != nil {
				t.Fatal(err)
			}
			got += b.N
			s.Release(&b)
		}
	}
	w.sender.Replay(packets, 0)
	for _, s := range group {
		s.Stop()
		got += len(collect(t, s))
		s.Close()
	}
	all, c := sum()
	if c.Seen != w.sender.Sent || all.Received != uint64(got) || all.Filtered == 0 || all.Dropped == 0 {
		t.Errorf("%+v, %d seen, %d handed out; %d sent", all, c.Seen, got, w.sender.Sent)
	}
}
