package afxdp

import (
	"errors"
	"fmt"
	"math/bits"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket is an AF_XDP socket at a queue, with its rings. The fill ring has room
// for all frames and one more: giving one back never waits, and the entry behind the
// last is never one that the kernel has still to read.
type socket struct {
	fd       int
	rx       *ring[unix.XDPDesc]
	fill     *ring[uint64]
	pending  uint32 // entries of fill that are written but not given yet
	zeroCopy bool
}

// openSocket binds a socket to a queue and gives the kernel all frames that are
// not lent. ZeroCopy asks for it; without, the kernel copies each frame.
func openSocket(ifindex, queue int, f *frames, zeroCopy bool) (*socket, error) {
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("AF_XDP socket (it needs CAP_NET_RAW, or root): %w", err)
	}
	s := &socket{fd: fd, zeroCopy: zeroCopy}
	if err := s.open(ifindex, queue, f); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *socket) open(ifindex, queue int, f *frames) error {
	if err := s.register(f); err != nil {
		return err
	}
	if err := s.mapRings(f.count()); err != nil {
		return err
	}
	s.fillUp(f)
	flags := uint16(unix.XDP_USE_NEED_WAKEUP | unix.XDP_COPY)
	if s.zeroCopy {
		flags = unix.XDP_USE_NEED_WAKEUP | unix.XDP_ZEROCOPY
	}
	err := unix.Bind(s.fd, &unix.SockaddrXDP{Flags: flags, Ifindex: uint32(ifindex), QueueID: uint32(queue)})
	if err != nil {
		return fmt.Errorf("queue %d: %w", queue, err)
	}
	return nil
}

// register tells the kernel of the memory for frames.
func (s *socket) register(f *frames) error {
	reg := unix.XDPUmemReg{
		Addr: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(f.mem)))),
		Len:  uint64(len(f.mem)),
		Size: 1 << f.shift,
	}
	if err := setsockopt(s.fd, unix.XDP_UMEM_REG, unsafe.Pointer(&reg), unsafe.Sizeof(reg)); err != nil {
		return fmt.Errorf("%d bytes for frames (ulimit -l must allow as many, LimitMEMLOCK in a systemd unit, or CAP_IPC_LOCK): %w", len(f.mem), err)
	}
	return nil
}

// minCompletion is the smallest ring of sent frames, which the kernel wants
// even where nothing is sent.
const minCompletion = 2

func (s *socket) mapRings(frames int) error {
	n := 1 << bits.Len(uint(frames-1))
	fill := 1 << bits.Len(uint(frames))
	for _, o := range []struct{ option, size int }{
		{unix.XDP_UMEM_FILL_RING, fill}, {unix.XDP_UMEM_COMPLETION_RING, minCompletion}, {unix.XDP_RX_RING, n},
	} {
		if err := unix.SetsockoptInt(s.fd, unix.SOL_XDP, o.option, o.size); err != nil {
			return fmt.Errorf("ring of %d entries: %w", o.size, err)
		}
	}
	var off unix.XDPMmapOffsets
	if err := getsockopt(s.fd, unix.XDP_MMAP_OFFSETS, unsafe.Pointer(&off), unsafe.Sizeof(off)); err != nil {
		return fmt.Errorf("layout of the rings (Linux 5.4 and newer): %w", err)
	}
	var err error
	if s.fill, err = mapRing[uint64](s.fd, fill, unix.XDP_UMEM_PGOFF_FILL_RING, off.Fr); err != nil {
		return fmt.Errorf("fill ring: %w", err)
	}
	if s.rx, err = mapRing[unix.XDPDesc](s.fd, n, unix.XDP_PGOFF_RX_RING, off.Rx); err != nil {
		return fmt.Errorf("receive ring: %w", err)
	}
	return nil
}

// fillUp gives the kernel all frames that are not lent.
func (s *socket) fillUp(f *frames) {
	n := uint32(0)
	for i := range f.count() {
		if !f.isLent(i) {
			*s.fill.at(n) = uint64(i) << f.shift
			n++
		}
	}
	s.fill.written(n)
}

// statistics returns what the kernel counts of the socket.
func (s *socket) statistics() (st unix.XDPStatistics) {
	// It fails on a closed socket only, and then nothing is lost.
	_ = getsockopt(s.fd, unix.XDP_STATISTICS, unsafe.Pointer(&st), unsafe.Sizeof(st))
	return st
}

// failed returns the error that the kernel has left at the socket, such as that
// the interface was removed.
func (s *socket) failed() error {
	code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return err
	}
	if code != 0 {
		return unix.Errno(code)
	}
	return nil
}

func (s *socket) close() error {
	return errors.Join(s.rx.unmap(), s.fill.unmap(), unix.Close(s.fd))
}

func setsockopt(fd, option int, value unsafe.Pointer, size uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_XDP, uintptr(option), uintptr(value), size, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func getsockopt(fd, option int, value unsafe.Pointer, size uintptr) error {
	length := uint32(size)
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_XDP, uintptr(option), uintptr(value), uintptr(unsafe.Pointer(&length)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}
