package metrics

import (
	"sync"
	"sync/atomic"
)

// Published is a value that one writer brings up to date again and again and that
// readers see as of the last time. The writer never waits and allocates nothing:
// it has a copy of its own, the readers have another, and the third is handed
// over between them by one atomic exchange.
//
//	v := p.Next()  // what stands in it is some older state
//	*v = ...       // say everything anew; slices may be used again
//	p.Publish()
type Published[T any] struct {
	copies [3]T
	_      [64]byte // the writer's cache line, the shared one and the readers' are apart
	mine   uint32   // copy of the writer
	_      [64]byte
	latest atomic.Uint32 // copy that is handed over, and whether it is news
	_      [64]byte
	mu     sync.Mutex // of the readers
	theirs uint32     // copy of the readers
}

// news marks a copy in latest that no reader has seen.
const news = 1 << 2

// NewPublished makes a Published whose readers see the zero value of T until the
// first Publish.
func NewPublished[T any]() *Published[T] {
	p := &Published[T]{mine: 0, theirs: 2}
	p.latest.Store(1)
	return p
}

// Next returns the writer's copy, to be filled before Publish. For the writer
// alone.
func (p *Published[T]) Next() *T { return &p.copies[p.mine] }

// Publish lets readers see what Next returned. For the writer alone.
func (p *Published[T]) Publish() { p.mine = p.latest.Swap(p.mine|news) &^ news }

// Read calls f with the value last published, which f must not keep. Any
// goroutine may call it; they wait for each other, the writer for none of them.
func (p *Published[T]) Read(f func(*T)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.latest.Load()&news != 0 {
		p.theirs = p.latest.Swap(p.theirs) &^ news
	}
	f(&p.copies[p.theirs])
}
