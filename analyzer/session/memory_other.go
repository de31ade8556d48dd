//go:build !linux

package session

// adviseHugePages does nothing on this system.
func adviseHugePages[T any]([]T) {}
