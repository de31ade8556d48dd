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

// maxFrames keeps the memory of a queue below what one registration can have.
const maxFrames = 1 << 20

// Options of Open. The zero value of all but Interface will do.
type Options struct {
	Interface string
	Queues    []int         // receive queues; nil: all
	Mode      bpf.Mode      // where the prefilter runs
	Copy      bool          // do not even try zero-copy
	FrameSize int           // 2048 or 4096 bytes; 0: by the MTU
	Frames    int           // for each queue; 0: DefaultFrames
	Flows     int           // how many flows can be bypassed; 0: bpf.DefaultFlows
	Wait      time.Duration // how long Receive waits for a packet, in whole ms; 0: not at all
	Port      uint16        // for dataplane.Packet
	// Notice is told in one line what the operator should know while packets are
	// received: that the interface is gone, or back. May be nil. It is called by
	// the goroutines that receive.
	Notice func(string)
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
	if o.FrameSize == 0 {
		o.FrameSize = frameFor(dev)
	}
	if o.FrameSize != smallFrame && o.FrameSize != largeFrame {
		return fmt.Errorf("frames of %d bytes: the kernel takes %d and %d", o.FrameSize, smallFrame, largeFrame)
	}
	if o.Frames == 0 {
		o.Frames = DefaultFrames
	}
	if o.Frames < 64 || o.Frames > maxFrames {
		return fmt.Errorf("%d frames for a queue: 64 to %d are possible", o.Frames, maxFrames)
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	return nil
}
