package security

// pool holds records without pointers, addressed by number; 0 is no record.
// Records that were put back are used again first.
type pool[T any] struct {
	list []T
	free []uint32
}

// take returns a record, whose content is undefined.
func (p *pool[T]) take() uint32 {
	if n := len(p.free); n > 0 {
		i := p.free[n-1]
		p.free = p.free[:n-1]
		return i
	}
	if len(p.list) == 0 {
		p.list = append(p.list, *new(T))
	}
	p.list = append(p.list, *new(T))
	return uint32(len(p.list) - 1)
}

// put gives a record back.
func (p *pool[T]) put(i uint32) { p.free = append(p.free, i) }

// at returns a record; the pointer is good until the next take.
func (p *pool[T]) at(i uint32) *T { return &p.list[i] }

// used returns how many records are in use.
func (p *pool[T]) used() int { return max(len(p.list)-1, 0) - len(p.free) }
