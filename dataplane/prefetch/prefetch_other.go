//go:build !amd64

package prefetch

// Read asks for the line at an address, which is to be read.
func Read(uintptr) {}

// Write asks for the line at an address, which is to be written.
func Write(uintptr) {}

// Offsets asks for n lines that are to be read, at base plus *offset and the
// numbers every step bytes after that.
func Offsets(base uintptr, offset *uint64, step uintptr, n int) {}
