package analyzer

import (
	"testing"

	"mmt/analyzer/session"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// BenchmarkBypass is the cost of a packet without bypass, and with one that finds
// nothing to bypass.
func BenchmarkBypass(b *testing.B) {
	packets := traffic.Mixed(5, 1500)
	length := packets[len(packets)-1].Time - packets[0].Time + 1e6
	for name, shared := range map[string]*Bypass{"off": nil, "on": newBypass(newStill(1), BypassOptions{Packets: 1 << 40})} {
		b.Run(name, func(b *testing.B) {
			w := withBypass(b, &nowhere{}, session.Config{Max: 4096}, shared)
			var burst dataplane.Burst
			for i := 0; b.Loop(); i++ {
				p := &packets[i%len(packets)]
				burst.Packets[burst.N] = packetOf(p)
				p.Time += length
				if burst.N++; burst.N == dataplane.BurstSize {
					w.Process(&burst)
					burst.N = 0
				}
			}
		})
	}
}
