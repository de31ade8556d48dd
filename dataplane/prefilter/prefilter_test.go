package prefilter

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"

	"mmt/bpf"
	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// memory is a source of packets that notes what comes back.
type memory struct {
	packets  []dataplane.Packet
	next     int
	released map[*byte]int
	burst    int  // packets of a burst
	endless  bool // begins again at the end
}

func (m *memory) Receive(b *dataplane.Burst) error {
	if m.endless && m.next == len(m.packets) {
		m.next = 0
	}
	b.N = copy(b.Packets[:m.burst], m.packets[m.next:])
	if m.next += b.N; b.N == 0 {
		return io.EOF
	}
	return nil
}

func (m *memory) Release(b *dataplane.Burst) {
	if m.released == nil {
		return
	}
	for i := range b.Packets[:b.N] {
		m.released[&b.Packets[i].Data[0]]++
	}
}

func (m *memory) Stats() dataplane.Stats {
	return dataplane.Stats{Received: uint64(m.next), Filtered: 5, Dropped: 3}
}

func (m *memory) Close() error { return nil }

// network is a memory that is Live.
type network struct {
	memory
	stopped bool
}

func (n *network) Stop() { n.stopped = true }

func (n *network) Counters() dataplane.Counters {
	return dataplane.Counters{Seen: 5000, Prefiltered: 2}
}

// front is a prefilter in the kernel.
type front struct{ stopped bool }

func (f *front) Kept() uint64 { return 40 }

func (f *front) Stop() { f.stopped = true }

func (n *network) Describe() string { return "a network" }

// udp makes a frame from a port to another.
func udp(from, to uint16) []byte {
	f := make([]byte, 12, 60)
	f = append(f, 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	f = binary.BigEndian.AppendUint16(f, from)
	f = binary.BigEndian.AppendUint16(f, to)
	return append(f, 0, 8, 0, 0)
}

// mixed makes packets from random ports; some are ARP.
func mixed(n int) []dataplane.Packet {
	r := rand.New(rand.NewPCG(1, 2))
	list := make([]dataplane.Packet, n)
	for i := range list {
		data := udp(uint16(r.UintN(8)), 1000)
		if i%7 == 0 {
			data[12], data[13] = 8, 6
		}
		list[i] = dataplane.Packet{Data: data, Len: uint32(len(data)) + uint32(i), Time: int64(i), Link: dataplane.LinkEthernet}
	}
	return list
}

func filter(t testing.TB, r bpf.Rules) *bpf.Filter {
	t.Helper()
	f, err := bpf.NewFilter(&r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// lowPorts lets pass what comes from a port below 3 and is not sampled away.
var lowPorts = bpf.Rules{
	Ports:  []bpf.PortRule{{Action: bpf.Allow, Side: bpf.Source, First: 0, Last: 3}, {Action: bpf.Deny, First: 3}},
	Sample: 2,
}

// drain receives all packets, and gives them back.
func drain(t testing.TB, s Source) (got []dataplane.Packet) {
	t.Helper()
	var b dataplane.Burst
	for {
		err := s.Receive(&b)
		if err == io.EOF {
			return got
		}
		if err != nil || b.N == 0 {
			t.Fatalf("%d packets, error %v", b.N, err)
		}
		got = append(got, b.Packets[:b.N]...)
		s.Release(&b)
	}
}

func TestWrap(t *testing.T) {
	packets, f := mixed(1000), filter(t, lowPorts)
	for _, burst := range []int{1, 7, dataplane.BurstSize} {
		src := &memory{packets: packets, burst: burst, released: map[*byte]int{}}
		s := Wrap(src, f, Options{})
		got := drain(t, s)
		var want []dataplane.Packet
		var counted bpf.Counters
		for _, p := range packets {
			r := f.Match(p.Data)
			counted.ByReason[r].Add(bpf.Count{Packets: 1, Bytes: uint64(p.Len)})
			if r.Passes() {
				want = append(want, p)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("bursts of %d: %d packets passed, want %d", burst, len(got), len(want))
		}
		for i := range got {
			if got[i].Time != want[i].Time || !bytes.Equal(got[i].Data, want[i].Data) {
				t.Fatalf("bursts of %d: packet %d is not what it should be", burst, i)
			}
		}
		if s.Counted() != counted {
			t.Errorf("bursts of %d: counted %+v, want %+v", burst, s.Counted(), counted)
		}
		checkReleased(t, src)
		checkStats(t, s, counted)
	}
}

// checkReleased wants every packet back once.
func checkReleased(t *testing.T, src *memory) {
	t.Helper()
	for i, p := range src.packets {
		if n := src.released[&p.Data[0]]; n != 1 {
			t.Fatalf("packet %d came back %d times", i, n)
		}
	}
}

func checkStats(t *testing.T, s Source, counted bpf.Counters) {
	t.Helper()
	passed := counted.Passed()
	want := dataplane.Stats{Received: passed.Packets, ReceivedBytes: passed.Bytes, Filtered: 5, Dropped: 3}
	if got := s.Stats(); got != want {
		t.Errorf("statistics %+v, want %+v", got, want)
	}
}

// A trace of which nothing passes ends; it does not say that there is nothing.
func TestNothingPasses(t *testing.T) {
	src := &memory{packets: mixed(1000), burst: 64, released: map[*byte]int{}}
	s := Wrap(src, filter(t, bpf.Rules{DropNonIP: true, Protocols: []bpf.ProtocolRule{{Action: bpf.Deny, Protocol: 17}}}), Options{})
	if got := drain(t, s); len(got) != 0 {
		t.Errorf("%d packets passed", len(got))
	}
	checkReleased(t, src)
}

func TestLive(t *testing.T) {
	src := &network{memory: memory{packets: mixed(64), burst: 64, endless: true, released: map[*byte]int{}}}
	inFront := new(front)
	s := Wrap(src, filter(t, bpf.Rules{DropNonIP: true, Protocols: []bpf.ProtocolRule{{Action: bpf.Deny, Protocol: 17}}}), Options{Front: inFront})
	l, ok := s.(dataplane.Live)
	if !ok {
		t.Fatal("a live source is live no more")
	}
	var b dataplane.Burst
	if err := l.Receive(&b); err != nil || b.N != 0 {
		t.Errorf("%d packets, error %v; want none", b.N, err)
	}
	if c := s.Counted(); c.Seen().Packets != most*64 {
		t.Errorf("%d packets dropped in one call, want %d", c.Seen().Packets, most*64)
	}
	src.burst = 10
	if l.Receive(&b); src.next != 10 {
		t.Errorf("%d packets taken where no more were waiting, want 10", src.next)
	}
	dropped := uint64(most*64 + 10)
	if c := l.Counters(); c.Seen != 5000-dropped || c.Prefiltered != 2+dropped+40 || l.Describe() != "a network" {
		t.Errorf("%+v, %q", c, l.Describe())
	}
	if l.Stop(); !src.stopped || !inFront.stopped {
		t.Error("Stop does not reach the source, or what is in front")
	}
}

func TestSetFilter(t *testing.T) {
	src := &memory{packets: mixed(64), burst: 64, endless: true}
	s := Wrap(src, filter(t, bpf.Rules{}), Options{})
	var b dataplane.Burst
	if err := s.Receive(&b); err != nil || b.N != 64 {
		t.Errorf("%d packets, error %v; want all", b.N, err)
	}
	s.SetFilter(filter(t, bpf.Rules{DropNonIP: true}))
	if err := s.Receive(&b); err != nil || b.N != 54 {
		t.Errorf("%d packets, error %v; want the 54 that are not ARP", b.N, err)
	}
}

// TestTrace: a trace keeps its position, and its memory is not given back while
// packets of it are in use.
func TestTrace(t *testing.T) {
	packets := mixed(60000)
	var file bytes.Buffer
	w, err := pcapfile.NewWriter(&file, dataplane.LinkEthernet, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		if err := w.WritePacket(p.Time, p.Len, p.Data); err != nil {
			t.Fatal(err)
		}
	}
	size := int64(file.Len())
	src, err := pcapfile.NewReader(&file, "a stream", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := filter(t, lowPorts)
	s := Wrap(src, f, Options{})
	var b dataplane.Burst
	passed := 0
	for s.Receive(&b) == nil {
		for i := range b.Packets[:b.N] {
			if !f.Match(b.Packets[i].Data).Passes() {
				t.Fatal("a packet that passed does not pass any more")
			}
		}
		passed += b.N
		s.Release(&b)
	}
	if c := s.Counted(); c.Seen().Packets != 60000 || c.Passed().Packets != uint64(passed) || passed == 0 {
		t.Errorf("%d of %d packets passed, received %d of 60000", c.Passed().Packets, c.Seen().Packets, passed)
	}
	if read, _ := s.(positioned).Position(); read != size {
		t.Errorf("at %d of %d bytes", read, size)
	}
}

func TestNoAllocation(t *testing.T) {
	s := Wrap(&memory{packets: mixed(640), burst: 64, endless: true}, filter(t, lowPorts), Options{})
	var b dataplane.Burst
	if n := testing.AllocsPerRun(1000, func() {
		if err := s.Receive(&b); err != nil {
			t.Fatal(err)
		}
		s.Release(&b)
	}); n != 0 {
		t.Errorf("%v allocations per burst", n)
	}
}

// A view passes over bytes and changes the link type.
func TestView(t *testing.T) {
	data := append([]byte{1, 2, 3}, udp(53, 1000)[14:]...)
	src := &memory{packets: []dataplane.Packet{{Data: data, Link: dataplane.LinkEthernet}}, burst: 64}
	s := Wrap(src, filter(t, bpf.Rules{Prefixes: []bpf.PrefixRule{{Action: bpf.Deny, Prefix: netip.MustParsePrefix("10.0.0.2/32")}}}),
		Options{View: func(p *dataplane.Packet) ([]byte, dataplane.LinkType) { return p.Data[3:], dataplane.LinkIPv4 }})
	drain(t, s)
	if c := s.Counted(); c.ByReason[bpf.DropPrefix].Packets != 1 {
		t.Errorf("counted %+v", c)
	}
}

// BenchmarkSift is the price of a packet, bursts of 64 of which half pass.
func BenchmarkSift(b *testing.B) {
	s := Wrap(&memory{packets: mixed(640), burst: 64, endless: true}, filter(b, lowPorts), Options{})
	var burst dataplane.Burst
	for range b.N / 64 {
		if err := s.Receive(&burst); err != nil {
			b.Fatal(err)
		}
		s.Release(&burst)
	}
}
