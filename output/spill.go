package output

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

const (
	segmentSuffix = ".spill"
	// firstSegment is the number of the first segment of an empty spill: there
	// is room for lines that must go before it.
	firstSegment = 1 << 40
	// maxSegment is the size in bytes from which a new segment is begun; a small
	// spill has smaller ones, as space comes free a segment at a time.
	maxSegment      = 8 << 20
	segmentsOfSpill = 8

	positionFile = "position"
	positionSize = 28
)

// spill keeps lines on disk, in their order, until they are acknowledged: a
// folder of segments with rising numbers. What one run leaves, the next one
// reads. It survives the death of the program at any moment; it does not wait
// for the disk, so that after a power failure the last lines may be missing or
// damaged, which is noticed and counted.
//
// It is guarded by its Queue; the figures may be read by anyone.
type spill struct {
	dir   string
	limit int64 // bytes
	lock  *os.File

	segments []segment // oldest first
	tail     *os.File  // the last segment, if it was begun by this run
	head     *os.File  // the first segment, if it is being read
	at       position
	record   recordInfo // the one at at, if it was read
	marker   *os.File   // the position file
	buf      []byte

	lines   atomic.Int64  // on disk, not acknowledged
	used    atomic.Int64  // bytes on disk
	damaged atomic.Uint64 // segments that could not be read to their end
}

// segment is one file.
type segment struct {
	number uint64
	size   int64
	lines  int // not acknowledged, as far as headers tell
}

// position is what has been acknowledged.
type position struct {
	segment uint64
	offset  int64 // of the record that comes next
	lines   int   // of that record, acknowledged
}

// openSpill opens the folder dir, which it creates, with what an earlier run
// has left there.
func openSpill(dir string, limit int64) (*spill, error) {
	s := &spill{dir: dir, limit: limit}
	if err := s.open(); err != nil {
		s.close()
		return nil, fmt.Errorf("spill-dir %q: %w", dir, err)
	}
	return s, nil
}

func (s *spill) open() (err error) {
	if err = os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("%w (name a folder that the probe may create, or set spill-size = 0)", err)
	}
	if s.lock, err = os.OpenFile(filepath.Join(s.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return err
	}
	if !lockFile(s.lock) {
		return errors.New("is in use by another process: give each probe a folder of its own")
	}
	if s.marker, err = os.OpenFile(filepath.Join(s.dir, positionFile), os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return err
	}
	s.loadPosition()
	return s.scan()
}

// scan finds the segments that are there.
func (s *spill) scan() error {
	entries, err := os.ReadDir(s.dir) // sorted by name, so by number
	if err != nil {
		return err
	}
	for _, e := range entries {
		number, ok := parseSegment(e.Name())
		if !ok || !e.Type().IsRegular() {
			continue
		}
		if err := s.adopt(number); err != nil {
			return err
		}
	}
	return nil
}

// adopt takes over a segment of an earlier run.
func (s *spill) adopt(number uint64) error {
	f, err := os.Open(s.path(number))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	seg := segment{number: number, size: info.Size()}
	if len(s.segments) > 0 || number != s.at.segment || !s.at.holds(f, seg.size) {
		seg.lines = countLines(f, 0, seg.size)
		if len(s.segments) == 0 {
			s.at = position{segment: number}
		}
	} else {
		seg.lines = countLines(f, s.at.offset, seg.size) - s.at.lines
	}
	s.segments = append(s.segments, seg)
	s.lines.Add(int64(seg.lines))
	s.used.Add(seg.size)
	return nil
}

// holds tells whether p can be a position in a segment of size bytes.
func (p position) holds(r io.ReaderAt, size int64) bool {
	if p.offset < 0 || p.offset > size || p.lines < 0 {
		return false
	}
	if p.lines == 0 {
		return true
	}
	next, err := readHeader(r, p.offset, size)
	return err == nil && p.lines < next.lines
}

// countLines adds up the lines of the records from offset on, up to the first
// header that is damaged: reading will come to it and count it.
func countLines(r io.ReaderAt, offset, size int64) (lines int) {
	for offset < size {
		next, err := readHeader(r, offset, size)
		if err != nil {
			break
		}
		lines += next.lines
		offset = next.end(offset)
	}
	return lines
}

// segmentName is 16 hexadecimal digits, so that names sort like numbers.
func segmentName(number uint64) string { return fmt.Sprintf("%016x%s", number, segmentSuffix) }

func parseSegment(name string) (number uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != 16 {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 16, 64)
	return number, err == nil && segmentName(number) == name
}

func (s *spill) path(number uint64) string { return filepath.Join(s.dir, segmentName(number)) }

// empty tells whether all lines are acknowledged.
func (s *spill) empty() bool { return len(s.segments) == 0 }

// append adds b after all other lines. It returns false if the spill is full.
func (s *spill) append(b *Batch) (bool, error) {
	s.buf = appendRecord(s.buf[:0], b)
	defer s.trim()
	if s.used.Load()+int64(len(s.buf)) > s.limit || len(b.buf) > maxRecord {
		return false, nil
	}
	if err := s.roll(); err != nil {
		return false, err
	}
	seg := &s.segments[len(s.segments)-1]
	if _, err := s.tail.WriteAt(s.buf, seg.size); err != nil {
		return false, errors.Join(err, s.tail.Truncate(seg.size))
	}
	s.grow(seg, b)
	return true, nil
}

// trim gives the memory of a large record back.
func (s *spill) trim() {
	if cap(s.buf) > largeBatch {
		s.buf = nil
	}
}

// grow counts the record in s.buf.
func (s *spill) grow(seg *segment, b *Batch) {
	seg.size += int64(len(s.buf))
	seg.lines += b.Len()
	s.used.Add(int64(len(s.buf)))
	s.lines.Add(int64(b.Len()))
}

// roll makes sure that there is a tail with room.
func (s *spill) roll() error {
	if s.tail != nil && s.segments[len(s.segments)-1].size < min(maxSegment, s.limit/segmentsOfSpill) {
		return nil
	}
	number := uint64(firstSegment)
	if n := len(s.segments); n > 0 {
		number = s.segments[n-1].number + 1
	}
	f, err := s.create(number)
	if err != nil {
		return err
	}
	s.closeTail()
	s.tail = f
	s.segments = append(s.segments, segment{number: number})
	return nil
}

func (s *spill) create(number uint64) (*os.File, error) {
	return os.OpenFile(s.path(number), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
}

func (s *spill) closeTail() {
	if s.tail != nil {
		s.tail.Close()
		s.tail = nil
	}
}

// prepend puts b before all other lines, of which none has been read. There is
// always room: it is one batch.
func (s *spill) prepend(b *Batch) error {
	number := uint64(firstSegment)
	if len(s.segments) > 0 {
		number = s.segments[0].number - 1
	}
	f, err := s.create(number)
	if err != nil {
		return err
	}
	s.buf = appendRecord(s.buf[:0], b)
	defer s.trim()
	if _, err := f.Write(s.buf); err != nil {
		f.Close()
		return errors.Join(err, os.Remove(s.path(number)))
	}
	s.segments = slices.Insert(s.segments, 0, segment{number: number})
	s.grow(&s.segments[0], b)
	s.closeHead()
	s.head, s.at = f, position{segment: number}
	return nil
}

// read puts the first lines that are not acknowledged into b, those of one
// record at most; b is empty if there are none. lost counts lines that cannot be
// read, and err says why.
func (s *spill) read(b *Batch) (lost int, err error) {
	b.reset()
	for !s.empty() && b.Len() == 0 {
		seg := &s.segments[0]
		if s.at.segment != seg.number {
			s.at = position{segment: seg.number}
		}
		if s.at.offset == seg.size {
			err = errors.Join(err, s.dropHead())
			continue
		}
		if readErr := s.readHead(b); readErr != nil {
			s.damaged.Add(1)
			lost += seg.lines
			err = errors.Join(err, fmt.Errorf("%s: %w", s.path(seg.number), readErr), s.dropHead())
		}
	}
	return lost, err
}

// readHead reads the record at the position.
func (s *spill) readHead(b *Batch) (err error) {
	seg := &s.segments[0]
	if s.head == nil {
		if s.head, err = os.Open(s.path(seg.number)); err != nil {
			return err
		}
	}
	if s.record, err = readRecord(s.head, s.at.offset, seg.size, b); err != nil {
		return err
	}
	if s.at.lines > 0 {
		b.drop(s.at.lines)
	}
	return nil
}

// ack acknowledges the first lines of what was read last.
func (s *spill) ack(lines int) error {
	s.at.lines += lines
	s.segments[0].lines -= lines
	s.lines.Add(-int64(lines))
	if s.at.lines < s.record.lines {
		return s.savePosition()
	}
	s.at.offset, s.at.lines = s.record.end(s.at.offset), 0
	if s.at.offset == s.segments[0].size {
		return s.dropHead()
	}
	return s.savePosition()
}

// dropHead deletes the first segment.
func (s *spill) dropHead() error {
	s.closeHead()
	if len(s.segments) == 1 {
		s.closeTail()
	}
	seg := s.segments[0]
	s.segments = slices.Delete(s.segments, 0, 1)
	s.used.Add(-seg.size)
	s.lines.Add(-int64(seg.lines))
	s.at = position{}
	if err := os.Remove(s.path(seg.number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s *spill) closeHead() {
	if s.head != nil {
		s.head.Close()
		s.head = nil
	}
}

// savePosition remembers for the next run what is acknowledged: number of the
// segment (8 bytes), offset (8), lines (8), CRC-32C of these (4), little-endian.
func (s *spill) savePosition() error {
	var mark [positionSize]byte
	binary.LittleEndian.PutUint64(mark[0:], s.at.segment)
	binary.LittleEndian.PutUint64(mark[8:], uint64(s.at.offset))
	binary.LittleEndian.PutUint64(mark[16:], uint64(s.at.lines))
	binary.LittleEndian.PutUint32(mark[24:], crc32.Checksum(mark[:24], castagnoli))
	_, err := s.marker.WriteAt(mark[:], 0)
	return err
}

// loadPosition reads what savePosition wrote. Without it, lines of the first
// segment may come twice.
func (s *spill) loadPosition() {
	var mark [positionSize]byte
	if _, err := s.marker.ReadAt(mark[:], 0); err != nil {
		return
	}
	if crc32.Checksum(mark[:24], castagnoli) != binary.LittleEndian.Uint32(mark[24:]) {
		return
	}
	s.at = position{
		segment: binary.LittleEndian.Uint64(mark[0:]),
		offset:  int64(binary.LittleEndian.Uint64(mark[8:])),
		lines:   int(binary.LittleEndian.Uint64(mark[16:])),
	}
}

// close leaves everything on disk for the next run.
func (s *spill) close() {
	s.closeHead()
	s.closeTail()
	for _, f := range []*os.File{s.marker, s.lock} {
		if f != nil {
			f.Close()
		}
	}
}
