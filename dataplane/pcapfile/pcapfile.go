// Package pcapfile reads and writes trace files: classic pcap and pcapng, plain
// or packed with gzip, from a file or from standard input. A plain file is
// mapped into memory and its packets are handed out where they lie; everything
// else goes through a few large chunks of memory that are used again as soon as
// their packets are released. Either way, a packet costs no allocation.
//
// A trace that is cut or damaged gives all packets before the damage and then
// one *DamageError that says where it is.
//
// The package follows the formats of draft-ietf-opsawg-pcap and
// draft-ietf-opsawg-pcapng. It does not know what packets mean (except to a
// filter), does not sort them by time, and passes over pcapng blocks that hold
// no packets, such as name tables, decryption secrets and drop counts.
//
// A file that somebody makes shorter while it is read cannot be kept readable:
// the system takes the pages away. Receive looks at the size of the file before
// each burst and ends the trace where it is cut. In the short time between that
// and the use of a packet, touching it would end the process; so Receive sets
// debug.SetPanicOnFault for the goroutine that calls it, which makes it an
// ordinary panic there. A goroutine other than the one that calls Receive
// should set it too if it reads packets. Files that grow are read up to the
// size they had when opened.
package pcapfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync/atomic"

	"mmt/dataplane"
	"mmt/dataplane/filter"
)

// maxPacket is the largest number of captured bytes that a sound record can
// have: the largest snapshot length that capturing programs use.
const maxPacket = 262144

// Options say how a trace is read.
type Options struct {
	// Filter is a tcpdump expression (see package filter). Packets that do not
	// match are counted and left out. Empty means all packets.
	Filter string
}

// DamageError tells where a trace stops making sense. All packets before that
// place have been handed out.
type DamageError struct {
	File   string
	Offset int64  // byte in the trace (after unpacking) where the bad record starts
	Packet uint64 // how many packets came before it
	Reason string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s: damaged at byte %d after %d packets: %s (the file may be cut; everything before was read)",
		e.File, e.Offset, e.Packet, e.Reason)
}

// damage is a reason for a DamageError, before it is known where it happened.
type damage string

func (d damage) Error() string { return string(d) }

func damagef(format string, args ...any) error { return damage(fmt.Sprintf(format, args...)) }

// errShort means that the window holds too few bytes for the next record; the
// window knows how many are needed.
var errShort = errors.New("more bytes are needed")

// format is a trace format: classic or pcapng.
type format interface {
	// next reads one packet from the window, or returns errShort without
	// having moved, or damage.
	next(p *dataplane.Packet) error
}

// Source is a trace as a source of packets. Receive, Release and Close are for
// one goroutine; Stats, Position and Stop may be called from any.
type Source struct {
	name    string
	win     window
	format  format
	file    *os.File // nil if the trace is not a file that this source opened
	pipe    *os.File // nil if the trace is not a pipe
	stopped atomic.Bool
	mapped  *mapping // nil if the trace is a stream
	filters filters
	packets uint64          // read from the trace, also those left out
	stats   dataplane.Stats // the reader's own; what others see is in shown
	end     error           // what comes after the last packet, once it is known
	shown   struct {
		received, bytes, filtered atomic.Uint64
		position                  atomic.Int64
	}
}

var _ dataplane.Source = (*Source)(nil)

// Open opens a trace file; "-" is standard input. Regular files are mapped
// unless they are packed. The error of a file that is no trace tells how it
// begins.
func Open(path string, opts Options) (*Source, error) {
	if path == "-" {
		return openStandardInput(opts)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s, err := openFile(f, path, opts)
	if err != nil {
		f.Close()
		return nil, err
	}
	s.file = f
	return s, nil
}

func openFile(f *os.File, path string, opts Options) (*Source, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s: is a folder, not a trace: name a file in it", path)
	}
	if !info.Mode().IsRegular() {
		return openStream(f, path, opts)
	}
	var head [2]byte
	if n, _ := f.ReadAt(head[:], 0); n == 0 || isGzip(head[:n]) {
		return NewReader(f, path, opts) // which also has the words for an empty file
	}
	m, err := mapFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be mapped into memory: %w", path, err)
	}
	s := &Source{name: path, mapped: m, win: window{buf: m.data}}
	if err := s.start(opts); err != nil {
		m.unmap()
		return nil, err
	}
	return s, nil
}

// NewReader reads a trace, plain or packed with gzip, from a stream. name is
// used in messages. Closing the source does not close r.
func NewReader(r io.Reader, name string, opts Options) (*Source, error) {
	s := &Source{name: name}
	s.win.src = newStream(r)
	if err := s.win.src.unpack(&s.win); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := s.start(opts); err != nil {
		return nil, err
	}
	return s, nil
}

// start compiles the filter and reads the head of the trace.
func (s *Source) start(opts Options) error {
	if err := s.filters.parse(opts.Filter); err != nil {
		return err
	}
	if err := s.readHead(); err != nil {
		return err
	}
	if c, ok := s.format.(*classic); ok {
		if _, err := s.filters.forLink(c.link); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	s.show()
	return nil
}

// Receive fills b with the next packets of the trace; see dataplane.Source.
// From a stream, it hands out what has arrived and waits only if that is
// nothing; it takes as much memory as the caller holds packets at most. An error
// is given once, then io.EOF follows.
func (s *Source) Receive(b *dataplane.Burst) error {
	b.N = 0
	if s.end == nil && s.mapped != nil {
		debug.SetPanicOnFault(true)
		s.checkSize()
	}
	err := s.receive(b)
	s.show()
	if b.N > 0 {
		s.win.hold(b.N)
		return nil
	}
	return err
}

// receive reads until b holds a packet or there is an error.
func (s *Source) receive(b *dataplane.Burst) error {
	for s.end == nil {
		err := s.fill(b)
		if err == errShort && b.N == 0 {
			if err = s.win.more(); err == nil {
				s.show()
				continue
			}
		}
		if err != nil && err != errShort {
			s.end = s.explain(err)
		}
		if b.N > 0 {
			return nil
		}
	}
	err := s.end
	s.end = io.EOF
	return err
}

// fill reads packets until b is full or something stands in the way. A panic
// here is a page of the mapping that the system took away.
func (s *Source) fill(b *dataplane.Burst) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = s.fault(r)
		}
	}()
	for b.N < dataplane.BurstSize {
		p := &b.Packets[b.N]
		if err := s.format.next(p); err != nil {
			return err
		}
		s.packets++
		match, err := s.filters.match(p)
		if err != nil {
			return err
		}
		if !match {
			if s.stats.Filtered++; s.stats.Filtered%4096 == 0 {
				s.show() // a filter that matches little must not stop the progress display
			}
			continue
		}
		s.stats.Received++
		s.stats.ReceivedBytes += uint64(p.Len)
		b.N++
	}
	return nil
}

// explain turns what ended the trace into what the user is told.
func (s *Source) explain(err error) error {
	var d damage
	switch {
	case s.stopped.Load() && errors.Is(err, os.ErrDeadlineExceeded):
		return io.EOF
	case s.mapped != nil && s.mapped.shrunk && err == io.EOF:
		d = "somebody made the file shorter while it was read"
	case err == io.EOF && s.win.unread() == 0 && !s.win.inside:
		return io.EOF
	case errors.As(err, &d):
	case s.win.src != nil && s.win.src.gzip && errors.Is(err, io.ErrUnexpectedEOF):
		d = "the gzip data ends too early"
	case err == io.EOF:
		d = damage(fmt.Sprintf("it ends where a record needs %d more bytes", s.win.want-s.win.unread()))
	case s.win.src != nil && s.win.src.gzip && isGzipError(err):
		d = damage("the gzip data is damaged: " + err.Error())
	default:
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return &DamageError{File: s.name, Offset: s.win.offset(), Packet: s.packets, Reason: string(d)}
}

// Release gives the memory of packets back; they may come in other bursts than
// those they were received in. For a mapped file there is nothing to do.
func (s *Source) Release(b *dataplane.Burst) {
	if s.win.src != nil {
		s.win.src.release(b.Packets[:b.N])
	}
}

// Stats may be called from any goroutine, also after Close.
func (s *Source) Stats() dataplane.Stats {
	return dataplane.Stats{
		Received:      s.shown.received.Load(),
		ReceivedBytes: s.shown.bytes.Load(),
		Filtered:      s.shown.filtered.Load(),
	}
}

// Position tells how many bytes of the trace have been read and how many there
// are; total is -1 for streams and packed files, of which read counts the
// unpacked bytes. It may be called from any goroutine.
func (s *Source) Position() (read, total int64) {
	if s.mapped == nil {
		return s.shown.position.Load(), -1
	}
	return s.shown.position.Load(), s.mapped.size
}

// show lets other goroutines see the counters.
func (s *Source) show() {
	s.shown.received.Store(s.stats.Received)
	s.shown.bytes.Store(s.stats.ReceivedBytes)
	s.shown.filtered.Store(s.stats.Filtered)
	s.shown.position.Store(s.win.offset())
}

// Close frees the memory of the source; packets that it handed out must not be
// read any more.
func (s *Source) Close() error {
	s.end = io.EOF
	s.win.buf, s.win.pos = nil, 0
	if s.mapped != nil {
		s.mapped.unmap()
	}
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// filters holds the compiled filter for each link type that has come up.
type filters struct {
	expr     *filter.Expr // nil: no filter
	programs []linkProgram
}

type linkProgram struct {
	link    dataplane.LinkType
	program *filter.Program
}

func (f *filters) parse(text string) error {
	if text == "" {
		return nil
	}
	expr, err := filter.Parse(text)
	f.expr = expr
	return err
}

func (f *filters) match(p *dataplane.Packet) (bool, error) {
	if f.expr == nil {
		return true, nil
	}
	program, err := f.forLink(p.Link)
	if err != nil {
		return false, err
	}
	return program.Match(p.Data, p.Len), nil
}

// forLink finds the program for a link type among the few of one trace.
func (f *filters) forLink(link dataplane.LinkType) (*filter.Program, error) {
	for i := range f.programs {
		if f.programs[i].link == link {
			return f.programs[i].program, nil
		}
	}
	if f.expr == nil {
		return nil, nil
	}
	program, err := f.expr.Compile(link)
	if err == nil {
		f.programs = append(f.programs, linkProgram{link, program})
	}
	return program, err
}
