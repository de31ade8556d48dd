//go:build dpdk && cgo && linux

package main

// #cgo pkg-config: libdpdk
// #cgo CFLAGS: -O3
// #cgo noescape rte_in
// #cgo nocallback rte_in
// #cgo noescape rte_out
// #cgo nocallback rte_out
// #include <stdlib.h>
// #include "rte.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// others are what only a build with DPDK has.
var others = []transfer{
	{"rte_ring, all in C", 4 << 20, rteInC},
	{"rte_ring, a call a burst", 2 << 20, rteFromGo},
}

const missing = ""

// newRTE makes a ring that is freed when the handle is not used any more.
func newRTE() *handle {
	h := &handle{C.rte_new(capacity)}
	if h.ring == nil {
		panic("no memory for a ring")
	}
	runtime.AddCleanup(h, func(r *C.struct_rte_ring) { C.free(unsafe.Pointer(r)) }, h.ring)
	return h
}

type handle struct{ ring *C.struct_rte_ring }

func rteInC() (func(uint64), func(uint64) uint64) {
	h := newRTE()
	return func(n uint64) {
			C.rte_produce(h.ring, C.uint64_t(n))
			runtime.KeepAlive(h)
		}, func(n uint64) uint64 {
			sum := uint64(C.rte_consume(h.ring, C.uint64_t(n)))
			runtime.KeepAlive(h)
			return sum
		}
}

func rteFromGo() (func(uint64), func(uint64) uint64) {
	h := newRTE()
	first := func(items []uint64) *C.uint64_t { return (*C.uint64_t)(unsafe.Pointer(&items[0])) }
	return copying(func(items []uint64) int {
		done := int(C.rte_in(h.ring, first(items), C.uint(len(items))))
		runtime.KeepAlive(h)
		return done
	}, func(items []uint64) int {
		done := int(C.rte_out(h.ring, first(items), C.uint(len(items))))
		runtime.KeepAlive(h)
		return done
	})
}
