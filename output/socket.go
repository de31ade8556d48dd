package output

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Socket is the Remote of the channel "socket" (manual section 3.1,
// socket-output): a line with its line end each, over a stream, or as one
// datagram over UDP.
//
// A stream says nothing of what the server has read. A batch is taken when none
// of it is left on this side: the server has read it (UNIX), or its machine has
// received it (TCP). Else all of it is sent again over a new connection, so that
// lines come at least once; where a connection ends within a line, the server
// must forget that part. Datagrams may be lost without anyone noticing.
type Socket struct {
	network, address string
	tls              TLSOptions
	conn             net.Conn
	raw              syscall.RawConn
	answers          chan error // of an encrypted connection: why no more answers come; nil: a plain one
}

// NewSocket makes the Remote for a network "unix", "tcp" or "udp" and its
// address, a path or host:port. It does not connect.
func NewSocket(network, address string) *Socket {
	return &Socket{network: network, address: address}
}

// NewTLSSocket makes the Remote for TCP with these options.
func NewTLSSocket(address string, o TLSOptions) *Socket {
	return &Socket{network: "tcp", address: address, tls: o}
}

// Open implements Remote.
func (s *Socket) Open(ctx context.Context) error {
	encryption, err := s.tls.config()
	if err != nil {
		return err
	}
	conn, err := dial(ctx, s.network, s.address, encryption)
	if err != nil {
		return err // it names the address
	}
	below := conn
	s.answers = nil
	if c, ok := conn.(*tls.Conn); ok {
		below, s.answers = c.NetConn(), make(chan error, 1)
		go discard(c, s.answers)
	}
	raw, err := below.(syscall.Conn).SyscallConn()
	if err != nil {
		conn.Close()
		return err
	}
	s.conn, s.raw = conn, raw
	return s.welcome(ctx)
}

// refusalTime is how long a server has to refuse our certificate: with TLS 1.3 it
// says so after the handshake, when lines would be on their way.
const refusalTime = 100 * time.Millisecond

// welcome waits for the refusal of an encrypted connection.
func (s *Socket) welcome(ctx context.Context) error {
	if s.answers == nil {
		return nil
	}
	select {
	case err := <-s.answers:
		s.conn.Close()
		return fmt.Errorf("%s %s: closed after the handshake: %w", s.network, s.address, cmp.Or(err, io.EOF))
	case <-ctx.Done():
		s.conn.Close()
		return ctx.Err()
	case <-time.After(refusalTime):
		return nil
	}
}

// discard reads what the server says, which is also how an encrypted connection
// does what the protocol asks for, and throws it away.
func discard(conn *tls.Conn, ended chan<- error) {
	_, err := io.Copy(io.Discard, conn)
	ended <- err
}

// Close implements Remote.
func (s *Socket) Close() error { return s.conn.Close() }

// Send implements Remote.
func (s *Socket) Send(ctx context.Context, b *Batch) (sent int, err error) {
	defer s.until(ctx)()
	if s.network == "udp" {
		return s.sendDatagrams(b)
	}
	if err := s.sendStream(ctx, b); err != nil {
		return 0, fmt.Errorf("%s %s: %w", s.network, s.address, err)
	}
	return b.Len(), nil
}

// until bounds what waits for the connection by a context, until stop is called. A
// deadline that cannot be set is that of a connection that Write will not take.
func (s *Socket) until(ctx context.Context) (stop func() bool) {
	deadline, _ := ctx.Deadline() // the zero time is none
	conn := s.conn
	conn.SetWriteDeadline(deadline)
	return context.AfterFunc(ctx, func() { conn.SetWriteDeadline(time.Unix(1, 0)) })
}

// sendDatagrams sends one a line. An error may be the answer to an earlier one.
func (s *Socket) sendDatagrams(b *Batch) (sent int, err error) {
	for ; sent < b.Len(); sent++ {
		_, err := s.conn.Write(b.buf[b.end(sent):b.ends[sent]])
		if errors.Is(err, unix.EMSGSIZE) {
			return sent, Refused(1, err)
		}
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// sendStream writes the batch and waits until it is gone.
func (s *Socket) sendStream(ctx context.Context, b *Batch) error {
	if _, err := s.conn.Write(b.Bytes()); err != nil {
		return err
	}
	return s.drain(ctx)
}

// drain waits until all that was written is gone.
func (s *Socket) drain(ctx context.Context) error {
	for pause := 20 * time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		left, err := s.unsent()
		if err == nil {
			err = s.failure()
		}
		if err != nil || left == 0 {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("the server does not read: %w", ctx.Err())
		}
	}
}

// unsent returns how much of what was written is on this side. Linux tells it of
// TCP (bytes not acknowledged) and of UNIX sockets (memory of what was not read).
func (s *Socket) unsent() (left int, err error) {
	controlErr := s.raw.Control(func(fd uintptr) {
		left, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
	})
	return left, errors.Join(controlErr, err)
}

// failure returns the error that the connection has met since it was used: a
// server that closes it with lines unread resets it.
func (s *Socket) failure() (err error) {
	controlErr := s.raw.Control(func(fd uintptr) {
		code := 0
		if code, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR); code != 0 {
			err = unix.Errno(code)
		}
		if err == nil && s.answers == nil {
			err = discardPlain(fd)
		}
	})
	select {
	case answer := <-s.answers:
		s.answers <- answer // for the next call
		return errors.Join(controlErr, err, answer)
	default:
		return errors.Join(controlErr, err)
	}
}

// discardPlain throws away what the server says: unread, it would make our own
// closing a reset.
func discardPlain(fd uintptr) error {
	var answer [512]byte
	_, _, err := unix.Recvfrom(int(fd), answer[:], unix.MSG_DONTWAIT)
	if errors.Is(err, unix.EAGAIN) {
		return nil
	}
	return err
}
