package afxdp

import (
	"errors"
	"fmt"
	"math/bits"
	"unsafe"

	"golang.org/x/sys/unix"

	"mmt/dataplane"
)

// frames is the memory that packets arrive in, and who has each frame: the kernel
// or the receiver. It outlives the socket: a frame that is lent while the socket
// is opened anew stays where it is.
type frames struct {
	mem    []byte
	mapped []byte                     // which mem is in
	shift  uint                       // a frame has 1<<shift bytes
	lent   []bool                     // by where a frame begins >> lentShift: the receiver has it
	out    int                        // frames lent
	plain  [dataplane.BurstSize]plain // packets of a burst, before they are handed out
}

// plain is a dataplane.Packet whose bytes are not the collector's: writing it asks
// nothing of that.
type plain struct {
	data, size, room uintptr
	time             int64
	wire             uint32
	link             dataplane.LinkType
	port             uint16
}

// A build in which they differ fails.
const (
	_ = -(unsafe.Sizeof(plain{}) ^ unsafe.Sizeof(dataplane.Packet{}))
	_ = -(unsafe.Offsetof(plain{}.time) ^ unsafe.Offsetof(dataplane.Packet{}.Time))
	_ = -(unsafe.Offsetof(plain{}.wire) ^ unsafe.Offsetof(dataplane.Packet{}.Len))
	_ = -(unsafe.Offsetof(plain{}.link) ^ unsafe.Offsetof(dataplane.Packet{}.Link))
	_ = -(unsafe.Offsetof(plain{}.port) ^ unsafe.Offsetof(dataplane.Packet{}.Port))
)

// hugePage is the size of pages of which a processor finds many more at once than
// of usual ones: two frames of a packet each fill a usual one.
const hugePage = 2 << 20

// lentShift is that of the smallest frames: a number is found faster by a shift
// that is the same for all. Larger ones leave out indices.
const lentShift = 11

func (f *frames) count() int { return len(f.mem) >> f.shift }

// isLent tells whether the receiver has a frame, given by its number.
func (f *frames) isLent(frame int) bool { return f.lent[frame<<f.shift>>lentShift] }

// lend makes packets of frames that the kernel has filled, and returns their bytes.
// There are no fewer filled ones than packets, of which there is a burst at most.
func (f *frames) lend(packets []dataplane.Packet, filled []unix.XDPDesc, now int64) (bytes uint64) {
	mem, size := uintptr(unsafe.Pointer(unsafe.SliceData(f.mem))), uint64(len(f.mem))
	lent, inside := unsafe.Pointer(unsafe.SliceData(f.lent)), uint64(1)<<(f.shift&63)-1
	filled = filled[:len(packets)] // at most a burst
	for i := range filled {
		begin, n := filled[i].Addr, filled[i].Len
		if begin >= size || uint64(n) > size-begin {
			panic("the kernel's ring has a packet outside the frames")
		}
		p := &f.plain[i&(dataplane.BurstSize-1)]
		p.data, p.size, p.room, p.time, p.wire = mem+uintptr(begin), uintptr(n), uintptr(n), now, n
		*(*bool)(unsafe.Add(lent, begin&^inside>>lentShift)) = true
		bytes += uint64(n)
	}
	copy(packets, (*[dataplane.BurstSize]dataplane.Packet)(unsafe.Pointer(&f.plain))[:])
	f.out += len(packets)
	return bytes
}

// takeBack takes the frames of packets, up to the first that is not in one, and
// returns how many packets these are. The frames that were lent are put into to,
// which has room for one of each packet; back is how many.
func (f *frames) takeBack(packets []dataplane.Packet, to []uint64) (n, back int) {
	base, size := uintptr(unsafe.Pointer(unsafe.SliceData(f.mem))), uintptr(len(f.mem))
	lent, inside := unsafe.Pointer(unsafe.SliceData(f.lent)), uintptr(1)<<(f.shift&63)-1
	for ; n < len(packets) && back < len(to); n++ {
		p := &packets[n]
		frame := uintptr(unsafe.Pointer(unsafe.SliceData(p.Data))) - base
		if frame >= size {
			break
		}
		p.Data = nil
		frame &^= inside
		if is := (*bool)(unsafe.Add(lent, frame>>lentShift)); *is {
			*is = false
			to[back] = uint64(frame)
			back++
		}
	}
	f.out -= back
	return n, back
}

// newFrames makes frames whose packets are of a port, in huge pages where there are enough to fill one.
func newFrames(n, size int, port uint16) (*frames, error) {
	f := &frames{shift: uint(bits.TrailingZeros(uint(size))), lent: make([]bool, n*size>>lentShift)}
	for i := range f.plain {
		f.plain[i].link, f.plain[i].port = dataplane.LinkEthernet, port
	}
	room := n * size
	if room >= hugePage {
		room += hugePage // to begin at a multiple of it
	}
	var err error
	f.mapped, err = unix.Mmap(-1, 0, room, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("%d frames of %d bytes: %w", n, size, err)
	}
	f.mem = f.mapped[:n*size]
	if room > n*size {
		skip := -uintptr(unsafe.Pointer(unsafe.SliceData(f.mapped))) % hugePage
		f.mem = f.mapped[skip:][:n*size]
		// A kernel that has none gives usual ones.
		_ = unix.Madvise(f.mem, unix.MADV_HUGEPAGE)
	}
	if err := populate(f.mem); err != nil {
		return nil, errors.Join(fmt.Errorf("%d frames of %d bytes: %w", n, size, err), f.close())
	}
	return f, nil
}

// populate gets the pages of memory now, not with the first packets.
func populate(mem []byte) error {
	err := unix.Madvise(mem, unix.MADV_POPULATE_WRITE)
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	for i := 0; i < len(mem); i += unix.Getpagesize() { // before Linux 5.14
		mem[i] = 0
	}
	return nil
}

func (f *frames) close() error {
	mapped := f.mapped
	f.mem, f.mapped = nil, nil
	if mapped == nil {
		return nil
	}
	return unix.Munmap(mapped)
}

// holds tells whether data lies in the frames.
func (f *frames) holds(data []byte) bool {
	return f.offset(data) < uintptr(len(f.mem))
}

// offset returns where data lies in the frames; what lies elsewhere is beyond
// their end.
func (f *frames) offset(data []byte) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(data))) - uintptr(unsafe.Pointer(unsafe.SliceData(f.mem)))
}
