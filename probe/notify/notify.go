// Package notify tells systemd how the service is: ready, stopping, alive (see
// sd_notify(3)). It does not know what service it is. Without systemd all calls
// do nothing.
package notify

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// Socket is the way to systemd. The nil Socket tells nobody.
type Socket struct {
	conn *net.UnixConn
	pet  time.Duration
}

// Open reads the environment that systemd gives to a service of Type=notify
// (NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID). It returns nil where there is no
// such service, and an error where what the environment says cannot be done.
func Open(getenv func(string) string) (*Socket, error) {
	name := getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil, nil
	}
	if name[0] != '/' && name[0] != '@' {
		return nil, fmt.Errorf("NOTIFY_SOCKET is %q, which is neither a path nor an abstract socket (unset it outside of systemd)", name)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"}) // "@" is an abstract one for Go, too
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w (unset it outside of systemd)", err)
	}
	s := &Socket{conn: conn}
	s.pet, err = watchdog(getenv)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

// watchdog returns how often to tell that the service lives: twice as often as
// systemd wants it, 0 if it does not.
func watchdog(getenv func(string) string) (time.Duration, error) {
	limit := getenv("WATCHDOG_USEC")
	if pid := getenv("WATCHDOG_PID"); limit == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0, nil
	}
	usec, err := strconv.ParseUint(limit, 10, 40)
	if err != nil || usec < 2 {
		return 0, fmt.Errorf("WATCHDOG_USEC is %q, which is not a number of microseconds (unset it outside of systemd)", limit)
	}
	return time.Duration(usec) * time.Microsecond / 2, nil
}

// Ready tells that the service works; status is one line for people.
func (s *Socket) Ready(status string) error { return s.send("READY=1\nSTATUS=" + status) }

// Stopping tells that the service ends.
func (s *Socket) Stopping() error { return s.send("STOPPING=1\nSTATUS=writing what is left") }

// Alive tells that the service is not stuck.
func (s *Socket) Alive() error { return s.send("WATCHDOG=1") }

// Interval is the time between two calls of Alive that systemd wants; 0: none.
func (s *Socket) Interval() time.Duration {
	if s == nil {
		return 0
	}
	return s.pet
}

// Close ends the connection.
func (s *Socket) Close() error {
	if s == nil {
		return nil
	}
	return s.conn.Close()
}

func (s *Socket) send(message string) error {
	if s == nil {
		return nil
	}
	_, err := s.conn.Write([]byte(message))
	return err
}
