package testserver

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// Ports are taken from below those that the kernel gives to who connects (32768
// and up): else a connection of somebody could take that of a server that was
// killed, and the server could not come back.
const (
	firstPort = 12000
	lastPort  = 32000
	portTries = 1000
)

// given holds the ports that this process has handed out.
var given sync.Map

// FreePort returns a TCP port on which nothing listens, another one each time.
func FreePort(t testing.TB) int {
	t.Helper()
	for range portTries {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if _, used := given.LoadOrStore(port, true); used {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			l.Close()
			return port
		}
	}
	t.Fatalf("no free port between %d and %d", firstPort, lastPort)
	return 0
}
