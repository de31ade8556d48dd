package pcapfile

import (
	"io/fs"
	"os"
	"syscall"
	"time"
)

// openStandardInput reads a trace from standard input.
func openStandardInput(opts Options) (*Source, error) {
	const name = "standard input"
	f := awakable(os.Stdin)
	if f == nil {
		return openStream(os.Stdin, name, opts)
	}
	s, err := openStream(f, name, opts)
	if err != nil {
		f.Close()
		return nil, err
	}
	s.file = f
	return s, nil
}

// openStream reads a trace from a file that is no regular one.
func openStream(f *os.File, name string, opts Options) (*Source, error) {
	s, err := NewReader(f, name, opts)
	if err == nil {
		s.pipe = f
	}
	return s, err
}

// awakable returns another file for the pipe that f is, whose Read a deadline ends:
// those that were open when the program started have no deadlines. It is nil if f is
// no pipe, or has them.
func awakable(f *os.File) *os.File {
	info, err := f.Stat()
	if err != nil || info.Mode()&fs.ModeNamedPipe == 0 || f.SetReadDeadline(time.Time{}) == nil {
		return nil
	}
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return nil
	}
	syscall.CloseOnExec(fd)
	if syscall.SetNonblock(fd, true) != nil {
		syscall.Close(fd)
		return nil
	}
	return os.NewFile(uintptr(fd), f.Name())
}

// Stop ends the trace where it is if it comes through a pipe: a Receive that waits
// for what nobody writes returns io.EOF.
func (s *Source) Stop() {
	s.stopped.Store(true)
	if s.pipe != nil {
		_ = s.pipe.SetReadDeadline(time.Unix(1, 0)) // what has no deadlines is no pipe
	}
}
