package embedded

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The structures that Go and mmt_module.h share. Addresses of C memory are
// uintptr: the collector must not look at them.

// moduleABI is the version of these structures (MMT_MODULE_ABI).
const moduleABI = 1

// exited is the status of a call that called exit() (MMT_EXITED).
const exited = 1000

type argument struct {
	number  float64
	pointer uintptr
}

type frame struct {
	entry      uintptr
	status     int32
	exitStatus int32
	number     float64
	text       uintptr
	textSize   uint64
	memory     uintptr
	spare      uintptr
	spareSize  uint64
	arguments  [maxParameters]argument
}

type batchHeader struct {
	count  uint64
	frames [callerFrames]uintptr
}

type functionEntry struct {
	name  uintptr
	entry uintptr
}

type moduleTable struct {
	abi           uint32
	functionCount uint32
	functions     uintptr
	guardKey      uintptr
	invoke        uintptr
	invokeAll     uintptr
	guardInstall  uintptr
	guardRemove   uintptr
}

// at returns C memory as a pointer.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// cText returns the NUL-terminated text at an address.
func cText(address uintptr) string {
	n := 0
	for *at[byte](address + uintptr(n)) != 0 {
		n++
	}
	return string(unsafe.Slice(at[byte](address), n))
}

// mapMemory returns memory that the collector neither moves nor looks at. Pages
// that are not touched take no room.
func mapMemory(size int) ([]byte, error) {
	memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("no memory for calls of embedded C: %w", err)
	}
	return memory, nil
}

// arena hands out memory of a slice piece by piece.
type arena struct {
	memory []byte
	used   int
}

// alignment of every piece, enough for any type of C.
const alignment = 16

func (a *arena) reset() { a.used = 0 }

// base returns the address of the first byte.
func (a *arena) base() uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(a.memory))) }

// here returns the address of the next piece.
func (a *arena) here() uintptr { return a.base() + uintptr(a.used) }

// left returns how many bytes are left.
func (a *arena) left() int { return len(a.memory) - a.used }

// take returns the next piece, nil if there is not enough left.
func (a *arena) take(size int) []byte {
	if size > a.left() {
		return nil
	}
	piece := a.memory[a.used : a.used+size : a.used+size]
	a.used = min((a.used+size+alignment-1)&^(alignment-1), len(a.memory))
	return piece
}

// text copies text into the arena, with a NUL, cut to what is left.
func (a *arena) text(b []byte) uintptr {
	address := a.here()
	b = b[:min(len(b), max(a.left()-1, 0))]
	piece := a.take(len(b) + 1)
	if piece == nil {
		return 0
	}
	copy(piece, b)
	piece[len(b)] = 0
	return address
}

// place puts a value into the arena and returns it and its address, nil if there
// is not enough left.
func place[T any](a *arena, n int) ([]T, uintptr) {
	var zero T
	address := a.here()
	piece := a.take(n * int(unsafe.Sizeof(zero)))
	if piece == nil {
		return nil, 0
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(piece))), n), address
}
