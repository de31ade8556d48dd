package security

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestContents compares the search with one string after the other, on random
// strings and texts of few letters.
func TestContents(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	word := func(n int) []byte {
		b := make([]byte, 1+rng.IntN(n))
		for i := range b {
			b[i] = "abAB/."[rng.IntN(6)]
		}
		return b
	}
	for range 300 {
		c := newContents()
		lists := int32(0)
		type entry struct {
			text []byte
			fold bool
			list int32
		}
		var entries []entry
		for range 1 + rng.IntN(20) {
			e := entry{text: word(7), fold: rng.IntN(2) == 0}
			e.list = c.listFor(string(e.text), e.fold, func() int32 { lists++; return lists - 1 })
			entries = append(entries, e)
		}
		c.build()
		for epoch := uint64(1); epoch < 20; epoch++ {
			text := word(60)
			if rng.IntN(3) == 0 {
				text = append(append(slices.Clone(text), 0), word(30)...)
			}
			seen, _, _ := bytes.Cut(text, []byte{0})
			found := c.find(text, epoch, nil)
			for _, e := range entries {
				want := bytes.Contains(seen, e.text)
				if e.fold {
					want = bytes.Contains(bytes.ToLower(seen), bytes.ToLower(e.text))
				}
				if got := slices.Contains(found, e.list); got != want {
					t.Fatalf("%q in %q (fold %v): %v, want %v", e.text, text, e.fold, got, want)
				}
			}
		}
	}
}
