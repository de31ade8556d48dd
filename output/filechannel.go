package output

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
)

// FileChannel is the channel "file" of one thread.
type FileChannel struct {
	files  *Files
	thread int

	cur   *os.File // nil until there is something to write
	size  int64    // bytes in cur, whole lines all
	lines uint64   // lines in cur

	lost  atomic.Uint64
	async atomic.Pointer[error] // what the completer met since the last Flush
}

// Name implements Channel.
func (c *FileChannel) Name() string { return "file" }

// Write implements Channel. It writes the batch in one call and, where that
// fails half way, takes the half line back.
func (c *FileChannel) Write(b *Batch, _ int64) (int, error) {
	if b.Len() == 0 {
		return 0, nil
	}
	if c.cur == nil {
		cur, err := c.files.create(c.thread)
		if err != nil {
			return 0, err
		}
		c.cur = cur
	}
	n, err := c.cur.Write(b.Bytes())
	taken := b.linesIn(n)
	c.size += int64(b.end(taken))
	c.lines += uint64(taken)
	if err != nil {
		err = errors.Join(err, c.takeBack())
	}
	return taken, err
}

// takeBack removes what is behind the last whole line. Where even that
// fails, the file is given up: it never gets a .sem in this run, and the next
// run repairs it.
func (c *FileChannel) takeBack() error {
	err := c.cur.Truncate(c.size)
	if err != nil {
		c.lost.Add(c.lines)
		err = fmt.Errorf("%d lines stay in a file without %s: %w", c.lines, semSuffix, err)
		c.files.retain.done(baseName(c.cur))
		c.cur.Close()
		c.reset()
	}
	return err
}

func (c *FileChannel) reset() { c.cur, c.size, c.lines = nil, 0, 0 }

// Flush implements Channel: with sample files, the current one is complete.
func (c *FileChannel) Flush(int64) error {
	if c.cur != nil && (c.files.opt.Sample || !stillThere(c.cur, c.cur.Name())) {
		c.complete()
	}
	return c.takeAsync()
}

// Close completes the current file and waits until all files of this channel
// are complete, or given up.
func (c *FileChannel) Close() error {
	if c.cur != nil {
		c.complete()
	}
	c.files.completer.drain(c)
	return c.takeAsync()
}

// Lost implements Channel: lines of files that got no .sem.
func (c *FileChannel) Lost() uint64 { return c.lost.Load() }

// complete gives the current file to the completer.
func (c *FileChannel) complete() {
	c.files.completer.add(&writtenFile{File: c.cur, owner: c, lines: c.lines})
	c.reset()
}

// fail is called by the completer.
func (c *FileChannel) fail(err error) { c.async.Store(&err) }

func (c *FileChannel) takeAsync() error {
	if err := c.async.Swap(nil); err != nil {
		return *err
	}
	return nil
}
