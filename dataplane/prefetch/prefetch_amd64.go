package prefetch

// Read asks for the line at an address, which is to be read.
func Read(address uintptr)

// Write asks for the line at an address, which is to be written: other cores lose
// theirs.
func Write(address uintptr)

// Offsets asks for n lines that are to be read: the first at base plus *offset,
// each of the others at base plus the number step bytes after the one before.
// They come to the cache of the second level only, because frames of equal size
// would put each other out of the first.
//
//go:noescape
func Offsets(base uintptr, offset *uint64, step uintptr, n int)
