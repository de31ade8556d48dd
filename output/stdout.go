package output

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// Stdout is the program's standard output, shared by the channels of several
// workers: whole lines of one never break into lines of another.
type Stdout struct {
	mu    sync.Mutex
	w     io.Writer
	rest  []byte         // the second half of a line of which w took the first
	owner *StdoutChannel // whose line that is
}

// NewStdout makes channels that write to w, usually os.Stdout.
func NewStdout(w io.Writer) *Stdout { return &Stdout{w: w} }

// Channel returns a new channel for one worker.
func (s *Stdout) Channel() *StdoutChannel { return &StdoutChannel{out: s} }

// finishLine writes the second half of a broken line.
func (s *Stdout) finishLine() error {
	n, err := s.w.Write(s.rest)
	s.rest = s.rest[n:]
	return err
}

// write takes lines from b. A line of which w took a part counts as taken:
// what is missing is written before anything else.
func (s *Stdout) write(c *StdoutChannel, b *Batch) (taken int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) > 0 {
		if err := s.finishLine(); err != nil {
			return 0, err
		}
	}
	n, err := s.w.Write(b.Bytes())
	taken = b.linesIn(n)
	if n > b.end(taken) {
		taken++
		s.owner = c
		s.rest = append(s.rest[:0], b.Bytes()[n:b.end(taken)]...)
	}
	return taken, err
}

// StdoutChannel is the channel "stdout" of one worker.
type StdoutChannel struct {
	out  *Stdout
	lost atomic.Uint64
}

// Name implements Channel.
func (c *StdoutChannel) Name() string { return "stdout" }

// Write implements Channel.
func (c *StdoutChannel) Write(b *Batch, _ int64) (int, error) {
	taken, err := c.out.write(c, b)
	if err != nil {
		err = fmt.Errorf("standard output: %w", err)
	}
	return taken, err
}

// Flush implements Channel: lines are out already.
func (c *StdoutChannel) Flush(int64) error { return nil }

// Close completes the worker's broken line, if there is one. It leaves the
// stream open.
func (c *StdoutChannel) Close() error {
	out := c.out
	out.mu.Lock()
	defer out.mu.Unlock()
	if len(out.rest) == 0 || out.owner != c {
		return nil
	}
	err := out.finishLine()
	if err == nil {
		return nil
	}
	// The line is lost; its line end still comes before other workers' lines.
	out.rest, out.owner = out.rest[len(out.rest)-1:], nil
	c.lost.Add(1)
	return fmt.Errorf("standard output: the last line is cut: %w", err)
}

// Lost implements Channel.
func (c *StdoutChannel) Lost() uint64 { return c.lost.Load() }
