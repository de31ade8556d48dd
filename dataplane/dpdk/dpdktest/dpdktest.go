//go:build dpdk && cgo && linux

package dpdktest

// #cgo pkg-config: libdpdk
// #include "send.h"
// #include "../clock.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// Segment is the most bytes of a frame that Send puts into one buffer.
const Segment = 2048

// Send sends a frame through a queue of an open port, in several buffers if it
// is longer than segment bytes. It reports whether there was room for it.
func Send(port, queue int, frame []byte, segment int) (bool, error) {
	if len(frame) == 0 || segment < 1 || segment > Segment {
		return false, fmt.Errorf("a frame of %d bytes cannot be sent in buffers of %d", len(frame), segment)
	}
	data := (*C.char)(unsafe.Pointer(&frame[0]))
	switch C.dpdktest_send(C.uint16_t(port), C.uint16_t(queue), data, C.uint(len(frame)), C.uint(segment)) {
	case 1:
		return true, nil
	case 0:
		return false, nil
	}
	return false, errors.New("no memory for a frame")
}

// SetLink brings the link of a port up or down.
func SetLink(port int, up bool) error {
	flag := C.int(0)
	if up {
		flag = 1
	}
	if rc := C.dpdktest_link(C.uint16_t(port), flag); rc != 0 {
		return fmt.Errorf("the link of port %d cannot be set: %d", port, rc)
	}
	return nil
}

// Clock is the conversion from the time of a NIC.
type Clock struct{ c C.struct_mmt_clock }

// Begin takes the first sample of both clocks, ticks of the NIC and nanoseconds.
func (c *Clock) Begin(ticks uint64, ns int64) {
	C.mmt_clock_begin(&c.c, C.uint64_t(ticks), C.int64_t(ns))
}

// Sample takes another.
func (c *Clock) Sample(ticks uint64, ns int64) {
	C.mmt_clock_sample(&c.c, C.uint64_t(ticks), C.int64_t(ns))
}

// Time converts ticks to nanoseconds.
func (c *Clock) Time(ticks uint64) int64 {
	return int64(C.mmt_clock_time(&c.c, C.uint64_t(ticks)))
}
