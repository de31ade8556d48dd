//go:build !linux

package probe

import "errors"

// readMachine fails.
func readMachine() (machine, error) {
	return machine{}, errors.New("only Linux tells how busy the machine is")
}
