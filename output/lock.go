package output

import (
	"errors"
	"os"
	"syscall"
)

// lockFile marks f as being written, until it is closed or the process ends,
// however it ends. It says false if another holder is there. Where the file
// system has no locks, everyone gets one.
func lockFile(f *os.File) bool {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	return !errors.Is(err, syscall.EWOULDBLOCK)
}

// stillThere tells whether the path leads to f: nobody deleted or moved it.
func stillThere(f *os.File, path string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(open, named)
}

// deleted tells whether f has no name left: its content goes when it is closed.
func deleted(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}

// exists tells whether something has the name path; a doubt is a yes.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}
