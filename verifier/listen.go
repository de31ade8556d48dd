package verifier

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"mmt/verifier/wire"
)

// Listen opens the socket at an address that wire.ParseAddress takes. The socket
// file that a verifier left behind which did not end in good order is replaced.
func Listen(address string) (net.Listener, error) {
	network, addr, err := wire.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen(network, addr)
	if network == "unix" && errors.Is(err, syscall.EADDRINUSE) && abandoned(addr) {
		if err := os.Remove(addr); err != nil {
			return nil, err
		}
		l, err = net.Listen(network, addr)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w (another program listens there: choose another address with -p)", err)
	}
	return l, err
}

// abandoned tells whether nobody listens at the socket file.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return false
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
