package hosts

import (
	"net/netip"
	"testing"
)

func BenchmarkLookup(b *testing.B) {
	table := load(b, "")
	for name, host := range map[string]string{
		"typical": "www.google.com",
		"deep":    "rr5---sn-4g5e6nzs-hjuk.googlevideo.com",
		"country": "www.amazon.co.uk",
		"glob":    "igcdn-photos-a-a.akamaihd.net",
		"alias":   "www.apple.com.edgekey.net",
		"miss":    "cdn.some-unknown-host.example.net",
	} {
		b.Run(name, func(b *testing.B) {
			h := []byte(host)
			for b.Loop() {
				table.Lookup(h)
			}
		})
	}
}

// BenchmarkLookupMany goes through all patterns in turn, so that the caches of
// the processor do not hold the way.
func BenchmarkLookupMany(b *testing.B) {
	table := load(b, "")
	var names [][]byte
	for text := range builtinBuilder(b).patterns {
		names = append(names, []byte("www."+exampleOf(text)))
	}
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		table.Lookup(names[i%len(names)])
	}
}

func BenchmarkLookupAddr(b *testing.B) {
	table := load(b, "")
	for name, text := range map[string]string{
		"v4": "157.240.1.35", "v6": "2a00:1450:4007::1", "miss": "192.0.2.1",
	} {
		b.Run(name, func(b *testing.B) {
			a := netip.MustParseAddr(text).As16()
			for b.Loop() {
				table.LookupAddr(a)
			}
		})
	}
}
