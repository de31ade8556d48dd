package dump

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// folder is where trace files go. They are named <seconds.micros>_<thread>_<rest>,
// by the time of the first packet or of the alert.
type folder struct {
	root   *os.Root
	path   string
	ours   func(rest string) bool // tells the last parts of names of files that may be deleted
	retain int                    // files kept, 0: all
}

// openFolder opens a folder that must exist.
func openFolder(path string, retain int, ours func(rest string) bool) (*folder, error) {
	root, err := os.OpenRoot(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("output-dir %q: no such folder: create it (mkdir -p %s) or change the option", path, path)
	case err != nil:
		return nil, fmt.Errorf("output-dir %q: %w", path, err)
	}
	f := &folder{root: root, path: path, ours: ours, retain: retain}
	probe, err := root.OpenFile(".write-test", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("output-dir %q: cannot create files in it (%w): give the probe's user the right to write, or change the option", path, err)
	}
	probe.Close()
	return f, root.Remove(".write-test")
}

// maxNameTries is how many names may be in use before create gives up.
const maxNameTries = 1000

// create makes a file for packets from a time on, ns since 1970; no file that is
// there is touched. busy are files that must not be deleted to make room for it.
func (f *folder) create(time int64, thread int, rest string, busy func(name string) bool) (*os.File, string, error) {
	stamp := time / 1000
	for range maxNameTries {
		name := fmt.Sprintf("%d.%06d_%d_%s", stamp/1e6, stamp%1e6, thread, rest)
		file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
		if errors.Is(err, fs.ErrExist) {
			stamp++
			continue
		}
		if err == nil {
			f.prune(func(other string) bool { return other == name || busy(other) })
		}
		return file, name, err
	}
	return nil, "", fmt.Errorf("%s: %d file names in a row are in use", f.path, maxNameTries)
}

// prune deletes the oldest files until no more are there than shall be kept.
func (f *folder) prune(busy func(name string) bool) {
	if f.retain == 0 {
		return
	}
	names := f.names()
	for _, name := range names[:max(len(names)-f.retain, 0)] {
		if !busy(name) {
			f.root.Remove(name) // if it stays, it is tried again with the next file
		}
	}
}

// names returns the files that were made here, oldest first.
func (f *folder) names() (names []string) {
	list, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil
	}
	stamps := map[string]int64{}
	for _, entry := range list {
		if stamp, ok := f.stamp(entry.Name()); ok {
			names = append(names, entry.Name())
			stamps[entry.Name()] = stamp
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return int(min(max(stamps[a]-stamps[b], -1), 1)) })
	return names
}

// stamp reads the time in a name that create gives, in microseconds.
func (f *folder) stamp(name string) (int64, bool) {
	at, rest, _ := strings.Cut(name, "_")
	thread, rest, _ := strings.Cut(rest, "_")
	seconds, micros, _ := strings.Cut(at, ".")
	s, err1 := strconv.ParseInt(seconds, 10, 40)
	us, err2 := strconv.ParseInt(micros, 10, 40)
	_, err3 := strconv.ParseUint(thread, 10, 16)
	return s*1e6 + us, err1 == nil && err2 == nil && err3 == nil && len(micros) == 6 && f.ours(rest)
}
