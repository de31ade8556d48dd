//go:build !linux

package cli

import "errors"

// limit fails: cores can be chosen on Linux only.
func limit(cores []int) error {
	if len(cores) == 0 {
		return nil
	}
	return errors.New("cores can be chosen on Linux only")
}

// pin is limit.
func pin(cores []int) error { return limit(cores) }
