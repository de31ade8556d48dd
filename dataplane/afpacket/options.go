package afpacket

import (
	"errors"
	"fmt"
	"math/bits"
	"time"
)

// Fanout says how packets are shared out among the sockets of a group.
type Fanout uint8

// The ways of sharing out; see the package's description.
const (
	ByHosts Fanout = iota // by both IP addresses, else by both Ethernet addresses
	ByFlows               // by the kernel's flow hash
)

// Options say how an interface is captured. The zero value is usable.
type Options struct {
	// SnapLen is the most bytes handed out of a packet; 0: 65535.
	SnapLen int
	// BufferSize is the size of the ring of each socket in bytes, rounded up to
	// whole blocks; 0: 32 MiB.
	BufferSize int
	// Retire is how long the kernel fills a block before it hands it over, in
	// whole milliseconds; 0: 10 ms. A full block is handed over at once.
	Retire time.Duration
	// Wait is how long Receive waits for a packet, in whole milliseconds; 0: 100
	// ms. Negative: not at all, for callers that have a back-off of their own.
	Wait time.Duration
	// Promiscuous also takes frames that are for other hosts.
	Promiscuous bool
	// KernelTime keeps to the kernel's timestamps where the NIC has a clock.
	KernelTime bool
	// Filter is a tcpdump expression (see package filter). Packets that do not
	// match are counted and left out. Empty means all packets.
	Filter string
	// Fanout is how the sockets of a group share.
	Fanout Fanout
	// Port is what packets get as their Port.
	Port uint16
	// OnState, if set, is told when the interface goes down (with the reason)
	// and when it is up again (nil). Receive calls it.
	OnState func(err error)
}

// Values of Options that are zero.
const (
	defaultSnapLen = 65535
	defaultBuffer  = 32 << 20
	defaultRetire  = 10 * time.Millisecond
	defaultWait    = 100 * time.Millisecond
)

// maxBuffer is what the kernel can count of blocks, and more than it has memory.
const maxBuffer = 1 << 44

// maxSnapLen is the largest snapshot length that other programs use.
const maxSnapLen = 262144

func (o *Options) setDefaults() {
	if o.SnapLen == 0 {
		o.SnapLen = defaultSnapLen
	}
	if o.BufferSize == 0 {
		o.BufferSize = defaultBuffer
	}
	if o.Retire == 0 {
		o.Retire = defaultRetire
	}
	if o.Wait == 0 {
		o.Wait = defaultWait
	}
}

func (o *Options) check() error {
	switch {
	case o.SnapLen < 0 || o.SnapLen > maxSnapLen:
		return fmt.Errorf("a snapshot length of %d bytes is not possible (use 1 to %d, or 0 for %d)", o.SnapLen, maxSnapLen, defaultSnapLen)
	case o.BufferSize < 0 || o.BufferSize > maxBuffer:
		return fmt.Errorf("a buffer of %d bytes is not possible (use up to %d, or 0 for %d MiB)", o.BufferSize, maxBuffer, defaultBuffer>>20)
	case o.Retire < 0:
		return errors.New("a block cannot be handed over in negative time (use 0 for 10 ms)")
	}
	return nil
}

// Sizes of blocks, bytes.
const (
	// usualBlock is small enough for a default buffer to have 128 blocks: as the
	// kernel hands over a block that is not full after Options.Retire, these last,
	// with few packets, for more than a second in which nobody reads.
	usualBlock = 1 << 18
	pageSize   = 1 << 12
	fewBlocks  = 4 // of a small buffer: one is read while another is filled
)

// geometry returns the size of a block, a power of two, and their number, for a
// ring of about so many bytes whose blocks can hold the largest packet.
func geometry(buffer, snapLen int) (blockSize, blocks int) {
	least := powerOfTwo(max(snapLen+packetOverhead, pageSize))
	blockSize = min(usualBlock, powerOfTwo(max(buffer/fewBlocks, 1)))
	blockSize = max(blockSize, least)
	return blockSize, max((buffer+blockSize-1)/blockSize, 2)
}

// powerOfTwo rounds n > 0 up.
func powerOfTwo(n int) int { return 1 << bits.Len(uint(n-1)) }
