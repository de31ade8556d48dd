//go:build dpdk && cgo && linux

package dpdk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/dpdk/dpdktest"
	"mmt/dataplane/pcapfile"
)

// exact checks that what a run has received, filtered and dropped is all that
// its ports had.
func exact(t *testing.T, out *outcome) {
	t.Helper()
	var sum, came uint64
	for i, s := range out.Stats {
		sum += s.Received + s.Filtered + s.Dropped
		if c := out.Counters[i]; c.Seen != s.Received+s.Filtered+s.Dropped || c.Waiting != 0 {
			t.Errorf("source %d: %+v, %+v", i, c, s)
		}
	}
	for _, p := range out.Ports {
		came += p.Packets + p.Missed
	}
	if sum != came {
		t.Errorf("%d packets received, filtered or dropped, %d came: %+v %+v", sum, came, out.Stats, out.Ports)
	}
}

// TestTrace: net_pcap gives the packets that pcapfile gives, with their times.
func TestTrace(t *testing.T) {
	packets := traffic.Mixed(1, 200)
	var trace bytes.Buffer
	if err := traffic.WritePcap(&trace, packets); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a b.pcap")
	if err := os.WriteFile(path, trace.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	want := readTrace(t, path)
	out := receiveTrace(t, path, len(want), "")
	if len(out.Packets) != len(want) {
		t.Fatalf("%d packets, want %d", len(out.Packets), len(want))
	}
	for i, p := range out.Packets {
		w := want[i]
		if !bytes.Equal(p.Data, w.Data) || p.Len != w.Len || p.Time != w.Time/1000*1000 {
			t.Fatalf("packet %d: %d of %d bytes at %d, want %d of %d at %d", i, len(p.Data), p.Len, p.Time, len(w.Data), w.Len, w.Time)
		}
	}
	exact(t, out)
	if !strings.Contains(out.Describe, "net_pcap, 10 Gbps): DPDK ") || !strings.HasSuffix(out.Describe, "timestamps of the trace") {
		t.Error(out.Describe)
	}
	filtered := receiveTrace(t, path, 0, "udp")
	exact(t, filtered)
	if n := uint64(len(want)); filtered.Stats[0].Filtered == 0 || filtered.Stats[0].Received+filtered.Stats[0].Filtered != n {
		t.Errorf("of %d packets: %+v", n, filtered.Stats)
	}
}

// receiveTrace receives a trace by net_pcap, all of it or so many packets.
func receiveTrace(t *testing.T, path string, want int, filter string) *outcome {
	t.Helper()
	eal := fmt.Sprintf("%s --vdev 'net_pcap0,rx_pcap=%s'", noHuge, path)
	c := launch(t, nil, task{Ports: "0", O: Options{EAL: eal, Filter: filter}, Want: want})
	if want == 0 {
		time.Sleep(500 * time.Millisecond) // nothing tells the end of a trace
		c.tell()
	}
	return c.outcome()
}

func readTrace(t *testing.T, path string) (list []record) {
	src, err := pcapfile.Open(path, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var b dataplane.Burst
	for src.Receive(&b) == nil {
		for _, p := range b.Packets[:b.N] {
			list = append(list, record{append([]byte{}, p.Data...), p.Time, p.Len, 0})
		}
		src.Release(&b)
	}
	return list
}

func init() { children["null"] = null }

// twice: a burst that is released twice, also as a copy, in parts and in another
// order, is freed once. Else the pool would hand out a buffer twice.
func twice(s *Source) error {
	var bursts [4]dataplane.Burst
	for range 50 {
		seen := map[*byte]bool{}
		for i := range bursts {
			if err := s.Receive(&bursts[i]); err != nil {
				return err
			}
			for _, p := range bursts[i].Packets[:bursts[i].N] {
				at := unsafe.SliceData(p.Data)
				if seen[at] {
					return fmt.Errorf("two packets lie at %p", at)
				}
				seen[at] = true
			}
		}
		for i := range bursts {
			b, again := &bursts[i], bursts[i]
			part := dataplane.Burst{N: 3}
			copy(part.Packets[:], b.Packets[5:8])
			slices.Reverse(again.Packets[:again.N])
			for _, b := range []*dataplane.Burst{&part, b, b, &again} {
				s.Release(b)
			}
		}
	}
	return nil
}

// null receives two ports, one allocation a packet being an error.
func null(todo *task, out *outcome) error {
	d, err := Open(todo.Ports, todo.O)
	if err != nil {
		return err
	}
	s := d.Sources()[0]
	var b dataplane.Burst
	var seen [2]int
	step := func() {
		if s.Receive(&b) != nil {
			panic("a source that was not stopped ends")
		}
		for _, p := range b.Packets[:b.N] {
			seen[p.Port]++
		}
		s.Release(&b)
	}
	if err := twice(s); err != nil {
		return err
	}
	begin := time.Now()
	if n := testing.AllocsPerRun(10000, step); n > 0 {
		return fmt.Errorf("%v allocations a burst", n)
	}
	if seen[0] == 0 || seen[1] == 0 {
		return fmt.Errorf("packets of the ports: %v", seen)
	}
	fmt.Fprintf(os.Stderr, "net_null: %.1f Mpps\n", float64(seen[0]+seen[1])/time.Since(begin).Seconds()/1e6)
	if _, err := Open("0", todo.O); err == nil || !strings.Contains(err.Error(), "once in a process") {
		return fmt.Errorf("the second Open says %v", err)
	}
	d.Sources()[0].Stop()
	if err := receive(s, 0, &outcome{}); err != nil {
		return err
	}
	return finish(d, out)
}

func TestNull(t *testing.T) {
	out := run(t, task{Do: "null", Ports: "1,net_null0", O: Options{EAL: noHuge + "--vdev net_null0 --vdev net_null1", Wait: -1}})
	exact(t, out)
	if out.Stats[0].Received < 500000 || out.Ports[0].ID != 1 || out.Ports[1].Name != "net_null0" {
		t.Errorf("%+v %+v", out.Stats, out.Ports)
	}
	if out.Stats[0].ReceivedBytes != 64*out.Stats[0].Received {
		t.Errorf("%+v: net_null gives packets of 64 bytes", out.Stats[0])
	}
}

func init() { children["ring"] = ring }

// ring sends frames to itself.
func ring(todo *task, out *outcome) error {
	states := make(chan error, 4)
	todo.O.OnState = func(_ string, err error) { states <- err }
	d, err := Open("0", todo.O)
	if err != nil {
		return err
	}
	s := d.Sources()[0]
	for _, step := range []func(*Source) error{frames, times, segments, parts} {
		if err := step(s); err != nil {
			return err
		}
	}
	for _, up := range []bool{false, true} {
		if err := dpdktest.SetLink(0, up); err != nil {
			return err
		}
		if err := <-states; (err == nil) != up {
			return fmt.Errorf("link up %v is told as %v", up, err)
		}
	}
	return finish(d, out)
}

func frame(size int) []byte {
	f := make([]byte, size)
	for i := range f {
		f[i] = byte(i*7 + size)
	}
	return f
}

// through sends one frame and receives it.
func through(s *Source, b *dataplane.Burst, size, segment int) error {
	if ok, err := dpdktest.Send(0, 0, frame(size), segment); !ok {
		return fmt.Errorf("a frame of %d bytes is not sent: %w", size, err)
	}
	return s.Receive(b)
}

// frames of all sizes come as they were sent, cut to the snapshot length.
func frames(s *Source) error {
	var b dataplane.Burst
	for _, size := range []int{1, 60, 1514, 2048, 2049, 9000} {
		for _, segment := range []int{50, 2000, 2048} {
			if err := through(s, &b, size, segment); err != nil {
				return err
			}
			p := &b.Packets[0]
			if b.N != 1 || p.Len != uint32(size) || !bytes.Equal(p.Data, frame(size)[:min(size, 8000)]) || p.Link != dataplane.LinkEthernet {
				return fmt.Errorf("%d bytes in segments of %d: %d packets, %d of %d bytes", size, segment, b.N, len(p.Data), p.Len)
			}
			// The counter of a processor may be a little ahead of the clock that it is set against.
			if age := time.Now().UnixNano() - p.Time; age < -int64(50*time.Microsecond) || age > int64(time.Minute) {
				return fmt.Errorf("the packet's time is %d ns ago", age)
			}
			s.Release(&b)
		}
	}
	return nil
}

// times: packets of a burst come a microsecond apart where there is room, those that
// are copied as well.
func times(s *Source) error {
	var b dataplane.Burst
	for _, size := range []int{60, 3000} {
		time.Sleep(time.Millisecond)
		for range 4 {
			if ok, err := dpdktest.Send(0, 0, frame(size), 2048); !ok {
				return fmt.Errorf("a frame of %d bytes is not sent: %w", size, err)
			}
		}
		if err := s.Receive(&b); err != nil || b.N != 4 {
			return fmt.Errorf("%d packets of 4, %w", b.N, err)
		}
		for i := range 3 {
			if step := b.Packets[i+1].Time - b.Packets[i].Time; step != 1000 {
				return fmt.Errorf("%d bytes: packet %d comes %d ns later", size, i+1, step)
			}
		}
		s.Release(&b)
	}
	return nil
}

// segments: there are 256 large buffers; what comes while all are held is
// dropped and counted.
func segments(s *Source) error {
	const large, more = 256, 10
	var held []*dataplane.Burst
	for range large + more {
		b := &dataplane.Burst{}
		if err := through(s, b, 3000, 2048); err != nil {
			return err
		}
		held = append(held, b)
	}
	if dropped := s.Stats().Dropped; dropped != more {
		return fmt.Errorf("%d packets dropped, want %d", dropped, more)
	}
	for _, b := range held {
		s.Release(b)
		s.Release(b)
	}
	var b dataplane.Burst
	if err := through(s, &b, 3000, 2048); err != nil || b.N != 1 {
		return fmt.Errorf("nothing comes after packets were released: %d, %w", b.N, err)
	}
	s.Release(&b)
	return nil
}

// parts: packets are released by other goroutines in other bursts than they
// came in, more of them than there are buffers.
func parts(s *Source) error {
	released := make(chan *dataplane.Burst, 8)
	done := make(chan struct{})
	for range 2 {
		go func() {
			for b := range released {
				s.Release(b)
			}
			done <- struct{}{}
		}()
	}
	var b dataplane.Burst
	for i := range 20000 {
		if err := through(s, &b, 60+i%100, 2048); err != nil {
			return err
		}
		if b.N != 1 || len(b.Packets[0].Data) != 60+i%100 {
			return fmt.Errorf("packet %d: %d came", i, b.N)
		}
		part := &dataplane.Burst{N: 3}
		part.Packets[1] = b.Packets[0] // between places that hold nothing
		released <- part
	}
	close(released)
	<-done
	<-done
	return nil
}

func TestRing(t *testing.T) {
	out := run(t, task{Do: "ring", O: Options{EAL: noHuge + "--vdev net_ring0", SnapLen: 8000, Held: 1000, Wait: 10 * time.Millisecond}})
	exact(t, out)
	if out.Stats[0].Dropped != 10 || out.Counters[0].Downs != 1 || out.Copied == 0 {
		t.Errorf("%+v %+v, %d copied", out.Stats, out.Counters, out.Copied)
	}
}

// TestErrors: what is wrong is said, with the mend.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ ports, eal, want string }{
		{"3", noHuge + "--vdev net_null0", `there is no DPDK port "3" (there are 0 (net_null0))`},
		{"0", noHuge, "bind a NIC to vfio-pci"},
		{"0", "--no-pci --no-huge -m 16 --vdev net_null0", "DPDK queue 0: no memory for "},
		{"0", noHuge + "--vdev net_nonsense0", "DPDK"},
	} {
		out := spawn(t, nil, task{Ports: c.ports, O: Options{EAL: c.eal}}).outcome()
		if !strings.Contains(out.Failed, c.want) {
			t.Errorf("%s, %s: %s, want %s", c.ports, c.eal, out.Failed, c.want)
		}
	}
	o := Options{EAL: noHuge + "--vdev net_ring0", Queues: 1000}
	if out := spawn(t, nil, task{Ports: "0", O: o}).outcome(); !strings.Contains(out.Failed, "1000 queues are asked for, it has") {
		t.Error(out.Failed)
	}
}

// TestClock: times of a NIC whose clock is 30 ppm off its frequency stay near
// the computer's, and a computer's clock that is set moves them at once.
func TestClock(t *testing.T) {
	const second = int64(1e9)
	const frequency = 390625000 * (1 + 30e-6)
	var c dpdktest.Clock
	ticks := func(ns int64) uint64 { return 1<<63 + uint64(float64(ns)*frequency/1e9) }
	base := int64(1700000000) * second
	c.Begin(ticks(0), base)
	for at := second / 50; at < 100*second; at += second {
		c.Sample(ticks(at), base+at)
		for _, d := range []int64{-second / 2, 0, second} {
			if off := c.Time(ticks(at+d)) - (base + at + d); max(off, -off) > 3000 {
				t.Fatalf("%d ns after %d: off by %d ns", d, at, off)
			}
		}
	}
	c.Sample(ticks(101*second), base+3600*second)
	if off := c.Time(ticks(102*second)) - (base + 3601*second); max(off, -off) > 100000 {
		t.Errorf("off by %d ns after the clock was set", off)
	}
	if dpdktest.SetLink(99, true) == nil {
		t.Error("a port that is not there has a link")
	}
}
