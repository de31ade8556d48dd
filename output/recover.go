package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

// Recovery says what an earlier run, ended by a crash, had left in the
// directory: files without .sem. Each whole line in them is kept: the half line
// at the end, if any, is cut off, and the file gets its .sem; a file without a
// whole line is deleted. A file that another process is writing is left alone.
type Recovery struct {
	Files    int   // completed
	HalfLine int   // of these, cut at the end
	CutBytes int64 // bytes cut, in all files
	Busy     int   // left to another process
	Err      error // files that could not be completed, and why
}

// recover completes the files of earlier runs. It returns the names of all
// complete files, oldest first.
func (f *Files) recover() ([]string, error) {
	found, err := f.scan()
	if err != nil {
		return nil, err
	}
	var complete []string
	for _, name := range found {
		if f.recoverFile(f.path(name)) {
			complete = append(complete, name)
		}
	}
	if f.recovered.Files > 0 {
		err = syncDir(f.opt.Dir)
	}
	return complete, err
}

// scan returns the names of all report files, oldest first.
func (f *Files) scan() ([]string, error) {
	entries, err := os.ReadDir(f.opt.Dir)
	if err != nil {
		return nil, err
	}
	var found []fileName
	for _, e := range entries {
		if n, ok := parseFileName(e.Name(), f.opt.Name); ok && e.Type().IsRegular() {
			found = append(found, n)
		}
	}
	slices.SortFunc(found, fileName.compare)
	names := make([]string, len(found))
	for i, n := range found {
		names[i] = n.String()
	}
	return names, nil
}

// recoverFile says whether the file path is complete, if need be after
// completing it.
func (f *Files) recoverFile(path string) bool {
	if exists(path + semSuffix) {
		return true
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return f.cannotRecover(err)
	}
	defer file.Close()
	if !lockFile(file) {
		f.recovered.Busy++
		return false
	}
	if exists(path+semSuffix) || !stillThere(file, path) {
		return exists(path) // its writer was just ready
	}
	return f.recoverLocked(file, path)
}

func (f *Files) recoverLocked(file *os.File, path string) bool {
	size, cut, err := cutHalfLine(file)
	if err != nil {
		return f.cannotRecover(err)
	}
	f.recovered.CutBytes += cut
	if size == 0 {
		return f.cannotRecover(os.Remove(path))
	}
	if err := file.Sync(); err != nil {
		return f.cannotRecover(err)
	}
	if err := createSem(path); err != nil {
		return f.cannotRecover(err)
	}
	f.recovered.Files++
	if cut > 0 {
		f.recovered.HalfLine++
	}
	return true
}

// cannotRecover keeps err for the user; the file is no complete one.
func (f *Files) cannotRecover(err error) bool {
	if !errors.Is(err, fs.ErrNotExist) {
		f.recovered.Err = errors.Join(f.recovered.Err, err)
	}
	return false
}

// cutHalfLine shortens file to its last line end. It returns the new size and
// how many bytes went.
func cutHalfLine(file *os.File) (size, cut int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return 0, 0, err
	}
	size, err = lastLineEnd(file, info.Size())
	cut = info.Size() - size
	if err == nil && cut > 0 {
		err = file.Truncate(size)
	}
	return size, cut, err
}

// lastLineEnd returns the offset behind the last line end in the first size
// bytes, 0 if there is none. It reads backwards, as lines are short.
func lastLineEnd(r io.ReaderAt, size int64) (int64, error) {
	var buf [4096]byte
	for size > 0 {
		from := max(0, size-int64(len(buf)))
		part := buf[:size-from]
		if _, err := r.ReadAt(part, from); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return from + int64(i) + 1, nil
		}
		size = from
	}
	return 0, nil
}

// String describes the recovery for the log, without Err; "" if there was
// nothing to do.
func (r Recovery) String() string {
	if r.Files == 0 && r.Busy == 0 && r.CutBytes == 0 {
		return ""
	}
	return fmt.Sprintf("report files of an earlier run: %d completed, %d of them without the half line at their end (%d bytes cut), %d left to another process",
		r.Files, r.HalfLine, r.CutBytes, r.Busy)
}
