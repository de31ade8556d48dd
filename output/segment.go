package output

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A segment is one file of a spill: records one after the other, each a batch.
// All numbers are little-endian:
//
//	0   4  "MMTr"
//	4   4  number of lines
//	8   4  size of the lines in bytes
//	12  4  CRC-32C of bytes 4 to 11 and of the lines
//	16     the lines, each with its line end
const (
	recordMagic  = "MMTr"
	recordHeader = 16
	// maxRecord bounds what a damaged size can make the reader allocate. It is
	// above what a Writer collects in one batch.
	maxRecord = 2 * DefaultMaxPending
)

// errDamaged is the error of a record that is not as it was written.
var errDamaged = errors.New("damaged record")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// recordInfo is what the header of a record says.
type recordInfo struct {
	lines, size int
	sum         uint32
}

// end is where the record ends that begins at offset.
func (r recordInfo) end(offset int64) int64 { return offset + recordHeader + int64(r.size) }

// appendRecord appends b as a record to dst.
func appendRecord(dst []byte, b *Batch) []byte {
	start := len(dst)
	dst = append(dst, recordMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(b.Len()))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b.buf)))
	sum := crc32.Update(crc32.Checksum(dst[start+4:], castagnoli), castagnoli, b.buf)
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return append(dst, b.buf...)
}

// parseHeader reads the header of a record; rest is how many bytes the segment
// has from its start on.
func parseHeader(head []byte, rest int64) (recordInfo, error) {
	if len(head) < recordHeader || string(head[:4]) != recordMagic {
		return recordInfo{}, fmt.Errorf("%w: no header", errDamaged)
	}
	lines, size := binary.LittleEndian.Uint32(head[4:]), binary.LittleEndian.Uint32(head[8:])
	if size > maxRecord || int64(size) > rest-recordHeader || lines == 0 || lines > size {
		return recordInfo{}, fmt.Errorf("%w: %d lines of %d bytes cannot be", errDamaged, lines, size)
	}
	return recordInfo{int(lines), int(size), binary.LittleEndian.Uint32(head[12:])}, nil
}

// readHeader reads the header of the record at offset of a segment of size bytes.
func readHeader(r io.ReaderAt, offset, size int64) (recordInfo, error) {
	var head [recordHeader]byte
	if size-offset < recordHeader {
		return recordInfo{}, fmt.Errorf("%w: half a header", errDamaged)
	}
	if _, err := r.ReadAt(head[:], offset); err != nil {
		return recordInfo{}, err
	}
	return parseHeader(head[:], size-offset)
}

// readRecord puts the record at offset of a segment of size bytes into b. After
// an error b is empty.
func readRecord(r io.ReaderAt, offset, size int64, b *Batch) (recordInfo, error) {
	b.reset()
	info, err := readHeader(r, offset, size)
	if err != nil {
		return info, err
	}
	b.buf = append(b.buf, make([]byte, info.size)...)
	if _, err := r.ReadAt(b.buf, offset+recordHeader); err != nil {
		b.reset()
		return info, err
	}
	if info.checksum(b.buf) != info.sum || !b.index(info.lines) {
		b.reset()
		return info, fmt.Errorf("%w: the checksum or the number of lines is wrong", errDamaged)
	}
	return info, nil
}

// checksum returns what the header's checksum should be with these lines.
func (r recordInfo) checksum(lines []byte) uint32 {
	var head [8]byte
	binary.LittleEndian.PutUint32(head[:4], uint32(r.lines))
	binary.LittleEndian.PutUint32(head[4:], uint32(r.size))
	return crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, lines)
}

// index finds the lines in b.buf, and tells whether they are want whole ones.
func (b *Batch) index(want int) bool {
	for at := 0; at < len(b.buf); {
		i := bytes.IndexByte(b.buf[at:], '\n')
		if i < 0 {
			return false
		}
		at += i + 1
		b.ends = append(b.ends, at)
	}
	return len(b.ends) == want
}
