package afpacket

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"sync/atomic"
	"unsafe"

	"mmt/dataplane"
	"mmt/dataplane/prefetch"
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
	packetHead    = packetHeader + addressSize
)

// Bits of a status.
const (
	statusUser      = 1 << 0 // of a block: it is ours
	statusTag       = 1 << 4 // of a packet: packetTCI is set
	statusTPID      = 1 << 6 // and packetTPID
	statusAvailable = 0
)

// packetOverhead is the most that a packet takes in a block beside its bytes,
// with the block's own header.
const packetOverhead = blockHeader + packetHead + 64

// errRing is what no kernel does.
var errRing = errors.New("the kernel's ring holds a packet that ends outside its block")

// owner counts why a block is not the kernel's: one for its being here, and one
// for each packet that was not given back. It has a cache line of its own.
type owner struct {
	n atomic.Int32
	_ [60]byte
}

// form says how packets of a ring are handed out.
type form struct {
	link dataplane.LinkType
	port uint16
	snap uint32 // the most bytes of a packet
}

// ring is the memory that is shared with the kernel. One goroutine reads it;
// any may release.
type ring struct {
	form
	mem    []byte
	shift  uint // a block is 1 << shift bytes
	owners []owner

	block int    // that is read, or read next
	left  int    // its packets that have not been read
	at    uint64 // where in the block the next of them begins
}

func newRing(mem []byte, blockSize int, f form) *ring {
	return &ring{form: f, mem: mem, shift: uint(bits.TrailingZeros(uint(blockSize))), owners: make([]owner, len(mem)/blockSize)}
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
		r.at = uint64(binary.NativeEndian.Uint32(head[blockFirst:]))
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

// read makes packets of the next ones of the block that ready has opened, as many
// as there are or fit. It returns how many, and their bytes on the wire. Places
// and lengths are the kernel's: each is read once, and none leads out of the block.
func (r *ring) read(packets []dataplane.Packet) (n int, bytes uint64, err error) {
	packets = packets[:min(len(packets), r.left)]
	mem := r.mem[r.block<<r.shift : (r.block+1)<<r.shift]
	for n < len(packets) {
		if r.link != dataplane.LinkSLL {
			if n += r.plain(packets[n:], mem); n == len(packets) {
				break
			}
		}
		if err = r.other(&packets[n], mem); err != nil {
			break
		}
		n++
	}
	for i := range packets[:n] {
		bytes += uint64(packets[i].Len)
	}
	if r.left -= n; r.left == 0 {
		r.leave()
	}
	return n, bytes, err
}

// ahead is how many packets before it is read one is fetched into the cache, if it
// is as long as those before it. As only its header says where the next one is, a
// processor does not get ahead by itself; and by a page (4096 bytes) at least,
// because it has memory that is read in order fetched up to the end of a page.
const ahead = 48

// cacheLine is the size of what is fetched at a time, bytes.
const cacheLine = 64

// view is a slice of bytes, which is made without looking whether it can be.
type view struct {
	data       unsafe.Pointer
	size, room uint64
}

// plain makes packets of the next ones of a block, up to the first that is empty,
// has a tag to be restored, or is none. It returns how many.
func (r *ring) plain(packets []dataplane.Packet, mem []byte) (n int) {
	block, size := unsafe.Pointer(unsafe.SliceData(mem)), uint64(len(mem))
	at, snap, link, port := r.at, r.snap, r.link, r.port
	for ; n < len(packets); n++ {
		if at > size-packetHead {
			break
		}
		head := (*[packetHead]byte)(unsafe.Add(block, at))
		before, caught := uint64(binary.NativeEndian.Uint16(head[packetMAC:])), binary.NativeEndian.Uint32(head[packetSnapLen:])
		if before < packetHead || caught == 0 || at+before+uint64(caught) > size || binary.NativeEndian.Uint32(head[packetStatus:])&statusTag != 0 {
			break
		}
		p := &packets[n]
		kept := uint64(min(caught, snap))
		*(*view)(unsafe.Pointer(&p.Data)) = view{unsafe.Add(block, at+before), kept, kept}
		p.Time = int64(binary.NativeEndian.Uint32(head[packetSec:]))*1e9 + int64(binary.NativeEndian.Uint32(head[packetNsec:]))
		p.Len = binary.NativeEndian.Uint32(head[packetLen:])
		p.Link, p.Port = link, port
		next := uint64(binary.NativeEndian.Uint32(head[packetNext:]))
		later := uintptr(block) + uintptr(at+ahead*next)
		prefetch.Read(later)
		prefetch.Read(later + cacheLine) // where its bytes begin
		at += next
	}
	r.at = at
	return n
}

// other makes a packet of the next one of a block, whatever it is.
func (r *ring) other(p *dataplane.Packet, mem []byte) error {
	least := packetHead
	if r.link == dataplane.LinkSLL {
		least += cookedHeader + tagSize
	}
	if r.at > uint64(len(mem)-packetHead) {
		return errRing
	}
	record := mem[r.at:]
	head := (*[packetHead]byte)(record)
	from, caught := int(binary.NativeEndian.Uint16(head[packetMAC:])), uint64(binary.NativeEndian.Uint32(head[packetSnapLen:]))
	if from < least || from >= len(record) || caught > uint64(len(record)-from) {
		return errRing
	}
	r.at += uint64(binary.NativeEndian.Uint32(head[packetNext:]))
	p.Time = int64(binary.NativeEndian.Uint32(head[packetSec:]))*1e9 + int64(binary.NativeEndian.Uint32(head[packetNsec:]))
	p.Len, p.Link, p.Port = binary.NativeEndian.Uint32(head[packetLen:]), r.link, r.port
	record = record[:from+int(caught)]
	start := complete(record, from, r.link)
	p.Len += uint32(from - start)
	// Release finds the block by the place of the bytes, to which a slice of none
	// must point as well.
	p.Data = unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(head), start)), min(len(record)-start, int(r.snap)))
	return nil
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
	for len(packets) > 0 {
		off := address(&packets[0]) - base
		if off >= uintptr(len(r.mem)) {
			packets = packets[1:]
			continue
		}
		block := off >> r.shift
		n := clearWithin(packets, base+block<<r.shift, 1<<r.shift)
		r.giveBack(int(block), int32(n))
		packets = packets[n:]
	}
}

// clearWithin returns how many packets, from the first on, are in some memory.
// Those point nowhere afterwards, so that releasing them twice does no harm.
func clearWithin(packets []dataplane.Packet, mem, size uintptr) int {
	for i := range packets {
		p := &packets[i]
		if address(p)-mem >= size {
			return i
		}
		p.Data = nil
	}
	return len(packets)
}

// address tells where the bytes of a packet are.
func address(p *dataplane.Packet) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p.Data))) }

// held tells whether a packet of the ring has not been given back.
func (r *ring) held() bool {
	for i := range r.owners {
		if r.owners[i].n.Load() != 0 {
			return true
		}
	}
	return false
}
