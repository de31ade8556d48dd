package prefetch

import "unsafe"

// Read asks for the line at p, which is to be read.
//
//go:noescape
func Read(p unsafe.Pointer)

// Write asks for the line at p, which is to be written: other cores lose theirs.
//
//go:noescape
func Write(p unsafe.Pointer)

// Offsets asks for n lines that are to be read. The first is at base plus the
// number, of 64 bits, at offset; each of the others at base plus the number step
// bytes after the one before. Lines go to the cache of the second level, because
// frames of equal size would put each other out of the first.
//
//go:noescape
func Offsets(base, offset unsafe.Pointer, step uintptr, n int)
