package afxdp

import (
	"fmt"
	"net"
	"slices"
	"time"

	"mmt/bpf"
)

// DefaultFrames is how many frames a queue has unless Options say otherwise:
// at 10 Mpps they last for 0.8 ms.
const DefaultFrames = 8192

// Of a queue, maxFrames keeps its memory below what one registration can have.
const (
	minFrames = 64
	maxFrames = 1 << 20
)

// Options of Open. The zero value of all but Interface will do.
type Options struct {
	Interface string
	Queues    []int    // receive queues; nil: all
	Mode      bpf.Mode // where the prefilter runs
	Copy      bool     // do not even try zero-copy
	FrameSize int      // 2048 or 4096 bytes; 0: by the MTU
	Frames    int      // for each queue; 0: as many as BufferSize has room for
	Held      int      // packets that can be handed out and not yet released, which Frames are increased by
	// BufferSize is how many bytes of frames all queues have together; 0:
	// DefaultFrames for each.
	BufferSize int
	// Promiscuous also takes frames that are for other hosts.
	Promiscuous bool
	SnapLen     int // the most bytes handed out of a packet; 0: all
	// Filter is a tcpdump expression (see package filter). Packets that do not
	// match are counted and left out. Empty means all packets.
	Filter string
	Rules  *bpf.Rules    // of the prefilter, from the first packet on; nil: all pass
	Flows  int           // how many flows can be bypassed; 0: bpf.DefaultFlows
	Wait   time.Duration // how long Receive waits for a packet, in whole ms; 0: not at all
	Port   uint16        // for dataplane.Packet
	// OnState, if set, is told when the interface goes down or away (with the
	// reason) and when it is up again (nil). Receive calls it.
	OnState func(err error)
}

// fill puts defaults in place of what is not set, and refuses what cannot be.
func (o *Options) fill(dev *net.Interface, queues int) error {
	if len(o.Queues) == 0 {
		for q := range queues {
			o.Queues = append(o.Queues, q)
		}
	}
	for i, q := range o.Queues {
		if q < 0 || q >= queues {
			return fmt.Errorf("queue %d: the interface has %d, from 0 on (ethtool -L changes that)", q, queues)
		}
		if slices.Contains(o.Queues[:i], q) {
			return fmt.Errorf("queue %d is named twice", q)
		}
	}
	if o.SnapLen < 0 || o.BufferSize < 0 || o.Held < 0 {
		return fmt.Errorf("snapshot length %d, buffer of %d bytes, %d packets held: none can be negative", o.SnapLen, o.BufferSize, o.Held)
	}
	if o.SnapLen == 0 {
		o.SnapLen = largeFrame
	}
	if o.OnState == nil {
		o.OnState = func(error) {}
	}
	return o.fillFrames(dev)
}

// fillFrames chooses the size and the number of frames.
func (o *Options) fillFrames(dev *net.Interface) error {
	if o.FrameSize == 0 {
		o.FrameSize = frameFor(dev)
	}
	if o.FrameSize != smallFrame && o.FrameSize != largeFrame {
		return fmt.Errorf("frames of %d bytes: the kernel takes %d and %d", o.FrameSize, smallFrame, largeFrame)
	}
	switch {
	case o.Frames != 0:
	case o.BufferSize == 0:
		o.Frames = DefaultFrames
	default:
		o.Frames = max(o.BufferSize/o.FrameSize/len(o.Queues), minFrames)
	}
	o.Frames += (o.Held + len(o.Queues) - 1) / len(o.Queues)
	if o.Frames < minFrames || o.Frames > maxFrames {
		return fmt.Errorf("%d frames for a queue: %d to %d are possible", o.Frames, minFrames, maxFrames)
	}
	return nil
}
