//go:build !static

package embedded

import (
	"unsafe"

	// It makes the C library and its threads known to the runtime without cgo.
	_ "github.com/ebitengine/purego"
)

// cgocall calls the C function fn with one argument on the stack of the
// system, as cgo does. purego.SyscallN comes to the same, through one allocation
// and a copy of 40 registers: 170 ns where this takes 50.
//
//go:linkname cgocall runtime.cgocall
//go:noescape
func cgocall(fn, arg unsafe.Pointer) int32

// invoke calls the C function at fn with the address arg.
func invoke(fn, arg uintptr) int {
	return int(cgocall(*(*unsafe.Pointer)(unsafe.Pointer(&fn)), *(*unsafe.Pointer)(unsafe.Pointer(&arg))))
}
