package ring

import (
	"testing"
	"unsafe"
)

func TestCapacity(t *testing.T) {
	for want, got := range map[int]int{-1: 1, 0: 1, 1: 1, 2: 2, 3: 4, 64: 64, 1000: 1024} {
		if n := NewSPSC[byte](want).Cap(); n != got {
			t.Errorf("SPSC of %d holds %d, want %d", want, n, got)
		}
		if n := NewBroadcast[byte](want, 1, Wait).Cap(); n != got {
			t.Errorf("Broadcast of %d holds %d, want %d", want, n, got)
		}
	}
}

// TestApart makes sure that what different cores write lies in different cache
// lines: at least a pad apart.
func TestApart(t *testing.T) {
	var s SPSC[int]
	var b Broadcast[int]
	consumer := unsafe.Offsetof(s.Reader) + unsafe.Offsetof(s.Reader.shown)
	head := unsafe.Offsetof(s.Reader) + unsafe.Offsetof(s.Reader.head)
	for _, pair := range [][2]uintptr{
		{consumer, head},
		{head, unsafe.Offsetof(s.slots)},
		{unsafe.Offsetof(s.lent), unsafe.Offsetof(s.out)},
		{unsafe.Offsetof(s.out), unsafe.Sizeof(s)},
		{unsafe.Offsetof(b.lost), unsafe.Offsetof(b.out)},
		{unsafe.Offsetof(b.out), unsafe.Sizeof(b)},
	} {
		if pair[1]-pair[0] < unsafe.Sizeof(pad{}) {
			t.Errorf("fields at %d and %d share a cache line", pair[0], pair[1])
		}
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s does not panic", what)
		}
	}()
	f()
}

func TestMisuse(t *testing.T) {
	r := NewSPSC[int](8)
	mustPanic(t, "Commit without Reserve", func() { r.Commit(1) })
	slots := r.Reserve(3)
	mustPanic(t, "Commit of too many", func() { r.Commit(len(slots) + 1) })
	mustPanic(t, "Commit of a negative number", func() { r.Commit(-1) })
	r.Commit(2)
	mustPanic(t, "Commit of too many in two parts", func() { r.Commit(2) })
	mustPanic(t, "Release without Peek", func() { r.Release(1) })
	r.Peek()
	mustPanic(t, "Release of too many", func() { r.Release(3) })
	r.Release(2)
	if r.Len() != 0 {
		t.Errorf("%d items left", r.Len())
	}
}

func TestNoReaders(t *testing.T) {
	b := NewBroadcast[int](4, 0, Lose)
	for i := range 100 {
		slot, ok := b.Next()
		if !ok {
			t.Fatalf("full after %d items without readers", i)
		}
		*slot = i
	}
	if b.Lost() != 0 {
		t.Errorf("lost %d without readers", b.Lost())
	}
}

// TestSlotsKeepContents holds what Reserve and Next promise of buffers in slots.
func TestSlotsKeepContents(t *testing.T) {
	r := NewSPSC[[]byte](1)
	r.Reserve(1)[0] = make([]byte, 0, 100)
	r.Commit(1)
	r.Release(len(r.Peek()))
	if c := cap(r.Reserve(1)[0]); c != 100 {
		t.Errorf("SPSC slot has a buffer of %d, want 100", c)
	}
	b := NewBroadcast[[]byte](1, 1, Wait)
	slot, _ := b.Next()
	*slot = make([]byte, 0, 100)
	b.Publish()
	b.Reader(0).Release(len(b.Reader(0).Peek()))
	if slot, _ = b.Next(); cap(*slot) != 100 {
		t.Errorf("Broadcast slot has a buffer of %d, want 100", cap(*slot))
	}
}

func TestNoAllocation(t *testing.T) {
	s := NewSPSC[uint64](64)
	b := NewBroadcast[uint64](64, 2, Wait)
	burst := make([]uint64, 32)
	wait := NewBackoff()
	for name, f := range map[string]func(){
		"copying":  func() { s.Enqueue(burst); s.Dequeue(burst) },
		"in place": func() { s.Commit(len(s.Reserve(32))); s.Release(len(s.Peek())) },
		"broadcast": func() {
			b.Next()
			b.Publish()
			b.Reader(0).Release(len(b.Reader(0).Peek()))
			b.Reader(1).Dequeue(burst)
		},
		"backoff": func() { wait.Wait(); wait.Reset() },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
