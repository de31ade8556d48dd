package reconstruct

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// putPiece writes a piece of a body with its head.
func putPiece(b []byte, kind Kind, job uint64, data []byte) {
	binary.LittleEndian.PutUint64(b, job)
	binary.LittleEndian.PutUint32(b[8:], uint32(len(data)))
	b[12] = byte(kind)
	copy(b[pieceHead:], data)
}

// nextPiece splits the first piece off the contents of a chunk.
func nextPiece(b []byte) (kind Kind, job uint64, data, rest []byte) {
	end := pieceHead + int(binary.LittleEndian.Uint32(b[8:]))
	return Kind(b[12]), binary.LittleEndian.Uint64(b), b[pieceHead:end], b[end:]
}

// job is a body on its way: the beginning in a file without a name that anybody
// looks for, if it is long, the rest in memory.
type job struct {
	folder *folder
	part   string // name of the file
	inPart int64  // bytes of it, 0: there is none
	held   []byte
	cut    bool // more came than there was room for
}

func (j *job) size() int64 { return j.inPart + int64(len(j.held)) }

// room returns how many of n bytes more a folder takes.
func (f *folder) room(n int64) int64 {
	if f.MaxTotal == 0 {
		return n
	}
	return max(min(n, f.MaxTotal-f.used), 0)
}

// add appends bytes, as far as limits allow.
func (j *job) add(data []byte) error {
	n := int64(len(data))
	if j.folder.MaxFile > 0 {
		n = max(min(n, j.folder.MaxFile-j.size()), 0)
	}
	n = j.folder.room(n)
	j.cut = j.cut || n < int64(len(data))
	j.held = append(j.held, data[:n]...)
	j.folder.used += n
	if len(j.held) < maxHeld {
		return nil
	}
	return j.spill()
}

// spill moves what is in memory to the file.
func (j *job) spill() error {
	flags := os.O_WRONLY | os.O_APPEND
	if j.inPart == 0 {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := j.folder.root.OpenFile(j.part, flags, 0o640)
	if err != nil {
		return err
	}
	n, err := file.Write(j.held)
	j.inPart += int64(n)
	j.held = j.held[:0]
	return errors.Join(err, file.Close())
}

// read gives the body to f.
func (j *job) read(f func(body io.Reader) error) error {
	if j.inPart == 0 {
		return f(bytes.NewReader(j.held))
	}
	file, err := j.folder.root.Open(j.part)
	if err != nil {
		return &diskError{err}
	}
	defer file.Close()
	return f(io.MultiReader(file, bytes.NewReader(j.held)))
}

// drop forgets the body.
func (j *job) drop() {
	j.folder.used -= j.size()
	if j.inPart > 0 {
		j.folder.root.Remove(j.part)
	}
}

// keep gives the body as it came a name.
func (j *job) keep(name string) error {
	if err := j.spill(); err != nil {
		return err
	}
	return j.folder.root.Rename(j.part, name)
}

// diskError is an error of the disk, and not of what was to be written.
type diskError struct{ error }

// Unwrap returns the system's error.
func (e *diskError) Unwrap() error { return e.error }

// disk marks the errors of a file.
type disk struct{ file *os.File }

func (d disk) Write(b []byte) (int, error) {
	n, err := d.file.Write(b)
	if err != nil {
		err = &diskError{err}
	}
	return n, err
}

// decode writes the body without its codings to another file, and returns its name
// and size, of which the folder knows. That file is complete where err is nil, has
// all that there is of a body that is cut where it is io.ErrUnexpectedEOF, and is
// removed where it is another one.
func (j *job) decode(f *File) (name string, size int64, err error) {
	name = j.part + "-decoded"
	file, err := j.folder.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return name, 0, &diskError{err}
	}
	out := &bounded{w: disk{file}, ratio: j.folder.MaxRatio, limit: j.folder.limit()}
	err = j.read(func(body io.Reader) error { return decode(out, body, f.Transfer, f.Content) })
	if closed := file.Close(); closed != nil {
		err = &diskError{closed}
	}
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
		j.folder.used += out.out
		return name, out.out, err
	}
	j.folder.root.Remove(name)
	return name, 0, err
}

// limit returns how large a decoded file may be, 0: as large as it is.
func (f *folder) limit() int64 {
	limit := f.MaxFile
	if left := f.MaxTotal - f.used; f.MaxTotal > 0 && (limit == 0 || left < limit) {
		limit = max(left, 1)
	}
	return limit
}
