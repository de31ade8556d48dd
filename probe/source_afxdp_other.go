//go:build !linux

package probe

import (
	"errors"

	"mmt/dataplane"
)

func (r *Run) openAFXDP() ([]dataplane.Source, error) {
	return nil, errors.New("AF_XDP needs Linux (read a trace instead)")
}
