//go:build !amd64

package prefetch

import "unsafe"

// Read asks for the line at p, which is to be read.
func Read(p unsafe.Pointer) {}

// Write asks for the line at p, which is to be written.
func Write(p unsafe.Pointer) {}

// Offsets asks for n lines that are to be read, at base plus the numbers, of 64
// bits, at offset and every step bytes after it.
func Offsets(base, offset unsafe.Pointer, step uintptr, n int) {}
