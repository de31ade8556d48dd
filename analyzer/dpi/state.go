package dpi

// StateSpec makes the pools that hold a protocol's state of flows. NewState
// makes one.
type StateSpec interface{ newPool() statePool }

// statePool is the part of a pool that does not depend on its type.
type statePool interface {
	release(h *Handler, index uint32)
}

// stateSpec is the StateSpec of states of type T.
type stateSpec[T any] struct{ free func(s *Store, t *T) }

// NewState declares that a protocol keeps a T for each flow. T must not hold
// pointers; strings belong in the handler's Store. free, if not nil, gives back
// what T holds there when the flow ends.
func NewState[T any](free func(s *Store, t *T)) StateSpec { return stateSpec[T]{free} }

func (s stateSpec[T]) newPool() statePool { return &pool[T]{free: s.free} }

// poolChunk is how many states a pool grows by.
const poolChunk = 256

// pool keeps values of one type in chunks that never move, addressed by number
// from 1.
type pool[T any] struct {
	chunks []*[poolChunk]T
	spare  []uint32
	next   uint32
	free   func(*Store, *T)
}

func (p *pool[T]) at(index uint32) *T {
	index--
	return &p.chunks[index/poolChunk][index%poolChunk]
}

// take returns a zeroed value and its number.
func (p *pool[T]) take() (uint32, *T) {
	if n := len(p.spare); n > 0 {
		index := p.spare[n-1]
		p.spare = p.spare[:n-1]
		return index, p.at(index)
	}
	if int(p.next) == len(p.chunks)*poolChunk {
		p.chunks = append(p.chunks, new([poolChunk]T))
	}
	p.next++
	return p.next, p.at(p.next)
}

func (p *pool[T]) put(index uint32) {
	var zero T
	*p.at(index) = zero
	p.spare = append(p.spare, index)
}

func (p *pool[T]) release(h *Handler, index uint32) {
	if p.free != nil {
		p.free(h.Store, p.at(index))
	}
	p.put(index)
}

// State returns the state that protocol id keeps for the packet's flow and
// makes it if there is none yet. It returns nil if the packet has no flow or
// the flow has too many states. T must be the type that the protocol declared.
func State[T any](p *Packet, id ProtocolID) *T {
	if p.Flow == nil {
		return nil
	}
	return FlowState[T](p.h, p.Flow, id, true)
}

// HasState returns the state of protocol id for the packet's flow, nil if the
// flow has none.
func HasState[T any](p *Packet, id ProtocolID) *T {
	if p.Flow == nil {
		return nil
	}
	return FlowState[T](p.h, p.Flow, id, false)
}

// FlowState returns the state that protocol id keeps for flow f; it is made if
// there is none and create is set.
func FlowState[T any](h *Handler, f *Flow, id ProtocolID, create bool) *T {
	for i := range f.states {
		s := &f.states[i]
		switch {
		case s.index != 0 && s.proto == id:
			return h.pools[id].(*pool[T]).at(s.index)
		case s.index == 0 && create:
			pool := h.pools[id].(*pool[T])
			index, t := pool.take()
			*s = stateSlot{index, id}
			return t
		}
	}
	return nil
}

// Context returns the memory that protocol id keeps for the whole handler. T
// must be the type that the protocol's Context function returns a pointer to.
func Context[T any](h *Handler, id ProtocolID) *T {
	t, _ := h.contexts[id].(*T)
	return t
}
