package wire

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// DefaultAddress is where a verifier listens if nothing else is said.
const DefaultAddress = "5000"

// ParseAddress tells the network and address, as package net wants them, of a
// verifier: "5000", a TCP port on this machine alone; "HOST:5000", TCP, where
// an empty HOST is all interfaces of a listening machine; or the path of a UNIX
// socket, which has a slash in it.
func ParseAddress(s string) (network, address string, err error) {
	if strings.Contains(s, "/") {
		return "unix", s, nil
	}
	host, port := "127.0.0.1", s
	if strings.Contains(s, ":") {
		if host, port, err = net.SplitHostPort(s); err != nil {
			return "", "", fmt.Errorf("address %q: %w (write HOST:PORT, PORT or the path of a UNIX socket)", s, err)
		}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", "", fmt.Errorf("address %q: %q is no port (write HOST:PORT, PORT or the path of a UNIX socket such as ./verifier.sock)", s, port)
	}
	return "tcp", net.JoinHostPort(host, port), nil
}
