package logs

import (
	"net"
	"time"
)

// sendTime is how long a daemon may take for a message.
const sendTime = time.Second

// socket is a connection to a daemon of this machine, made anew where it fails:
// daemons restart.
type socket struct {
	path     string
	networks []string // to try, one after the other
	conn     net.Conn
	stream   bool // it takes bytes, not datagrams
}

// send hands one message over.
func (s *socket) send(message []byte) error {
	if s.conn != nil && s.transmit(message) == nil {
		return nil
	}
	if err := s.connect(); err != nil {
		return err
	}
	return s.transmit(message)
}

// connect connects anew.
func (s *socket) connect() error {
	s.close()
	var conn net.Conn
	var err error
	for _, network := range s.networks {
		if conn, err = net.DialTimeout(network, s.path, sendTime); err == nil {
			s.conn, s.stream = conn, network == "unix"
			return nil
		}
	}
	return err
}

func (s *socket) transmit(message []byte) error {
	if s.stream {
		message = append(message, 0) // is where it ends
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(sendTime)); err != nil {
		return err
	}
	_, err := s.conn.Write(message)
	return err
}

func (s *socket) close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}
