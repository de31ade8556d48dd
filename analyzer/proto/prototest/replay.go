package prototest

import (
	"errors"
	"io"
	"testing"

	"mmt/dataplane"
	"mmt/dataplane/pcapfile"
)

// Replay gives the bursts of a trace to f, first packet first. A trace that
// cannot be read to its end fails the test.
func Replay(t testing.TB, trace string, f func(*dataplane.Burst)) {
	t.Helper()
	src, err := pcapfile.Open(trace, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var b dataplane.Burst
	for {
		err := src.Receive(&b)
		f(&b)
		src.Release(&b)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
