package analyzer

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// recorded makes a trace of one conversation.
func recorded(talk *talk, make func(x *talk) conversation) (packets []traffic.Packet) {
	now := int64(1_700_000_000e9)
	talk.add = func(b []byte) {
		now += 1e6
		packets = append(packets, traffic.Packet{Time: now, Data: b})
	}
	for _, step := range make(talk) {
		step()
	}
	return packets
}

// between returns a conversation of two ends.
func between(proto uint8, a, b string) *talk {
	return &talk{a: netip.MustParseAddrPort(a), b: netip.MustParseAddrPort(b), proto: proto}
}

func TestBypassChoice(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	udp := func(n int) func(*talk) conversation {
		return func(x *talk) conversation { return udpTalk(x, r, n, true) }
	}
	tcp := func(opening string, n int) func(*talk) conversation {
		return func(x *talk) conversation { return tcpTalk(x, r, opening, n, 0) }
	}
	const a, b = "10.0.0.1:40000", "10.0.0.2:7001"
	always, never := func(*dpi.Flow) bool { return true }, func(*dpi.Flow) bool { return false }
	attribute := func(w *Worker) error { _, err := w.Handler().RegisterAttribute(id.Ip, 1); return err }
	handler := func(w *Worker) error { return w.Handler().AddPacketHandler(99, func(*dpi.Packet) {}) }
	track := func(w *Worker) error { w.Handler().TrackProtocol(id.Http); return nil }
	const request = "GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n"
	for _, c := range []struct {
		what    string
		packets []traffic.Packet
		needed  func(*dpi.Flow) bool
		set     func(*Worker) error
		want    bool
	}{
		{what: "datagrams", packets: recorded(between(17, a, b), udp(100)), want: true},
		{what: "few datagrams", packets: recorded(between(17, a, b), udp(49))},
		{what: "a port of tunnels", packets: recorded(between(17, a, "10.0.0.2:4789"), udp(100))},
		{what: "DNS, which names addresses", packets: recorded(between(17, a, "10.0.0.2:53"), dnsTalk(100))},
		{what: "a connection", packets: recorded(between(6, a, b), tcp("what nobody knows", 100)), want: true},
		{what: "a connection of IPv6", packets: recorded(between(6, "[2001:db8::1]:4000", "[2001:db8::2]:7"), tcp("what nobody knows", 100)), want: true},
		{what: "a connection without answer", packets: recorded(between(6, a, b), unanswered(100))},
		{what: "few packets, encrypted", packets: recorded(between(6, a, "10.0.0.2:22"), tcp("SSH-2.0-OpenSSH_9.0\r\n", 30)), want: true},
		{what: "few packets, not encrypted", packets: recorded(between(6, a, b), tcp("what nobody knows", 30))},
		{what: "fragments", packets: inFragments(recorded(between(17, a, b), udp(100)))},
		{what: "a tunnel", packets: inTunnel(recorded(between(17, a, b), udp(100)))},
		{what: "HTTP", packets: recorded(between(6, a, "10.0.0.2:80"), tcp(request, 100)), want: true},
		{what: "HTTP that is reported", packets: recorded(between(6, a, "10.0.0.2:80"), tcp(request, 100)), set: track},
		{what: "attributes", packets: recorded(between(17, a, b), udp(100)), set: attribute},
		{what: "packet handlers", packets: recorded(between(17, a, b), udp(100)), set: handler},
		{what: "a rule that needs it", packets: recorded(between(17, a, b), udp(100)), needed: always, set: attribute},
		{what: "no rule that needs it", packets: recorded(between(17, a, b), udp(100)), needed: never, set: attribute, want: true},
	} {
		k := newKernel(4)
		w := bypassing(t, &nowhere{}, k, session.Config{Max: 64}, 50)
		w.bypass.shared.needed = c.needed
		if c.set != nil {
			if err := c.set(w); err != nil {
				t.Fatal(err)
			}
			w.bypass.look()
		}
		bypassAtOnce(w, k, c.packets)
		if got := k.adds > 0; got != c.want {
			t.Errorf("%s: bypassed: %v, want %v", c.what, got, c.want)
		}
	}
}

// dnsTalk asks for a name again and again.
func dnsTalk(n int) func(x *talk) conversation {
	query := []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x07example\x00\x00\x01\x00\x01")
	return func(x *talk) (list conversation) {
		for range n {
			list = append(list, func() { x.say(0, 0, query) })
		}
		return list
	}
}

// unanswered is data of one side only, after a SYN.
func unanswered(n int) func(x *talk) conversation {
	return func(x *talk) conversation {
		list := conversation{func() { x.say(0, syn, nil) }}
		for range n {
			list = append(list, func() { x.say(0, ack, []byte("data")) })
		}
		return list
	}
}

// inFragments makes every packet the first fragment of its datagram.
func inFragments(packets []traffic.Packet) []traffic.Packet {
	for i := range packets {
		packets[i].Data[14+6] |= 0x20
	}
	return packets
}

// inTunnel puts every packet into another one, IP in IP.
func inTunnel(packets []traffic.Packet) []traffic.Packet {
	from, to := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i := range packets {
		packets[i].Data = frameOf(from, to, 4, false, packets[i].Data[14:])
	}
	return packets
}

// TestRecallBypassed: other rules bring sessions back that they need.
func TestRecallBypassed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	packets := recorded(between(17, "10.0.0.1:1", "10.0.0.2:2"), func(x *talk) conversation { return udpTalk(x, r, 200, true) })
	k := newKernel(4)
	w := bypassing(t, &nowhere{}, k, session.Config{Max: 64}, 50)
	needed := false
	w.bypass.shared.needed = func(*dpi.Flow) bool { return needed }
	w.bypass.look()
	half(w, k, packets[:100])
	if w.RecallBypassed(); len(k.index) != 1 {
		t.Fatalf("%d flows bypassed, want 1 that nobody needs", len(k.index))
	}
	needed = true
	if w.RecallBypassed(); len(k.index) != 0 {
		t.Error("a flow that a rule needs is still bypassed")
	}
	bypassAtOnce(w, k, packets[100:])
	checkTotals(t, w, k, len(packets))
	if k.withheld != 50 {
		t.Errorf("%d packets were withheld, want 50", k.withheld)
	}
}

// half feeds packets without ending the run.
func half(w *Worker, k *kernel, packets []traffic.Packet) {
	var b dataplane.Burst
	for i := range packets {
		if k.passes(&packets[i]) {
			b.Packets[0], b.N = packetOf(&packets[i]), 1
			w.Process(&b)
		}
	}
}

// TestBypassThreads: workers of different threads share one kernel.
func TestBypassThreads(t *testing.T) {
	k := newKernel(16)
	shared := NewBypass(k, BypassOptions{Packets: 40})
	var done sync.WaitGroup
	workers := make([]*Worker, 3)
	var sent [3]int
	for i := range workers {
		workers[i] = withBypass(t, &nowhere{}, session.Config{Max: 4096}, shared)
		packets := elephants(uint64(i))
		for j := range packets {
			readdress(packets[j].Data, byte(i))
		}
		sent[i] = len(packets)
		done.Go(func() { interleaveOwn(workers[i], k, packets, uint64(i)) })
	}
	done.Wait()
	shared.Close()
	var bypassed uint64
	for i, w := range workers {
		n := w.Totals()
		bypassed += n.Bypassed
		if n.Packets+n.Bypassed != uint64(sent[i]) || n.BypassedFlows != 0 {
			t.Errorf("worker %d: %d analysed + %d bypassed of %d packets, %d flows left", i, n.Packets, n.Bypassed, sent[i], n.BypassedFlows)
		}
	}
	if bypassed != k.withheld || bypassed == 0 {
		t.Errorf("%d packets bypassed, %d withheld", bypassed, k.withheld)
	}
}

// readdress makes the addresses of a frame differ from those of other workers.
func readdress(b []byte, n byte) {
	at := 14
	if b[12] == 0x81 {
		at += 4
	}
	if b[at]>>4 == 4 {
		b[at+13] += 1 + n
		b[at+17] += 1 + n
	} else {
		b[at+12] += 1 + n
		b[at+28] += 1 + n
	}
}

// interleaveOwn feeds a worker; flows come back when the goroutine of the bypass
// gets to it.
func interleaveOwn(w *Worker, k *kernel, packets []traffic.Packet, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	var b dataplane.Burst
	for i := range packets {
		if k.passes(&packets[i]) {
			b.Packets[b.N] = packetOf(&packets[i])
			b.N++
		}
		if b.N == dataplane.BurstSize || r.IntN(30) == 0 {
			w.Process(&b)
			b.N = 0
		}
	}
	w.Process(&b)
	w.Close()
}

// still is a kernel that counts nothing and costs no memory.
type still struct {
	mu      sync.Mutex
	free    []uint32
	removed []uint32
	adds    int
}

func newStill(n int) *still {
	s := &still{removed: make([]uint32, 0, n)}
	for i := range n {
		s.free = append(s.free, uint32(i))
	}
	return s
}

func (s *still) Len() int { return cap(s.removed) }

func (s *still) Add(BypassFlow) (uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		return 0, errKernel
	}
	place := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	s.adds++
	return place, nil
}

func (s *still) Read(uint32) [2]BypassTraffic { return [2]BypassTraffic{} }

func (s *still) Remove(place uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removed = append(s.removed, place)
	return nil
}

func (s *still) Collect(visit func(uint32, [2]BypassTraffic)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, place := range s.removed {
		visit(place, [2]BypassTraffic{})
	}
	s.free = append(s.free, s.removed...)
	s.removed = s.removed[:0]
	return nil
}

// TestBypassNoAllocation: sessions that are bypassed and come back cost no
// allocation once tables have their size.
func TestBypassNoAllocation(t *testing.T) {
	packets := elephants(1)
	length := packets[len(packets)-1].Time - packets[0].Time + 100*second
	k := newStill(64)
	shared := newBypass(k, BypassOptions{Packets: 40})
	w := withBypass(t, &nowhere{}, session.Config{Max: 512}, shared)
	loop := func() {
		feed(w, packets, 64)
		shared.collect()
		for i := range packets {
			packets[i].Time += length
		}
	}
	for range 6 {
		loop()
	}
	before := k.adds
	if n := testing.AllocsPerRun(3, loop); n > 0 {
		t.Errorf("%v allocations for %d packets, want none", n, len(packets))
	}
	if k.adds == before {
		t.Error("no session was bypassed")
	}
}
