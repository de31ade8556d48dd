package pcapfile

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"mmt/dataplane"
)

// window is the part of a trace that is in memory: the whole of a mapped file,
// or the chunk of a stream that is being read.
type window struct {
	buf    []byte
	pos    int   // the next byte to read in buf
	base   int64 // offset of buf[0] in the trace
	want   int   // how many bytes peek looked for in vain
	skip   int   // bytes still to be passed over before the next peek
	inside bool  // in the middle of a record: no clean end is possible here
	src    *stream
}

func (w *window) unread() int { return len(w.buf) - w.pos }

// offset is the place of the next byte in the trace.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// peek returns the next n bytes, without moving on, or nil if they are not in
// memory. Nothing can be appended to what it returns.
func (w *window) peek(n int) []byte {
	if w.skip > 0 {
		drop := min(w.skip, w.unread())
		w.pos += drop
		if w.skip -= drop; w.skip > 0 {
			w.want = 1
			return nil
		}
	}
	if w.unread() < n {
		w.want = n
		return nil
	}
	return w.buf[w.pos : w.pos+n : w.pos+n]
}

// more gets the bytes that the last peek missed.
func (w *window) more() error {
	if w.src == nil {
		return io.EOF
	}
	return w.src.more(w)
}

// hold keeps the memory of the n packets just read until release.
func (w *window) hold(n int) {
	if w.src != nil {
		w.src.cur.held += n
	}
}

// chunkSize is larger than any record that is read in one piece.
const chunkSize = 1 << 20

// chunk is a piece of memory that packets of a stream lie in.
type chunk struct {
	mem  []byte
	held int // packets in mem that are not yet released
}

// stream reads a trace through chunks. A chunk is not written to as long as
// packets hold it, except behind the bytes that are already read. There are as
// many chunks as the caller holds packets at most.
type stream struct {
	r      io.Reader
	gzip   bool
	chunks []*chunk
	cur    *chunk // the one that the window is on
	err    error  // what the reader said last, once it said something
}

func newStream(r io.Reader) *stream {
	first := &chunk{mem: make([]byte, chunkSize)}
	return &stream{r: r, chunks: []*chunk{first}, cur: first}
}

// more reads until w.want bytes are unread, going on to another chunk where the
// present one is full.
func (s *stream) more(w *window) error {
	if cap(w.buf)-w.pos < w.want {
		s.roll(w)
	}
	for empty := 0; w.unread() < w.want; {
		if s.err != nil {
			return s.err
		}
		var n int
		n, s.err = s.r.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+n]
		if n > 0 {
			empty = 0
		} else if empty++; empty == 100 {
			return io.ErrNoProgress
		}
	}
	return nil
}

// roll moves the unread bytes to the start of a chunk that nobody holds.
func (s *stream) roll(w *window) {
	c := s.free()
	n := copy(c.mem, w.buf[w.pos:])
	w.base += int64(w.pos)
	w.buf, w.pos, s.cur = c.mem[:n], 0, c
}

// free returns a chunk that nobody holds.
func (s *stream) free() *chunk {
	if s.cur.held == 0 {
		return s.cur
	}
	for _, c := range s.chunks {
		if c.held == 0 {
			return c
		}
	}
	c := &chunk{mem: make([]byte, chunkSize)}
	s.chunks = append(s.chunks, c)
	return c
}

// release gives packets back. It finds the chunk by the address of a packet's
// bytes, which serves better than a mark in the burst, as the burst belongs to
// the caller.
func (s *stream) release(packets []dataplane.Packet) {
	likely := s.cur
	for i := range packets {
		p := &packets[i]
		if c := s.chunkOf(p.Data, likely); c != nil {
			c.held = max(c.held-1, 0)
			likely = c
		}
		p.Data = nil // releasing twice does no harm
	}
}

// chunkOf returns the chunk that bytes lie in, or nil.
func (s *stream) chunkOf(data []byte, likely *chunk) *chunk {
	if likely.has(data) {
		return likely
	}
	for _, c := range s.chunks {
		if c.has(data) {
			return c
		}
	}
	return nil
}

func (c *chunk) has(data []byte) bool {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(c.mem)))
	return uintptr(unsafe.Pointer(unsafe.SliceData(data)))-start < chunkSize
}

func isGzip(head []byte) bool { return len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b }

// unpack puts a gzip reader before the stream if it begins like one.
func (s *stream) unpack(w *window) error {
	w.buf = s.cur.mem[:0]
	if w.peek(2) == nil {
		if err := s.more(w); err != nil && err != io.EOF {
			return err
		}
	}
	if !isGzip(w.buf) {
		return nil
	}
	begun := bytes.Clone(w.buf)
	packed := io.MultiReader(bytes.NewReader(begun), &rest{s.r, s.err})
	z, err := gzip.NewReader(bufio.NewReaderSize(packed, chunkSize/4))
	if err != nil {
		return fmt.Errorf("begins like gzip, but its header is damaged: %w", err)
	}
	s.r, s.gzip, s.err = z, true, nil
	w.buf = s.cur.mem[:0]
	return nil
}

// rest is what is left of a reader that may have ended already.
type rest struct {
	r   io.Reader
	err error
}

func (r *rest) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return r.r.Read(p)
}

// isGzipError tells damage in packed data from a failure to read it.
func isGzipError(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader)
}
