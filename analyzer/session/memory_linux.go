package session

import (
	"syscall"
	"unsafe"
)

// hugePage is the size of a huge page on the machines that probes run on.
const hugePage = 2 << 20

// adviseHugePages asks for huge pages under a large table that was just made: a
// packet finds its session anywhere in it, and with small pages most of the time
// would go into finding the page. Where the system has none, nothing changes.
func adviseHugePages[T any](table []T) {
	size := uintptr(len(table)) * unsafe.Sizeof(*new(T))
	if size < 2*hugePage {
		return
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(table)))
	skip := -start & (hugePage - 1)
	n := (size - skip) &^ (hugePage - 1)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(table))), size)
	_ = syscall.Madvise(bytes[skip:skip+n], syscall.MADV_HUGEPAGE) // only a wish
}
