//go:build !static

package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

// library is a loaded shared object.
type library struct {
	handle uintptr
	image  *os.File // what it was loaded from; nil: the file itself
}

// openLibrary loads a copy of a shared object: the file may be replaced or loaded
// again while this one is in use, each with its own variables. The copy stays
// open as long as it is loaded, since the dynamic linker tells libraries apart by
// their paths.
func openLibrary(path string) (*library, error) {
	const mode = purego.RTLD_NOW | purego.RTLD_LOCAL
	fd, err := unix.MemfdCreate(filepath.Base(path), unix.MFD_CLOEXEC)
	if err != nil {
		handle, err := purego.Dlopen(path, mode)
		return &library{handle: handle}, err
	}
	l := &library{image: os.NewFile(uintptr(fd), path)}
	image, err := os.ReadFile(path)
	if err == nil {
		_, err = l.image.Write(image)
	}
	if err == nil {
		l.handle, err = purego.Dlopen(fmt.Sprintf("/proc/self/fd/%d", fd), mode)
	}
	if err != nil {
		return nil, errors.Join(err, l.image.Close())
	}
	return l, nil
}

// symbol returns the address of a symbol.
func (l *library) symbol(name string) (uintptr, error) { return purego.Dlsym(l.handle, name) }

// close unloads the shared object.
func (l *library) close() error {
	err := purego.Dlclose(l.handle)
	if l.image != nil {
		err = errors.Join(err, l.image.Close())
	}
	return err
}
