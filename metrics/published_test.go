package metrics

import (
	"sync"
	"testing"
)

// pair is a value whose halves must never be seen apart.
type pair struct {
	n    uint64
	same []uint64
}

func (p *pair) set(n uint64) {
	p.n, p.same = n, p.same[:0]
	for range 20 {
		p.same = append(p.same, n)
	}
}

func TestPublishedShowsTheLast(t *testing.T) {
	p := NewPublished[pair]()
	p.Read(func(v *pair) {
		if v.n != 0 || v.same != nil {
			t.Errorf("before the first: %+v", v)
		}
	})
	for n := range uint64(10) {
		for i := range n % 4 { // some are never read
			p.Next().set(1000 + i)
			p.Publish()
		}
		p.Next().set(n)
		p.Publish()
		for range 3 {
			p.Read(func(v *pair) {
				if v.n != n {
					t.Errorf("read %d, want %d", v.n, n)
				}
			})
		}
	}
}

// TestPublishedIsWhole: readers see whole values, in the order of their
// publication, while the writer goes on.
func TestPublishedIsWhole(t *testing.T) {
	const last = 20000
	p := NewPublished[pair]()
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for before := uint64(0); before < last; {
				p.Read(func(v *pair) {
					if v.n < before {
						t.Errorf("read %d after %d", v.n, before)
					}
					for _, x := range v.same {
						if x != v.n {
							t.Errorf("%d and %d in one value", x, v.n)
						}
					}
					before = v.n
				})
				if t.Failed() {
					return
				}
			}
		})
	}
	for n := uint64(1); n <= last; n++ {
		p.Next().set(n)
		p.Publish()
	}
	readers.Wait()
}

func TestPublishAllocatesNothing(t *testing.T) {
	p := NewPublished[pair]()
	publish := func() {
		p.Next().set(1)
		p.Publish()
	}
	for range 3 {
		publish()
	}
	if n := testing.AllocsPerRun(100, publish); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPublish(b *testing.B) {
	p := NewPublished[pair]()
	for b.Loop() {
		p.Next().set(1)
		p.Publish()
	}
}
