package logs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// fileRights are those of a log file: what is logged may name hosts and users.
const fileRights = 0o640

// file is a log file. One that was moved or removed by those who rotate logs is
// begun anew, at the next message or when told.
type file struct {
	name, path string
	f          *os.File
	looked     time.Time // when it was last seen to be in its place
	now        func() time.Time
}

func openFile(name, path string, now func() time.Time) (*file, error) {
	f := &file{name: name, path: path, now: now}
	if err := f.reopen(); err != nil {
		return nil, err
	}
	return f, nil
}

// reopen opens the file of that name. Where that fails the old one stays.
func (f *file) reopen() error {
	n, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, fileRights)
	if err != nil {
		return fmt.Errorf("logfile: %w%s", err, mend(err))
	}
	if f.f != nil {
		f.f.Close()
	}
	f.f, f.looked = n, f.now()
	return nil
}

// mend says what helps where a file cannot be opened.
func mend(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return " (create its folder, or name another file)"
	case errors.Is(err, fs.ErrPermission):
		return " (give the probe's user the right to write there, or name another file)"
	}
	return ""
}

// moved tells, looking no more than once a second, whether the file is no longer
// the one of that name.
func (f *file) moved() bool {
	if now := f.now(); now.Sub(f.looked) < time.Second {
		return false
	} else {
		f.looked = now
	}
	have, err := f.f.Stat()
	if err != nil {
		return true
	}
	is, err := os.Stat(f.path)
	return err != nil || !os.SameFile(have, is)
}

func (f *file) write(e *entry) error {
	if f.moved() {
		// Where it cannot be opened, those who look into the old one see why.
		if err := f.reopen(); err != nil {
			f.f.WriteString(longLine(f.name, &entry{time: e.time, sev: failure, text: "the log goes on where it was: " + err.Error()}))
		}
	}
	_, err := f.f.WriteString(longLine(f.name, e))
	return err
}

func (f *file) close() error { return f.f.Close() }
