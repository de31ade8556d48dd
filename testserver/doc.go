// Package testserver starts real servers for the tests of other packages, on
// loopback, and kills and restarts them. It is imported by tests, and by programs
// that measure (see Outside), and knows nothing of what is tested. Where a server is not installed a test skips,
// or fails if the environment says CI=true.
package testserver

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// startTime is how long a server may take until it answers: one in Java takes
// long on a machine that has much else to do.
const startTime = 2 * time.Minute

// Need skips the test where a program is missing that make test-deps installs.
func Need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s (make test-deps)", program)
	}
	t.Skipf("no %s (make test-deps)", program)
}

// Dial connects to a server that is about to start.
func Dial(t testing.TB, address string) net.Conn {
	t.Helper()
	for deadline := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn
		}
		if time.Now().After(deadline) {
			t.Fatalf("no server came up: %v", err)
		}
	}
}
