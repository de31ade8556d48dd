package embedded

import (
	"fmt"
	"unsafe"

	"mmt/analyzer/security/rule"
)

// BatchSize is how many calls a Batch holds.
const BatchSize = callerFrames

// Batch makes calls of one module's functions in one crossing from Go to C. It
// is for one shard alone.
type Batch struct {
	c     *caller
	bound [BatchSize]*bound
	n     int
}

// NewBatch returns an empty batch.
func (m *Module) NewBatch() (*Batch, error) {
	if m.library == nil {
		return nil, fmt.Errorf("%s: no embedded C", m.Path)
	}
	c, err := m.newCaller(0)
	if err != nil {
		return nil, err
	}
	return &Batch{c: c}, nil
}

// Target is a function that batches of its module can call.
type Target struct{ b *bound }

// Target returns an embedded function of the module that its rules call.
func (m *Module) Target(f *rule.Function) (Target, error) {
	b := m.bound[f]
	if b == nil {
		return Target{}, fmt.Errorf("%s: function %s is not in its code", m.Path, f.Name)
	}
	return Target{b}, nil
}

// Reset empties the batch.
func (b *Batch) Reset() { b.n = 0 }

// Add adds a call, whose arguments it copies. It returns the call's number, or
// -1 if the batch is full, the function disabled, an argument missing or the
// module closed.
func (b *Batch) Add(t Target, args []rule.Value) int {
	if b.n == BatchSize || t.b.disabled.Load() || b.c.m.closed.Load() || len(args) < t.b.params {
		return -1
	}
	b.c.batch.frames[b.n] = uintptr(unsafe.Pointer(b.c.prepare(t.b, args)))
	b.bound[b.n] = t.b
	b.n++
	return b.n - 1
}

// Run makes the calls.
func (b *Batch) Run() {
	if b.n == 0 || b.c.m.closed.Load() {
		b.n = 0
		return
	}
	b.c.batch.count = uint64(b.n)
	invoke(b.c.m.table.invokeAll, uintptr(unsafe.Pointer(b.c.batch)))
}

// Result returns the result of a call, after Run and until the batch is used
// again.
func (b *Batch) Result(call int) rule.Value {
	if call < 0 || call >= b.n || b.c.m.closed.Load() {
		return rule.NullValue()
	}
	return b.bound[call].result(at[frame](b.c.batch.frames[call]))
}
