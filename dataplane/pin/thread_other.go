//go:build !linux

package pin

import (
	"errors"
	"time"
)

var errSystem = errors.New("binding threads to cores needs Linux (leave the list of cores out)")

// Allowed says that there is no binding to cores.
func Allowed() ([]int, error) { return nil, errSystem }

// Lock says that there is no binding to cores.
func Lock(int) (Thread, error) { return Thread{}, errSystem }

// Thread is a thread of this process.
type Thread struct{}

// Current returns the calling thread.
func Current() Thread { return Thread{} }

// CPU returns 0: it is not known.
func (Thread) CPU() time.Duration { return 0 }
