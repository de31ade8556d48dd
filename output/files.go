package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// FileOptions are the manual's block file-output (behaviour has the same).
type FileOptions struct {
	Dir    string // option output-dir
	Name   string // option output-file: the end of the file names
	Sample bool   // option sample-file: a new file each cache-period
	Retain int    // option retain-files, with Sample: complete files kept; 0 keeps all
	// Threads is the highest thread number that will write; used to check Retain.
	Threads int

	// NoSync leaves out waiting for the disk: a file that has its .sem may then
	// be damaged by a power failure (not by a crash of the program). For traces,
	// which can be analysed again.
	NoSync bool
	// Clock gives the times in file names; nil is time.Now. It is asked once a
	// file.
	Clock func() time.Time
}

// Files is a directory of report files, shared by the channels of all workers.
//
// A file gets its final name when its first line is written; there are no
// files without lines. When it is complete, it is synced to the disk, and only
// then the empty file <name>.sem appears: whoever opens only files with .sem
// never sees a half line, whatever happens to the program or the machine. While
// it is being written a file is locked (flock).
//
// Completing and deleting files is done by a goroutine of Files, so that no
// worker waits for a disk to sync.
type Files struct {
	opt       FileOptions
	retain    *retainer
	completer *completer
	recovered Recovery

	mu   sync.Mutex // guards last
	last int64      // the newest stamp given, microseconds
}

// OpenFiles checks that the directory can be written, completes what an
// earlier run left behind (see Recovery), and deletes what exceeds
// FileOptions.Retain. Errors name the option and the mend.
func OpenFiles(o FileOptions) (*Files, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if !o.Sample {
		o.Retain = 0
	}
	f := &Files{opt: o, retain: &retainer{dir: o.Dir, keep: o.Retain}}
	names, err := f.recover()
	if err != nil {
		return nil, fmt.Errorf("output-dir %q: %w", o.Dir, err)
	}
	f.retain.start(names)
	if err := f.retain.prune(); err != nil {
		return nil, fmt.Errorf("output-dir %q: cannot delete old files (%w): delete them, or set retain-files = 0", o.Dir, err)
	}
	f.completer = startCompleter(f)
	return f, nil
}

func (o *FileOptions) check() error {
	switch {
	case o.Name == "" || strings.ContainsAny(o.Name, "/\x00"):
		return fmt.Errorf("output-file %q: must be a file name without folder, like \"data.csv\"", o.Name)
	case strings.HasSuffix(o.Name, semSuffix):
		return fmt.Errorf("output-file %q: must not end by %s, which marks complete files", o.Name, semSuffix)
	case o.Sample && o.Retain != 0 && o.Retain <= o.Threads+1:
		return fmt.Errorf("retain-files %d: must be 0 (keep all) or greater than thread-nb + 1 = %d", o.Retain, o.Threads+1)
	}
	return checkDir(o.Dir)
}

// checkDir makes sure that files can be created in dir, by creating one.
func checkDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("output-dir %q: no such folder: create it (mkdir -p %s) or change the option", dir, dir)
	case err != nil:
		return fmt.Errorf("output-dir %q: %w", dir, err)
	case !info.IsDir():
		return fmt.Errorf("output-dir %q: is not a folder: change the option", dir)
	}
	f, err := os.CreateTemp(dir, ".write-test-*")
	if err != nil {
		return fmt.Errorf("output-dir %q: cannot create files in it (%w): give the probe's user the right to write, or change the option", dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// Channel returns the channel "file" of one thread: 0 for status, 1 to
// thread-nb for analysis.
func (f *Files) Channel(thread int) *FileChannel {
	return &FileChannel{files: f, thread: thread}
}

// Recovered says what OpenFiles found of an earlier run.
func (f *Files) Recovered() Recovery { return f.recovered }

// Close ends the goroutine. Close the channels first.
func (f *Files) Close() { f.completer.stop() }

// Follow counts the files of another Files among those that FileOptions.Retain
// speaks of, if they have the same folder and name. The other one must be closed.
func (f *Files) Follow(before *Files) {
	if f.opt.Dir != before.opt.Dir || f.opt.Name != before.opt.Name {
		return
	}
	f.retain.follow(before.retain, func(a, b string) int {
		x, _ := parseFileName(a, f.opt.Name)
		y, _ := parseFileName(b, f.opt.Name)
		return x.compare(y)
	})
}

func (f *Files) path(name string) string { return filepath.Join(f.opt.Dir, name) }

// nextStamp returns a time for a file name, later than all before: names give
// the order of the files, even if the clock is set back.
func (f *Files) nextStamp() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = max(f.last+1, f.opt.Clock().UnixMicro())
	return f.last
}

// maxNameTries is how many names may be in use (by other processes with the
// same clock, or by files of an earlier run) before create gives up.
const maxNameTries = 1000

// create makes a new file, locked.
func (f *Files) create(thread int) (*os.File, error) {
	for range maxNameTries {
		name := fileName{f.nextStamp(), thread, f.opt.Name}.String()
		file, err := createLocked(f.path(name))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			f.retain.add(name)
		}
		return file, err
	}
	return nil, fmt.Errorf("%s: %d file names in a row are in use", f.opt.Dir, maxNameTries)
}

// createLocked creates the file path, which must not exist, nor its .sem. The
// error is fs.ErrExist if it does, or if another process was faster: one that
// recovers files may lock and delete a new file before we have the lock.
func createLocked(path string) (*os.File, error) {
	if exists(path + semSuffix) {
		return nil, fs.ErrExist
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	if !lockFile(f) || !stillThere(f, path) {
		f.Close()
		return nil, fs.ErrExist
	}
	return f, nil
}
