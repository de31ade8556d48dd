package session

// slabChunk is how many values a slab grows by.
const slabChunk = 256

// slab keeps values without pointers in chunks that never move, addressed by
// number from 1. It grows up to its limit and does not shrink.
type slab[T any] struct {
	chunks []*[slabChunk]T
	free   []uint32
	next   uint32
	limit  uint32
}

func (s *slab[T]) at(i uint32) *T {
	i--
	return &s.chunks[i/slabChunk][i%slabChunk]
}

// take returns the number of a value that nobody uses, holding whatever its
// last user left in it; 0 if there is none to have.
func (s *slab[T]) take() uint32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	if s.next == s.limit {
		return 0
	}
	if int(s.next) == len(s.chunks)*slabChunk {
		s.chunks = append(s.chunks, new([slabChunk]T))
	}
	s.next++
	return s.next
}

func (s *slab[T]) put(i uint32) { s.free = append(s.free, i) }

// used returns how many values are taken.
func (s *slab[T]) used() int { return int(s.next) - len(s.free) }
