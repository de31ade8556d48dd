package bpf

import (
	"errors"

	"github.com/cilium/ebpf"
)

// ErrNotSupported is wrapped by errors that say that the kernel lacks something.
// The message names what is missing.
var ErrNotSupported = ebpf.ErrNotSupported

// ErrFull is returned for a flow that finds no place among the bypassed ones.
var ErrFull = errors.New("no place for another bypassed flow")

// ErrKnown is returned for a flow that is bypassed already.
var ErrKnown = errors.New("the flow is bypassed already")
