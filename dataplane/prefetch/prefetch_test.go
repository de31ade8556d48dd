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
	base := uintptr(unsafe.Pointer(&memory))
	for _, offset := range wild {
		Read(base + uintptr(offset))
		Write(base + uintptr(offset))
	}
	for n := -1; n <= len(wild); n++ {
		Offsets(base, &wild[0], unsafe.Sizeof(wild[0]), n)
	}
	if memory != [256]uint64{3: 7} {
		t.Error("memory was changed")
	}
}

// BenchmarkRead is the cost of asking for what is there.
func BenchmarkRead(b *testing.B) {
	var memory [64]byte
	for b.Loop() {
		Read(uintptr(unsafe.Pointer(&memory)))
	}
}
