package publish

import (
	"sync"
	"sync/atomic"
	"testing"
)

// TestOrder: who sees a position sees what was stored before it.
func TestOrder(t *testing.T) {
	const rounds = 1 << 16
	var position uint32
	var counter atomic.Uint64
	var entries [rounds]atomic.Uint32
	var reader sync.WaitGroup
	reader.Go(func() {
		for seen := uint32(0); seen < rounds; {
			n := uint64(atomic.LoadUint32(&position))
			if c := counter.Load(); c < n {
				t.Errorf("position %d is seen, of counter %d only", n, c)
				return
			}
			for ; uint64(seen) < n; seen++ {
				if got := entries[seen].Load(); got != seen+1 {
					t.Errorf("entry %d is %d when position %d is seen", seen, got, n)
					return
				}
			}
		}
	})
	for i := range uint32(rounds) {
		entries[i].Store(i + 1)
		Uint64(&counter, uint64(i)+1)
		Uint32(&position, i+1)
	}
	reader.Wait()
}

func BenchmarkUint64(b *testing.B) {
	var c atomic.Uint64
	for i := range b.N {
		Uint64(&c, uint64(i))
	}
}
