package prefetch

import (
	"math"
	"testing"
	"unsafe"
)

// TestAnyAddress: nothing is changed, and what is no memory is no error.
func TestAnyAddress(t *testing.T) {
	memory := [256]uint64{3: 7}
	wild := []uint64{0, 8, math.MaxUint64, 1 << 63, 1 << 46, 0xdead}
	base := unsafe.Pointer(&memory)
	Read(nil)
	Write(nil)
	Read(base)
	Write(base)
	for n := -1; n <= len(wild); n++ {
		Offsets(base, unsafe.Pointer(&wild[0]), unsafe.Sizeof(wild[0]), n)
	}
	if memory != [256]uint64{3: 7} {
		t.Error("memory was changed")
	}
}

func BenchmarkRead(b *testing.B) {
	var memory [64]byte
	for b.Loop() {
		Read(unsafe.Pointer(&memory))
	}
}
