package control

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds of clients.
const (
	maxClients  = 16                     // at once; more wait
	patience    = 10 * time.Second       // for the whole of a command, and for an answer to be taken
	idleTime    = 500 * time.Millisecond // after an answer, for the next command
	socketMode  = 0o660
	dialTimeout = time.Second
)

// Socket takes commands over a UNIX socket.
//
// A command ends by NUL, or with what the client sends. It is answered by a line:
// a number, a blank, and what that means; a list, by a line for each option. The
// connection is closed when the client is silent after an answer.
type Socket struct {
	listener *net.UnixListener
	path     string
	target   Target
	log      *slog.Logger
	ctx      context.Context
	cancel   context.CancelFunc
	clients  sync.WaitGroup
}

// ListenSocket begins to take commands. Only the user and the group of the process
// may give them. What an earlier process has left at the path is replaced; it is an
// error if somebody listens there.
func ListenSocket(path string, t Target, log *slog.Logger) (*Socket, error) {
	if err := makeWay(path); err != nil {
		return nil, err
	}
	c := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		// The rights of the file are those of the socket when it is bound: there
		// is no moment at which others may connect.
		if e := raw.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), socketMode) }); e != nil {
			err = e
		}
		return err
	}}
	l, err := c.Listen(context.Background(), "unix", path)
	if err == nil {
		err = os.Chmod(path, socketMode) // what the umask took away from the group
	}
	if err != nil {
		if l != nil {
			l.Close()
		}
		return nil, fmt.Errorf("cannot take commands: %w (name a path in a folder that the probe may write to)", err)
	}
	s := &Socket{listener: l.(*net.UnixListener), path: path, target: t, log: log}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.clients.Go(s.accept)
	return s, nil
}

// makeWay removes a socket on which nobody listens.
func makeWay(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s exists and is no socket (name another path, or remove it)", path)
	}
	conn, err := net.DialTimeout("unix", path, dialTimeout)
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("another process takes commands at %s (end it, or name another path)", path)
	}
	return os.Remove(path)
}

// Close takes no more commands, waits until those at hand are answered, and removes
// the socket.
func (s *Socket) Close() error {
	s.cancel()
	err := s.listener.Close() // removes the path, too
	s.clients.Wait()
	return err
}

// accept serves clients until the end.
func (s *Socket) accept() {
	places := make(chan struct{}, maxClients)
	for {
		places <- struct{}{}
		conn, err := s.listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.log.Warn(fmt.Sprintf("commands: %v", err))
			time.Sleep(idleTime) // no more descriptors: clients may give some back
			<-places
			continue
		}
		s.clients.Go(func() {
			defer func() { <-places }()
			defer conn.Close()
			s.serve(conn)
		})
	}
}

// serve answers the commands of one client.
func (s *Socket) serve(conn *net.UnixConn) {
	defer context.AfterFunc(s.ctx, func() { conn.SetReadDeadline(time.Now()) })()
	in := bufio.NewReaderSize(conn, MaxCommand)
	wait := patience
	for {
		conn.SetReadDeadline(time.Now().Add(wait))
		if s.ctx.Err() != nil {
			return
		}
		text, last, err := read(in)
		if err != nil || last && text == "" {
			s.refuse(conn, err)
			return
		}
		answer := s.answer(text)
		conn.SetWriteDeadline(time.Now().Add(patience))
		if _, err := io.WriteString(conn, answer); err != nil || last {
			return
		}
		wait = idleTime
	}
}

// read reads a command; last tells that no more can come.
func read(in *bufio.Reader) (text string, last bool, err error) {
	b, err := in.ReadSlice(0)
	switch {
	case err == nil:
		return string(b[:len(b)-1]), false, nil
	case errors.Is(err, io.EOF):
		return string(b), true, nil
	case errors.Is(err, bufio.ErrBufferFull):
		return "", true, fmt.Errorf("the command is longer than %d bytes", MaxCommand)
	}
	return "", true, err
}

// refuse tells a client why its command is not read. One that is silent gets no
// answer.
func (s *Socket) refuse(conn *net.UnixConn, err error) {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ECONNRESET) {
		return
	}
	conn.SetWriteDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "%d %v\n", Syntax, err) // who does not read it has lost nothing
}

// answer performs a command.
func (s *Socket) answer(text string) string {
	c, err := parse(text)
	if err != nil {
		s.log.Warn(fmt.Sprintf("commands: %v", err))
		return fmt.Sprintf("%d syntax error: %v\n", Syntax, err)
	}
	if c.verb == verbList {
		return list(s.target.Values())
	}
	a := perform(s.ctx, s.target, &c)
	return fmt.Sprintf("%d %s\n", a.Code, a.meaning(c.verb))
}

// list writes one option a line.
func list(values []Value) string {
	var text strings.Builder
	for _, v := range values {
		text.WriteString(v.Name + "=" + v.Value + "\n")
	}
	return text.String()
}
