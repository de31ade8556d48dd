package output

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// retainer keeps the newest files of a directory and deletes the others, with
// their .sem. It deletes only files that it was told of.
type retainer struct {
	dir  string
	keep int // 0: all

	mu    sync.Mutex
	files []retained // oldest first
}

type retained struct {
	name    string
	writing bool
}

// start tells of the complete files that are there, oldest first.
func (r *retainer) start(names []string) {
	if r.keep == 0 {
		return
	}
	for _, name := range names {
		r.files = append(r.files, retained{name: name})
	}
}

// follow tells of the files of a retainer that will do nothing any more; not all of
// them were complete when this one started. order compares names by age.
func (r *retainer) follow(before *retainer, order func(a, b string) int) {
	if r.keep == 0 {
		return
	}
	before.mu.Lock()
	files := before.files
	before.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range files {
		if r.find(f.name) < 0 {
			r.files = append(r.files, f)
		}
	}
	slices.SortFunc(r.files, func(a, b retained) int { return order(a.name, b.name) })
}

// add tells of a new file, which is being written.
func (r *retainer) add(name string) {
	if r.keep == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files = append(r.files, retained{name, true})
}

// done tells that a file is not being written any more.
func (r *retainer) done(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.find(name); i >= 0 {
		r.files[i].writing = false
	}
}

func (r *retainer) find(name string) int {
	return slices.IndexFunc(r.files, func(f retained) bool { return f.name == name })
}

// prune deletes the oldest files until the rest is what shall be kept. Files
// being written count, but are not deleted.
func (r *retainer) prune() error {
	for {
		name, ok := r.oldest()
		if !ok {
			return nil
		}
		if err := removeWithSem(filepath.Join(r.dir, name)); err != nil {
			return err
		}
		r.forget(name)
	}
}

// oldest returns the file to be deleted next, if there are too many.
func (r *retainer) oldest() (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keep == 0 || len(r.files) <= r.keep {
		return "", false
	}
	for _, f := range r.files {
		if !f.writing {
			return f.name, true
		}
	}
	return "", false
}

func (r *retainer) forget(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.find(name); i >= 0 {
		r.files = slices.Delete(r.files, i, i+1)
	}
}

// removeWithSem deletes a file; the .sem goes first, so that it never promises
// a file that is not there. What a reader deleted already is no error.
func removeWithSem(path string) error {
	for _, p := range []string{path + semSuffix, path} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
