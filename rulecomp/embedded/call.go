package embedded

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"mmt/analyzer/security/rule"
)

const (
	// callerFrames is how many calls a caller keeps the results of.
	callerFrames = 32
	// frameMemory is what a call has for its parameters and its result, in bytes.
	frameMemory = 128 << 10
	// resultMemory of it is kept for the result.
	resultMemory = 16 << 10
	// reactionMemory is what a reactive function has for the trace, in bytes.
	reactionMemory = 4 << 20
)

// caller makes the calls of one shard. It uses its frames in turn: a result
// stands until callerFrames more calls were made.
type caller struct {
	m      *Module
	frames []frame
	arenas []arena
	batch  *batchHeader
	next   int
}

// newCaller returns a caller with memory for callerFrames calls, or with
// another size for one single call.
func (m *Module) newCaller(single int) (*caller, error) {
	n, size := callerFrames, frameMemory
	if single > 0 {
		n, size = 1, single
	}
	head := int(unsafe.Sizeof(batchHeader{}))
	frames := n * int(unsafe.Sizeof(frame{}))
	memory, err := mapMemory((head+frames+alignment)&^(alignment-1) + n*size)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.memory = append(m.memory, memory)
	m.mu.Unlock()
	c := &caller{m: m, arenas: make([]arena, n)}
	c.batch = (*batchHeader)(unsafe.Pointer(unsafe.SliceData(memory)))
	c.frames = unsafe.Slice((*frame)(unsafe.Pointer(unsafe.SliceData(memory[head:]))), n)
	rest := memory[(head+frames+alignment)&^(alignment-1):]
	for i := range c.arenas {
		c.arenas[i].memory = rest[i*size : (i+1)*size : (i+1)*size]
	}
	return c, nil
}

// begin returns the next frame, empty, for a call of entry.
func (c *caller) begin(entry uintptr) *frame {
	if c.next++; c.next >= len(c.frames) {
		c.next = 0
	}
	f, a := &c.frames[c.next], &c.arenas[c.next]
	a.reset()
	f.entry, f.text, f.number = entry, 0, 0
	f.memory = a.base()
	f.spare, f.spareSize = a.here(), uint64(a.left())
	return f
}

func (c *caller) address(f *frame) uintptr { return uintptr(unsafe.Pointer(f)) }

// prepare fills a frame with a function's arguments.
func (c *caller) prepare(b *bound, args []rule.Value) *frame {
	f := c.begin(b.entry)
	a := &c.arenas[c.next]
	a.memory = a.memory[:len(a.memory)-resultMemory]
	for i := range args[:min(len(args), b.params)] {
		a.put(&f.arguments[i], &args[i])
	}
	a.memory = a.memory[:len(a.memory)+resultMemory]
	f.spare, f.spareSize = a.here(), uint64(a.left())
	return f
}

// call makes a call.
func (c *caller) call(b *bound, args []rule.Value) rule.Value {
	if b.disabled.Load() || c.m.closed.Load() || len(args) < b.params {
		return rule.NullValue()
	}
	f := c.prepare(b, args)
	invoke(c.m.table.invoke, c.address(f))
	return b.result(f)
}

// bound is an embedded function and the code that it calls.
type bound struct {
	m        *Module
	name     string
	entry    uintptr
	params   int
	kind     rule.Kind // of the result
	rules    []uint32  // that call it
	disabled atomic.Bool
}

// result returns what came of a call.
func (b *bound) result(f *frame) rule.Value {
	switch {
	case f.status != 0:
		b.disable(f)
		return rule.NullValue()
	case b.kind != rule.Bytes:
		return rule.NumberValue(f.number)
	case f.text == 0:
		return rule.NullValue()
	}
	return rule.TextValue(unsafe.Slice(at[byte](f.text), f.textSize))
}

// disable takes a function that crashed out of use and tells it once.
func (b *bound) disable(f *frame) {
	if b.disabled.Swap(true) {
		return
	}
	b.m.mu.Lock()
	b.m.disabled = append(b.m.disabled, b.name)
	b.m.mu.Unlock()
	b.m.log.Error("an embedded function crashed; it is not called any more", "file", b.m.Path,
		"function", b.name, "rules", b.rules, "reason", f.failure(), "mend", "correct its C code and load the rules again")
}

// failure tells why a call did not come to its end.
func (f *frame) failure() string {
	if f.status == exited {
		return fmt.Sprintf("called exit(%d)", f.exitStatus)
	}
	return "crashed: " + unix.SignalName(unix.Signal(f.status))
}

// bindFunction makes f call the code at entry.
func (m *Module) bindFunction(f *rule.Function, entry uintptr, rules []*rule.Rule) {
	b := &bound{m: m, name: f.Name, entry: entry, params: len(f.Params), kind: f.Result}
	for _, r := range rules {
		eachCall(r, f, func([]*rule.Expr) {
			if !slices.Contains(b.rules, r.ID) {
				b.rules = append(b.rules, r.ID)
			}
		})
	}
	m.bound[f] = b
	f.Call = b.shared
	f.PerShard = b.perShard
}

// perShard returns a function that one shard may call: without a lock, and
// without an allocation.
func (b *bound) perShard() func([]rule.Value) rule.Value {
	c, err := b.m.newCaller(0)
	if err != nil {
		return b.shared
	}
	return func(args []rule.Value) rule.Value { return c.call(b, args) }
}

// shared makes a call for any shard. A text that it returns is a copy: the
// caller's memory goes to the next one.
func (b *bound) shared(args []rule.Value) rule.Value {
	c, err := b.m.takeCaller()
	if err != nil {
		return rule.NullValue()
	}
	v := c.call(b, args)
	if v.B != nil {
		v.B = bytes.Clone(v.B)
	}
	b.m.giveCaller(c)
	return v
}

func (m *Module) takeCaller() (*caller, error) {
	m.mu.Lock()
	if n := len(m.free); n > 0 {
		c := m.free[n-1]
		m.free = m.free[:n-1]
		m.mu.Unlock()
		return c, nil
	}
	m.mu.Unlock()
	return m.newCaller(0)
}

func (m *Module) giveCaller(c *caller) {
	m.mu.Lock()
	m.free = append(m.free, c)
	m.mu.Unlock()
}
