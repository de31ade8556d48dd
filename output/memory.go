package output

import (
	"slices"
	"sync"
)

// maxFree is how many empty batches are kept to be filled again.
const maxFree = 16

// memory holds the lines of a Queue that are neither sent nor on disk, in
// batches. Threads put lines in, and wait for nothing but each other's copying.
type memory struct {
	maxLines, maxBytes int
	batchLines         int // of one batch

	mu      sync.Mutex
	batches []*Batch // oldest first, none empty
	free    []*Batch
	lines   int
	bytes   int
	// room is signalled when lines went, or when it is of no use to wait.
	room sync.Cond
}

func newMemory(maxLines, maxBytes, batchLines int) *memory {
	m := &memory{maxLines: maxLines, maxBytes: maxBytes, batchLines: batchLines}
	m.room.L = &m.mu
	return m
}

// put copies the lines of b, as many as there is room for, and says how many.
// With wait it waits for room as long as wait says so.
func (m *memory) put(b *Batch, wait func() bool) (taken int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		taken += m.copy(b, taken)
		if taken == b.Len() || wait == nil || !wait() {
			return taken
		}
		m.room.Wait()
	}
}

// copy takes lines of b from the one numbered from on, while there is room.
func (m *memory) copy(b *Batch, from int) (taken int) {
	for from+taken < b.Len() {
		first := from + taken
		n := m.fits(b, first)
		if n == 0 {
			break
		}
		tail := m.tail()
		n = min(n, m.batchLines-tail.Len())
		tail.addLines(b, first, first+n)
		m.lines += n
		m.bytes += b.end(first+n) - b.end(first)
		taken += n
	}
	return taken
}

// fits returns how many lines of b from the one numbered from on there is room
// for.
func (m *memory) fits(b *Batch, from int) int {
	n := min(b.Len()-from, m.maxLines-m.lines)
	room := m.maxBytes - m.bytes
	if n <= 0 || b.end(from+n)-b.end(from) <= room {
		return max(n, 0)
	}
	n, _ = slices.BinarySearch(b.ends[from:from+n], b.end(from)+room+1)
	if m.lines == 0 {
		return max(n, 1) // a line that is larger than all room
	}
	return n
}

// tail returns the last batch, which has room for a line.
func (m *memory) tail() *Batch {
	if n := len(m.batches); n > 0 && m.batches[n-1].Len() < m.batchLines {
		return m.batches[n-1]
	}
	b := &Batch{}
	if n := len(m.free); n > 0 {
		b, m.free = m.free[n-1], m.free[:n-1]
	}
	m.batches = append(m.batches, b)
	return b
}

// take puts the oldest lines, one batch, into b, whose own are gone. It returns
// false if there are none.
func (m *memory) take(b *Batch) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.batches) == 0 {
		return false
	}
	first := m.batches[0]
	m.batches = slices.Delete(m.batches, 0, 1)
	m.lines -= first.Len()
	m.bytes -= len(first.buf)
	*b, *first = *first, *b
	first.reset()
	if len(m.free) < maxFree {
		m.free = append(m.free, first)
	}
	m.room.Broadcast()
	return true
}

// putBack puts b, which take had returned last, before all others. It leaves b
// empty.
func (m *memory) putBack(b *Batch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines += b.Len()
	m.bytes += len(b.buf)
	back := *b
	*b = Batch{}
	m.batches = slices.Insert(m.batches, 0, &back)
}

// fill returns how many batches there are, and whether half of the room is taken.
func (m *memory) fill() (batches int, half bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.batches), m.lines > m.maxLines/2 || m.bytes > m.maxBytes/2
}

// wake makes those who wait for room ask again whether they should.
func (m *memory) wake() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.room.Broadcast()
}
