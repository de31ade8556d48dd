package steer_test

import (
	"fmt"
	"hash/maphash"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/bench/traffic"
	"mmt/dataplane"
)

// balance counts packets by analyzer, and what the best steering by whole
// sessions' keys would give.
type balance struct {
	addresses, sessions [len(numbers)][]float64
	total               float64
}

func newBalance() *balance {
	b := new(balance)
	for i, n := range numbers {
		b.addresses[i], b.sessions[i] = make([]float64, n), make([]float64, n)
	}
	return b
}

var key = maphash.MakeSeed()

// sessionHash hashes addresses and ports, the same for both directions.
func sessionHash(t *dpi.Tuple) uint64 {
	end := func(addr [16]byte, port uint16) uint64 {
		return maphash.Comparable(key, struct {
			addr [16]byte
			port uint16
		}{addr, port})
	}
	return maphash.Comparable(key, end(t.Src, t.SrcPort)+end(t.Dst, t.DstPort))
}

// add counts the packets of sessions.
func (b *balance) add(t *testing.T, packets []dataplane.Packet) {
	t.Helper()
	h := newHandler(t, choice{}, nil)
	var in *dataplane.Packet
	steers := [len(numbers)]interface{ To(*dataplane.Packet) int }{}
	for i, n := range numbers {
		steers[i] = newSteer(t, choice{}, n)
	}
	err := h.AddPacketHandler(1, func(p *dpi.Packet) {
		tuple := p.Tuple()
		if tuple == nil {
			return
		}
		b.total++
		hash := sessionHash(tuple)
		for i, n := range numbers {
			b.addresses[i][steers[i].To(in)]++
			b.sessions[i][hash%uint64(n)]++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		in = &packets[i]
		h.Process(packets[i : i+1])
	}
}

// worst returns how much more than its share the busiest analyzer has.
func (b *balance) worst(list []float64) float64 {
	top := 0.0
	for _, n := range list {
		top = max(top, n)
	}
	return top * float64(len(list)) / b.total
}

func (b *balance) String() string {
	text := fmt.Sprintf("%.0f packets; the busiest analyzer has, of its share:", b.total)
	for i, n := range numbers {
		text += fmt.Sprintf(" of %d %.2f (with ports %.2f)", n, b.worst(b.addresses[i]), b.worst(b.sessions[i]))
	}
	return text
}

// TestBalance checks that no analyzer has much more to do than the others, where
// many hosts speak.
func TestBalance(t *testing.T) {
	b := newBalance()
	b.add(t, ethernet(traffic.Mixed(11, 10000)))
	t.Logf("mixed: %v", b)
	for i, n := range numbers {
		if got := b.worst(b.addresses[i]); got > 1.15 {
			t.Errorf("of %d analyzers the busiest has %.2f of its share", n, got)
		}
	}
}

// TestCorpusBalance shows the balance of real traffic of few hosts.
func TestCorpusBalance(t *testing.T) {
	b := newBalance()
	corpus(t, func(tr trace) { b.add(t, tr.packets) })
	t.Logf("corpus: %v", b)
	for i, n := range numbers {
		if got := b.worst(b.addresses[i]); got > 2 {
			t.Errorf("of %d analyzers the busiest has %.2f of its share", n, got)
		}
	}
}
