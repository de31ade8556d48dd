package steer_test

import (
	"runtime"
	"testing"

	"mmt/bench/traffic"
	"mmt/dataplane"
	"mmt/dataplane/pin"
)

// BenchmarkBurst steers bursts of packets whose headers are in the processor's
// caches.
func BenchmarkBurst(b *testing.B) {
	mixed := inRow(ethernet(traffic.Mixed(7, 100)))
	tunnels := inRow(ethernet(traffic.Generate(7, []string{"tunnels"}, 1)))
	for _, bench := range []struct {
		name    string
		packets []dataplane.Packet
		c       choice
	}{
		{"mixed/first", mixed, choice{1, false}}, {"mixed/last", mixed, choice{0, false}}, {"mixed/defragment", mixed, choice{0, true}},
		{"tunnels/first", tunnels, choice{1, false}}, {"tunnels/last", tunnels, choice{0, false}},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmarkBurst(b, bench.packets, bench.c) })
	}
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

func benchmarkBurst(b *testing.B, packets []dataplane.Packet, c choice) {
	s := newSteer(b, c, 4)
	burst := dataplane.Burst{N: dataplane.BurstSize}
	var to [dataplane.BurstSize]uint8
	b.ReportAllocs()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread := pin.Current()
	before := thread.CPU()
	at := 0
	for range b.N / burst.N {
		if at += burst.N; at+burst.N > min(len(packets), 2048) {
			at = 0
		}
		copy(burst.Packets[:], packets[at:])
		s.Burst(&burst, &to)
	}
	b.ReportMetric(float64((thread.CPU()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}
