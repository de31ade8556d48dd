//go:build !linux

package bpf

import "fmt"

// Supported says that XDP needs Linux.
func Supported() error { return fmt.Errorf("XDP exists on Linux only: %w", ErrNotSupported) }
