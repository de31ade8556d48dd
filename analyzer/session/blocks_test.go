package session

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestChainAgainstArray puts random pieces, also overlapping ones, into a chain
// and an array.
func TestChainAgainstArray(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 200 {
		const size = 20000
		base := r.Uint32() // positions wrap around in some rounds
		m := newBlocks(1 << 20)
		var c chain
		var want [size]byte
		var known [size]bool
		for range 1 + r.IntN(60) {
			off := r.IntN(size)
			data := make([]byte, 1+r.IntN(min(size-off, 1+r.IntN(4000))))
			for i := range data {
				data[i] = byte(r.Uint32())
			}
			fresh := 0
			for i, b := range data {
				if !known[off+i] {
					known[off+i], want[off+i] = true, b
					fresh++
				}
			}
			got, ok := m.insert(&c, base+uint32(off), data)
			if got != fresh || !ok {
				t.Fatalf("round %d: insert reports %d new bytes, %v; want %d", round, got, ok, fresh)
			}
			if same := bytes.Equal(want[off:off+len(data)], data); m.holds(&c, base+uint32(off), data) != same {
				t.Fatalf("round %d: holds says %v", round, !same)
			}
		}
		checkChain(t, &m, &c, base, want[:], known[:])
	}
}

// checkChain drains a chain and compares it with the array.
func checkChain(t *testing.T, m *blocks, c *chain, base uint32, want []byte, known []bool) {
	t.Helper()
	for i := 0; i < len(want); {
		if !known[i] {
			i++
			continue
		}
		n := 0
		for i+n < len(want) && known[i+n] {
			n++
		}
		if first := m.at(c.head).seq; first != base+uint32(i) {
			t.Fatalf("the chain goes on at %d, want %d", first-base, i)
		}
		got := m.drain(c, base+uint32(i), nil)
		if !bytes.Equal(got, want[i:i+n]) {
			t.Fatalf("%d bytes at %d differ from the %d that came first", len(got), i, n)
		}
		i += n
	}
	if c.head != 0 || c.tail != 0 || c.bytes != 0 || c.blocks != 0 || m.used() != 0 {
		t.Fatalf("the empty chain is %+v, with %d blocks in use", *c, m.used())
	}
}

func TestChainWithoutMemory(t *testing.T) {
	m := newBlocks(3 * (blockSize + blockHeader))
	var c chain
	fresh, ok := m.insert(&c, 0, make([]byte, 2*blockSize))
	if fresh != 2*blockSize || !ok {
		t.Fatalf("two blocks: %d, %v", fresh, ok)
	}
	if _, ok := m.insert(&c, 10*blockSize, make([]byte, 2*blockSize)); ok {
		t.Error("two blocks more fit into three")
	}
	if n := m.memory(); n != 3*(blockSize+blockHeader) {
		t.Errorf("memory in use: %d", n)
	}
	m.clear(&c)
	if m.used() != 0 || c.bytes != 0 || c.blocks != 0 {
		t.Errorf("after clear %d blocks are in use, the chain is %+v", m.used(), c)
	}
}

func TestSmallPiecesShareBlocks(t *testing.T) {
	m := newBlocks(1 << 20)
	var c chain
	for i := range 1000 {
		m.insert(&c, uint32(i), []byte{byte(i)})
	}
	if c.blocks != 1 {
		t.Errorf("1000 bytes one by one take %d blocks", c.blocks)
	}
}
