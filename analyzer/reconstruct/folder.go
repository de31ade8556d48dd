package reconstruct

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// folder is where files of one kind are written.
type folder struct {
	Folder
	root  *os.Root
	used  int64             // bytes
	taken map[uint64]uint32 // names, by their hash
}

// openFolder opens a folder and makes sure that files can be created in it.
func openFolder(f Folder) (*folder, error) {
	root, err := os.OpenRoot(f.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("output-dir %q: no such folder: create it (mkdir -p %s) or change the option", f.Dir, f.Dir)
	case err != nil:
		return nil, fmt.Errorf("output-dir %q: %w", f.Dir, err)
	}
	probe, err := root.OpenFile(partOf(key{}), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("output-dir %q: cannot create files in it (%w): give the probe's user the right to write, or change the option", f.Dir, err)
	}
	probe.Close()
	opened := &folder{Folder: f, root: root, taken: map[uint64]uint32{}}
	opened.sweep()
	return opened, root.Remove(partOf(key{}))
}

// partPrefix begins the names of bodies whose end is to come.
const partPrefix = ".part-"

// sweepAfter is the age from which on such a file is one that a crash has left.
const sweepAfter = 24 * time.Hour

// sweep removes what crashes have left.
func (f *folder) sweep() {
	list, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return // what cannot be listed need not be swept
	}
	for _, entry := range list {
		info, err := entry.Info()
		if err == nil && strings.HasPrefix(entry.Name(), partPrefix) && time.Since(info.ModTime()) > sweepAfter {
			f.root.Remove(entry.Name())
		}
	}
}

// partOf returns the name of the file of a body whose end is to come.
func partOf(k key) string { return fmt.Sprintf(partPrefix+"%d-%d-%d", os.Getpid(), k.thread, k.job) }

// maxTaken is how many names are remembered.
const maxTaken = 1 << 20

// take returns a name that no file of this run has: that of the file, or, if it is
// taken, the same with a number. Files of earlier runs are replaced; beyond maxTaken
// names those of this run may be, too.
func (f *folder) take(session uint64, file *File) string {
	base, ending := nameOf(session, file)
	name := base + ending
	first := hash(name)
	n, again := f.taken[first]
	if !again {
		f.note(first, 2)
		return name
	}
	for is := true; is; n++ {
		name = fmt.Sprintf("%s-%d%s", base, n, ending)
		_, is = f.taken[hash(name)]
	}
	f.note(first, n)
	f.note(hash(name), 2)
	return name
}

// note remembers a name, and the number that the next one like it gets.
func (f *folder) note(name uint64, n uint32) {
	if _, is := f.taken[name]; is || len(f.taken) < maxTaken {
		f.taken[name] = n
	}
}

func hash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// path returns the path of a name, as reports tell it.
func (f *folder) path(name string) string { return filepath.Join(f.Dir, name) }
