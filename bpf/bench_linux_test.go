package bpf

import (
	"fmt"
	"testing"
)

// benchmarkProgram measures the program alone: the kernel runs it b.N times.
func benchmarkProgram(b *testing.B, p *Prefilter, frame []byte) {
	b.Helper()
	const most = 1 << 24
	ns := 0.0
	for left := b.N; left > 0; left -= most {
		n := min(left, most)
		_, each, err := p.objs.Prefilter.Benchmark(frame, n, nil)
		if err != nil {
			b.Fatal(err)
		}
		ns += float64(each.Nanoseconds()) * float64(n)
	}
	b.ReportMetric(ns/float64(b.N), "ns/packet")
}

// BenchmarkProgram is the cost of a packet by BPF_PROG_TEST_RUN.
func BenchmarkProgram(b *testing.B) {
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	web6 := frame("[2001:db8::1]:40000", "[2001:db8::2]:80", protoTCP, 0x10, 10)
	arp := append(make([]byte, 12), 8, 6, 0, 1)
	for _, c := range []struct {
		what  string
		rules *Rules
		frame []byte
	}{
		{"non-ip-drop", &Rules{DropNonIP: true}, arp},
		{"pass4", &Rules{}, web},
		{"pass6", &Rules{}, web6},
		{"protocol-drop", &Rules{Protocols: []ProtocolRule{{Deny, protoTCP}}}, web},
		{"port-pass", &Rules{Ports: []PortRule{{Action: Deny, First: 22}}}, web},
		{"sample-1:10", &Rules{Sample: 10}, web},
	} {
		b.Run(c.what, func(b *testing.B) {
			p := load(b, Options{})
			update(b, p, *c.rules)
			benchmarkProgram(b, p, c.frame)
		})
	}
}

// BenchmarkPrefixes is the cost of a packet whose addresses no prefix holds, and
// of one that is dropped, by the number of denied prefixes.
func BenchmarkPrefixes(b *testing.B) {
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	for _, n := range []int{0, 100, 10000} {
		rules := manyPrefixes(n)
		b.Run(fmt.Sprintf("pass/%d", n), func(b *testing.B) {
			p := load(b, Options{})
			update(b, p, *rules)
			benchmarkProgram(b, p, web)
		})
		if n == 0 {
			continue
		}
		hit := frame(rules.Prefixes[n/2].Prefix.Addr().String()+":40000", "10.0.0.1:80", protoTCP, 0x10, 10)
		b.Run(fmt.Sprintf("drop/%d", n), func(b *testing.B) {
			p := load(b, Options{})
			update(b, p, *rules)
			benchmarkProgram(b, p, hit)
		})
		b.Run(fmt.Sprintf("user-space/%d", n), func(b *testing.B) {
			f, err := NewFilter(rules)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				f.Match(web)
			}
		})
	}
}

// BenchmarkBypass is the cost of a packet of a bypassed flow, among 1 and 60000,
// and of one that is looked for in vain.
func BenchmarkBypass(b *testing.B) {
	web := frame("10.1.2.3:40000", "10.0.0.1:80", protoTCP, 0x10, 10)
	other := frame("10.1.2.3:40001", "10.0.0.1:80", protoTCP, 0x10, 10)
	for _, n := range []int{1, 60000} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			p := load(b, Options{})
			addFlows(b, p, n)
			benchmarkProgram(b, p, web)
		})
	}
	b.Run("miss", func(b *testing.B) {
		p := load(b, Options{})
		addFlows(b, p, 1)
		benchmarkProgram(b, p, other)
	})
}

// addFlows bypasses the flow of the benchmark and n-1 others.
func addFlows(b *testing.B, p *Prefilter, n int) {
	b.Helper()
	for i := range n {
		f := flow(fmt.Sprintf("10.1.2.%d:40000", 3+i%250), fmt.Sprintf("10.0.%d.1:80", i/250), protoTCP)
		if _, err := p.Flows().Add(f); err != nil {
			b.Fatal(err)
		}
	}
}
