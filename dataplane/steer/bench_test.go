package steer_test

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/pin"
)

// BenchmarkBurst steers bursts of packets whose headers are in the processor's
// caches.
func BenchmarkBurst(b *testing.B) {
	mixed := inRow(ethernet(traffic.Mixed(7, 100)))
	tunnels := inRow(ethernet(traffic.Generate(7, []string{"tunnels"}, 20)))
	for _, bench := range []struct {
		name    string
		packets []dataplane.Packet
		c       choice
	}{
		{"mixed/first", mixed, choice{1, false}}, {"mixed/last", mixed, choice{0, false}}, {"mixed/defragment", mixed, choice{0, true}},
		{"gtp/last", inRow(gtp()), choice{0, false}}, {"gtp/defragment", inRow(gtp()), choice{0, true}},
		{"tunnels/first", tunnels, choice{1, false}}, {"tunnels/last", tunnels, choice{0, false}},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmarkBurst(b, bench.packets, bench.c) })
	}
}

// gtp returns packets of a mobile network's user plane.
func gtp() (list []dataplane.Packet) {
	r := rand.New(rand.NewPCG(8, 8))
	for range 2048 {
		outer, inner := someEnds(r, 4), someEnds(r, 4)
		packet := append(ip(inner, 6, segment(inner)), make([]byte, 300)...)
		list = append(list, linked(0, outer, tunnel(3, outer, inner, packet)))
	}
	return list
}

// inRow puts the packets into one piece of memory, as captures have them.
func inRow(packets []dataplane.Packet) []dataplane.Packet {
	var memory []byte
	for i := range packets {
		memory = append(memory, packets[i].Data...)
	}
	for i := range packets {
		n := len(packets[i].Data)
		packets[i].Data, memory = memory[:n:n], memory[n:]
	}
	return packets
}

// benchmarkBurst reports besides the mean, which other load on the machine makes
// longer, the best of many short runs in processor time.
func benchmarkBurst(b *testing.B, packets []dataplane.Packet, c choice) {
	const run = 32 // bursts
	s := newSteer(b, c, 4)
	burst := dataplane.Burst{N: dataplane.BurstSize}
	var to [dataplane.BurstSize]uint8
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, best := pin.Current(), time.Hour
	b.ReportAllocs()
	for k := 0; k < b.N; k += run * burst.N {
		before := thread.CPU()
		for i := range min(run, len(packets)/burst.N) {
			copy(burst.Packets[:], packets[i*burst.N:])
			s.Burst(&burst, &to)
		}
		best = min(best, (thread.CPU()-before)*run/time.Duration(min(run, len(packets)/burst.N)))
	}
	b.ReportMetric(float64(best.Nanoseconds())/float64(run*burst.N), "best-ns/op")
}
