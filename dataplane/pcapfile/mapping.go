package pcapfile

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapping is a file in memory.
type mapping struct {
	file   *os.File
	data   []byte
	size   int64
	shrunk bool // the file was made shorter after it was opened
	stat   unix.Stat_t
}

func mapFile(f *os.File, size int64) (*mapping, error) {
	if int64(int(size)) != size {
		return nil, fmt.Errorf("%d bytes are too many for this machine", size)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	// Only a hint for reading ahead: the trace is right without it.
	_ = unix.Madvise(data, unix.MADV_SEQUENTIAL)
	return &mapping{file: f, data: data, size: size}, nil
}

func (m *mapping) unmap() {
	if m.data != nil {
		_ = unix.Munmap(m.data) // fails only for memory that is not mapped
		m.data = nil
	}
}

// holds reports whether an address lies in the mapping.
func (m *mapping) holds(addr uintptr) bool {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(m.data)))
	return addr >= start && addr < start+uintptr(len(m.data))
}

// checkSize shortens the window if the file became shorter.
func (s *Source) checkSize() {
	m := s.mapped
	if err := unix.Fstat(int(m.file.Fd()), &m.stat); err != nil || m.stat.Size >= int64(len(s.win.buf)) {
		return
	}
	m.shrunk = true
	s.win.buf = s.win.buf[:max(m.stat.Size, int64(s.win.pos))]
}

// fault explains a panic while the mapping was read: the file was cut in just
// that moment, or its disk failed. Any other panic goes on.
func (s *Source) fault(r any) error {
	f, ok := r.(interface {
		runtime.Error
		Addr() uintptr
	})
	if !ok || s.mapped == nil || !s.mapped.holds(f.Addr()) {
		panic(r)
	}
	s.checkSize()
	if s.mapped.shrunk {
		return errShort
	}
	return damage("the system could not read the file here")
}
