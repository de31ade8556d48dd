package session

import (
	"math/rand/v2"
	"testing"

	"mmt/analyzer/dpi"
)

// find returns the slots that the index has under a hash.
func (x *index) find(hash uint32) map[uint32]bool {
	slots := map[uint32]bool{}
	for i := hash & x.mask; x.words[i] != 0; i = (i + 1) & x.mask {
		if uint32(x.words[i]>>32) == hash {
			slots[uint32(x.words[i])] = true
		}
	}
	return slots
}

func TestIndexAgainstMap(t *testing.T) {
	const slots = 100
	r := rand.New(rand.NewPCG(1, 2))
	for _, hashes := range []int{7, 50, 1 << 30} { // few hashes make long runs of collisions
		x := newIndex(slots)
		want := map[uint32]uint32{} // hash by slot
		for step := range 20000 {
			slot := uint32(r.IntN(slots)) + 1
			if hash, ok := want[slot]; ok {
				x.remove(hash, slot)
				delete(want, slot)
			} else {
				hash := uint32(r.IntN(hashes)) * 0x01000193
				x.insert(hash, slot)
				want[slot] = hash
			}
			x.remove(uint32(r.IntN(hashes)), slots+1) // one that is not there
			if step%10 == 0 {
				checkIndex(t, &x, want)
			}
		}
	}
}

func checkIndex(t *testing.T, x *index, want map[uint32]uint32) {
	t.Helper()
	words := 0
	for _, w := range x.words {
		if w != 0 {
			words++
		}
	}
	if words != len(want) {
		t.Fatalf("the index holds %d words, want %d", words, len(want))
	}
	for slot, hash := range want {
		if !x.find(hash)[slot] {
			t.Fatalf("slot %d is not found under its hash %#x", slot, hash)
		}
	}
}

func TestHashIsSymmetricAndSpread(t *testing.T) {
	const n = 1 << 14
	var buckets [256]int
	hashes := map[uint32]bool{}
	for i := range n {
		a := dpi.Tuple{SrcPort: uint16(1024 + i%5000), DstPort: 443, Proto: 6}
		a.Src[15], a.Src[14], a.Dst[15] = byte(i), byte(i>>8), byte(i%3)
		b := a
		b.Src, b.Dst, b.SrcPort, b.DstPort = a.Dst, a.Src, a.DstPort, a.SrcPort
		h := hashTuple(&a, 99)
		if h != hashTuple(&b, 99) {
			t.Fatalf("flow %d: the directions have different hashes", i)
		}
		buckets[h%256]++
		hashes[h] = true
	}
	if len(hashes) < n-n/100 {
		t.Errorf("%d flows have %d hashes", n, len(hashes))
	}
	for i, k := range buckets {
		if k < n/256/2 || k > n/256*2 {
			t.Errorf("bucket %d has %d flows of %d", i, k, n)
		}
	}
	same := dpi.Tuple{SrcPort: 5, DstPort: 5}
	if hashTuple(&same, 1) == hashTuple(&same, 2) {
		t.Error("the seed does not change the hash")
	}
}
