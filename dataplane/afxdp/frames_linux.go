package afxdp

import (
	"fmt"
	"math/bits"
	"unsafe"

	"golang.org/x/sys/unix"
)

// frames is the memory that packets arrive in, and who has each frame: the kernel
// or the receiver. It outlives the socket: a frame that is lent while the socket
// is opened anew stays where it is.
type frames struct {
	mem   []byte
	shift uint   // a frame has 1<<shift bytes
	lent  []bool // by frame: the receiver has it
	out   int    // frames lent
}

func newFrames(n, size int) (*frames, error) {
	mem, err := unix.Mmap(-1, 0, n*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("%d frames of %d bytes: %w", n, size, err)
	}
	return &frames{mem: mem, shift: uint(bits.TrailingZeros(uint(size))), lent: make([]bool, n)}, nil
}

func (f *frames) close() error {
	mem := f.mem
	f.mem = nil
	if mem == nil {
		return nil
	}
	return unix.Munmap(mem)
}

// holds tells whether data lies in the frames.
func (f *frames) holds(data []byte) bool {
	return f.offset(data) < uintptr(len(f.mem))
}

// offset returns where data lies in the frames; what lies elsewhere is beyond
// their end.
func (f *frames) offset(data []byte) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(data))) - uintptr(unsafe.Pointer(unsafe.SliceData(f.mem)))
}
