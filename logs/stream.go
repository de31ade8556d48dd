package logs

import "io"

// stream is standard error.
type stream struct {
	name     string
	to       io.Writer
	terminal bool
}

func (s *stream) write(e *entry) error {
	line := longLine(s.name, e)
	if s.terminal {
		line = shortLine(e)
	}
	_, err := io.WriteString(s.to, line)
	return err
}

func (s *stream) reopen() error { return nil }
func (s *stream) close() error  { return nil }
