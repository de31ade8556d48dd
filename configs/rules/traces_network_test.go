package rules

import (
	"fmt"
	"slices"
	"time"
)

// The hosts of the traces, from the ranges for documentation (RFC 5737, RFC 3849).
const (
	attacker = "192.0.2.66"
	client   = "192.0.2.10"
	victim   = "198.51.100.10"
	router   = "203.0.113.1"

	attacker6 = "2001:db8:a::66"
	victim6   = "2001:db8:b::10"
)

// networkGoldens are the tests of the rules from 1000 to 1099.
func networkGoldens() []golden {
	return slices.Concat(scanGoldens(), stealthGoldens(), sweepGoldens(), spoofGoldens(), neighbourGoldens(), floodGoldens(),
		fragmentGoldens(), transportGoldens(), headerGoldens(), messageGoldens())
}

// hosts returns the nth host of a network: hosts("192.0.2.", 3) is 192.0.2.3.
func hosts(network string, n int) string { return fmt.Sprintf("%s%d", network, n) }

// every calls add once for each value, with a pause after each.
func every[V any](t *trace, pause time.Duration, values []V, add func(V)) {
	for _, v := range values {
		add(v)
		t.wait(pause)
	}
}

// times calls add n times, with a pause after each.
func times(t *trace, pause time.Duration, n int, add func(i int)) {
	for i := range n {
		add(i)
		t.wait(pause)
	}
}
