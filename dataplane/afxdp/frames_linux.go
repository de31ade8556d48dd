package afxdp

import (
	"errors"
	"fmt"
	"math/bits"
	"unsafe"

	"golang.org/x/sys/unix"

	"mmt/dataplane"
	"mmt/dataplane/prefetch"
)

// frames is the memory that packets arrive in, and who has each frame: the kernel
// or the receiver. It outlives the socket: a frame that is lent while the socket
// is opened anew stays where it is.
type frames struct {
	mem     []byte
	mapped  []byte         // which mem is in
	shift   uint           // a frame has 1<<shift bytes
	lent    []uint8        // by where a frame begins >> lentShift: 1 if the receiver has it
	out     int            // frames lent
	port    uint16         // of the packets
	coming  []unix.XDPDesc // that are handed out next, as far as is known
	fetched int            // of these, on their way to the cache
}

// view is a slice of bytes, which is made without looking whether it can be.
type view struct {
	data       unsafe.Pointer
	size, room uint64
}

// hugePage is the size of pages of which a processor finds many more at once than
// of usual ones: two frames of a packet each fill a usual one.
const hugePage = 2 << 20

// lentShift is that of the smallest frames: a number is found faster by a shift
// that is the same for all. Larger ones leave out indices.
const lentShift = 11

func (f *frames) count() int { return len(f.mem) >> f.shift }

// isLent tells whether the receiver has a frame, given by its number.
func (f *frames) isLent(frame int) bool { return f.lent[frame<<f.shift>>lentShift] != 0 }

// Frames are fetched into the cache in portions, each for a group of packets that
// are handed out, and one for each group that is given back: by then all of a burst.
const (
	group   = 8
	portion = group / 2
)

// expect tells of what is to be handed out next, so that it is on its way while the
// frames before are worked on.
func (f *frames) expect(coming []unix.XDPDesc) { f.coming, f.fetched = coming, 0 }

// fetch has the next n frames, or those that are left, brought into the cache.
func (f *frames) fetch(n int) {
	if n = min(n, len(f.coming)-f.fetched); n > 0 {
		base := uintptr(unsafe.Pointer(unsafe.SliceData(f.mem)))
		prefetch.Offsets(base, &f.coming[f.fetched].Addr, unsafe.Sizeof(unix.XDPDesc{}), n)
		f.fetched += n
	}
}

// lend makes packets of frames that the kernel has filled, and returns their bytes.
// There are no fewer filled ones than packets. The first came at a time, the others
// each a step later.
func (f *frames) lend(packets []dataplane.Packet, filled []unix.XDPDesc, at, step int64) (bytes uint64) {
	mem, size, port := unsafe.Pointer(unsafe.SliceData(f.mem)), uint64(len(f.mem)), f.port
	lent, inside := unsafe.Pointer(unsafe.SliceData(f.lent)), uint64(1)<<(f.shift&63)-1
	f.out += len(packets)
	filled = filled[:len(packets)]
	for i := range filled {
		if i%group == 0 {
			f.fetch(portion)
		}
		begin, n := filled[i].Addr, uint64(filled[i].Len)
		if begin >= size || n > size-begin {
			panic("the kernel's ring has a packet outside the frames")
		}
		p := &packets[i]
		*(*view)(unsafe.Pointer(&p.Data)) = view{unsafe.Add(mem, begin), n, n}
		p.Time, p.Len, p.Link, p.Port = at, uint32(n), dataplane.LinkEthernet, port
		at += step
		*(*uint8)(unsafe.Add(lent, begin&^inside>>lentShift)) = 1
		bytes += n
	}
	return bytes
}

// takeBack takes the frames of packets, up to the first that is not in one, and
// returns how many packets these are. The frames that were lent are put into to,
// which has room for one of each packet; back is how many.
func (f *frames) takeBack(packets []dataplane.Packet, to []uint64) (n, back int) {
	base, size := uintptr(unsafe.Pointer(unsafe.SliceData(f.mem))), uintptr(len(f.mem))
	lent, inside := unsafe.Pointer(unsafe.SliceData(f.lent)), uintptr(1)<<(f.shift&63)-1
	next := unsafe.Pointer(unsafe.SliceData(to[:len(packets)]))
	for ; n < len(packets); n++ {
		if n%group == 0 {
			f.fetch(portion)
			prefetch.Write(uintptr(next) + uintptr(back+dataplane.BurstSize)*8)
		}
		frame := uintptr(unsafe.Pointer(unsafe.SliceData(packets[n].Data))) - base
		if frame >= size {
			break
		}
		frame &^= inside
		is := (*uint8)(unsafe.Add(lent, frame>>lentShift))
		*(*uint64)(unsafe.Add(next, back*8)) = uint64(frame) // the next one's place if it was not lent
		back += int(*is)
		*is = 0
	}
	f.out -= back
	return n, back
}

// newFrames makes frames whose packets are of a port, in huge pages where there are enough to fill one.
func newFrames(n, size int, port uint16) (*frames, error) {
	f := &frames{shift: uint(bits.TrailingZeros(uint(size))), lent: make([]uint8, n*size>>lentShift), port: port}
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
