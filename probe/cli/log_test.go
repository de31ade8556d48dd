package cli

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"mmt/dataplane/pcapfile"
)

// TestExitCode: an error that stands in the journal is not printed, and means the
// same.
func TestExitCode(t *testing.T) {
	damage := fmt.Errorf("x: %w", &pcapfile.DamageError{})
	for _, c := range []struct {
		err     error
		code    int
		printed bool
	}{
		{nil, exitOK, false}, {errors.New("a\nb"), exitError, true}, {logged{errors.New("a")}, exitError, false},
		{damage, exitDamaged, true}, {logged{damage}, exitDamaged, false},
	} {
		var stderr bytes.Buffer
		if code := exitCode(c.err, &stderr); code != c.code || stderr.Len() > 0 != c.printed {
			t.Errorf("%v: code %d, printed %q", c.err, code, stderr.String())
		}
	}
}
