package afpacket

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"sync/atomic"
	"unsafe"

	"mmt/dataplane"
)

// Where things are in a block (struct tpacket_block_desc of linux/if_packet.h,
// native byte order).
const (
	blockStatus  = 8
	blockPackets = 12 // number of packets
	blockFirst   = 16 // offset of the first packet's header from the block's start
	blockHeader  = 48
)

// Where things are in a packet's header (struct tpacket3_hdr), from its start.
const (
	packetNext    = 0 // offset of the next header from this one
	packetSec     = 4
	packetNsec    = 8
	packetSnapLen = 12 // captured bytes
	packetLen     = 16 // bytes on the wire
	packetStatus  = 20
	packetMAC     = 24 // offset of the captured bytes, 2 bytes long
	packetTCI     = 32 // VLAN tag
	packetTPID    = 36
	packetHeader  = 48
	packetAddress = 48 // struct sockaddr_ll
	addressSize   = 20
)

// Bits of a status.
const (
	statusUser      = 1 << 0 // of a block: it is ours
	statusTag       = 1 << 4 // of a packet: packetTCI is set
	statusTPID      = 1 << 6 // and packetTPID
	statusAvailable = 0
)

// reserve is what the kernel keeps free in front of each packet: a VLAN tag and
// the header of a cooked packet fit in. It keeps IP headers aligned.
const reserve = 32

// packetOverhead is the most that a packet takes in a block beside its bytes,
// with the block's own header.
const packetOverhead = blockHeader + packetHeader + addressSize + reserve + 64

// errRing is what no kernel does.
var errRing = errors.New("the kernel's ring holds a packet that ends outside its block")

// owner counts why a block is not the kernel's: one for its being here, and one
// for each packet that was not given back. It has a cache line of its own.
type owner struct {
	n atomic.Int32
	_ [60]byte
}

// ring is the memory that is shared with the kernel. One goroutine reads it;
// any may release.
type ring struct {
	mem    []byte
	shift  uint // a block is 1 << shift bytes
	owners []owner

	block int // that is read, or read next
	left  int // its packets that have not been read
	at    int // where in mem the next of them begins
}

func newRing(mem []byte, blockSize int) *ring {
	return &ring{mem: mem, shift: uint(bits.TrailingZeros(uint(blockSize))), owners: make([]owner, len(mem)/blockSize)}
}

func (r *ring) status(block int) *uint32 {
	return (*uint32)(unsafe.Pointer(&r.mem[block<<r.shift+blockStatus]))
}

// ready tells whether there is a packet to read, and opens its block.
func (r *ring) ready() bool {
	for r.left == 0 {
		o := &r.owners[r.block]
		if o.n.Load() != 0 || atomic.LoadUint32(r.status(r.block))&statusUser == 0 {
			return false
		}
		start := r.block << r.shift
		head := r.mem[start : start+blockHeader]
		// A packet takes more bytes than its header: a greater number is none.
		r.left = int(min(binary.NativeEndian.Uint32(head[blockPackets:]), 1<<r.shift/packetHeader))
		r.at = start + int(min(binary.NativeEndian.Uint32(head[blockFirst:]), 1<<r.shift))
		o.n.Store(int32(r.left) + 1)
		if r.left == 0 {
			r.giveBack(r.block, 0)
			r.leave()
		}
	}
	return true
}

// leave goes on to the next block.
func (r *ring) leave() {
	if r.block++; r.block == len(r.owners) {
		r.block = 0
	}
}

// next reads the header of the next packet, which must be ready: where its
// bytes are in mem. The bytes have reserve bytes free before them, behind the
// header.
func (r *ring) next() (head []byte, from, to int, err error) {
	limit := (r.block + 1) << r.shift
	if r.at+packetHeader+addressSize > limit {
		return nil, 0, 0, errRing
	}
	head = r.mem[r.at : r.at+packetHeader+addressSize]
	from = r.at + int(binary.NativeEndian.Uint16(head[packetMAC:]))
	size := binary.NativeEndian.Uint32(head[packetSnapLen:])
	if from-r.at < len(head)+reserve || from >= limit || uint64(size) > uint64(limit-from) {
		return nil, 0, 0, errRing
	}
	r.left--
	r.at += int(min(binary.NativeEndian.Uint32(head[packetNext:]), 1<<r.shift))
	if r.left == 0 {
		r.leave()
	}
	return head, from, from + int(size), nil
}

// giveBack takes n packets of a block back, and returns the block to the kernel
// after its last.
func (r *ring) giveBack(block int, n int32) {
	o := &r.owners[block]
	if o.n.Add(-n) != 1 {
		return
	}
	// Only the goroutine that gives the last packet back comes here. The reader
	// does not look at the block before n is 0.
	atomic.StoreUint32(r.status(block), statusAvailable)
	o.n.Store(0)
}

// release takes back the packets of a burst, whatever blocks they are in.
func (r *ring) release(packets []dataplane.Packet) {
	base := uintptr(unsafe.Pointer(unsafe.SliceData(r.mem)))
	block, n := -1, int32(0)
	for i := range packets {
		p := &packets[i]
		off := uintptr(unsafe.Pointer(unsafe.SliceData(p.Data))) - base
		p.Data = nil // releasing twice does no harm
		if off >= uintptr(len(r.mem)) {
			continue
		}
		if b := int(off >> r.shift); b != block {
			if n > 0 {
				r.giveBack(block, n)
			}
			block, n = b, 0
		}
		n++
	}
	if n > 0 {
		r.giveBack(block, n)
	}
}

// held tells whether a packet of the ring has not been given back.
func (r *ring) held() bool {
	for i := range r.owners {
		if r.owners[i].n.Load() != 0 {
			return true
		}
	}
	return false
}
