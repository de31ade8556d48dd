package analyzer

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mmt/analyzer/dpi"
)

// BypassFlow names a flow by its two ends. IPv4 addresses are such.
type BypassFlow struct {
	A, B     netip.AddrPort
	Protocol uint8 // IP protocol number, TCP or UDP
}

// BypassTraffic is what was counted of one end of a bypassed flow.
type BypassTraffic struct {
	Packets uint64
	Bytes   uint64 // of whole frames
	Data    uint64 // payload of the transport
	Last    int64  // time of the latest packet, ns since 1970; 0: there was none
}

// BypassedFlows are where packets of flows are counted and dropped before they
// come to a worker. Each packet of a flow that was added is either counted, or
// comes to the worker. One that opens or ends a connection comes, and so does what
// follows it. Methods may be called from any goroutine.
type BypassedFlows interface {
	// Len is how many flows can be bypassed; places are below it.
	Len() int
	// Add bypasses a flow and returns its place, which is its own until Collect
	// has told of it. It fails if there is no place.
	Add(flow BypassFlow) (place uint32, err error)
	// Read returns what was counted since Add, [0] of end A, [1] of end B.
	Read(place uint32) [2]BypassTraffic
	// Remove makes packets of the flow come to the worker again.
	Remove(place uint32) error
	// Collect tells of all flows that were removed before it was called, unless an
	// earlier call did: what was counted of them is final.
	Collect(visit func(place uint32, counted [2]BypassTraffic)) error
}

// BypassOptions of a Bypass.
type BypassOptions struct {
	// Packets makes a session an elephant: with that many, it is bypassed even if
	// its payload could be read. Sessions of fewer than 16 packets never are.
	Packets uint64
	// Needed tells whether somebody besides the session reports may need packets
	// of a flow that neither begin nor end its connection: a loaded rule that can
	// match one. All workers call it, also at the same time. If it is nil, nothing
	// is bypassed while a worker verifies properties or extracts attributes.
	// Nothing ever is while it has packet handlers that are not its own.
	Needed func(f *dpi.Flow) bool
	// Failed is told of errors, one of each kind.
	Failed func(err error)
}

// Bypass lets workers put sessions that need no more looking at where their
// packets are only counted. All workers of a run share one.
type Bypass struct {
	flows   BypassedFlows
	packets uint64
	needed  func(f *dpi.Flow) bool
	failed  func(err error)
	failing atomic.Bool

	owners []owner // by place; an entry belongs to who has the place
	wake   chan struct{}
	done   chan struct{}
	ended  sync.WaitGroup
	mu     sync.Mutex // of collect

	deliver func(uint32, [2]BypassTraffic) // tell, made once
}

// owner is the worker whose session has a place, and its number there.
type owner struct {
	b     *bypass
	entry uint32
}

// collectPause is how long flows that were removed gather before they are
// collected together.
const collectPause = 5 * time.Millisecond

// NewBypass returns a Bypass on flows, which the caller closes after it.
func NewBypass(flows BypassedFlows, o BypassOptions) *Bypass {
	b := newBypass(flows, o)
	b.ended.Go(b.serve)
	return b
}

func newBypass(flows BypassedFlows, o BypassOptions) *Bypass {
	b := &Bypass{
		flows: flows, packets: o.Packets, needed: o.Needed, failed: o.Failed,
		owners: make([]owner, flows.Len()), wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	b.deliver = b.tell
	return b
}

// Close stops it. The workers must have been closed.
func (b *Bypass) Close() {
	close(b.done)
	b.ended.Wait()
}

// serve collects the flows that workers have removed, so that they need not wait.
func (b *Bypass) serve() {
	for {
		select {
		case <-b.done:
			return
		case <-b.wake:
		}
		b.collect()
		time.Sleep(collectPause)
	}
}

// nudge makes serve collect.
func (b *Bypass) nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// collect gives the final counts of flows that were removed to their workers.
func (b *Bypass) collect() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.note(b.flows.Collect(b.deliver))
}

func (b *Bypass) tell(place uint32, counted [2]BypassTraffic) {
	o := b.owners[place]
	o.b.inbox.put(o.entry, counted)
}

// note reports the first of several errors in a row.
func (b *Bypass) note(err error) {
	if err == nil {
		b.failing.Store(false)
	} else if !b.failing.Swap(true) && b.failed != nil {
		b.failed(err)
	}
}

// inbox takes final counts for a worker.
type inbox struct {
	waiting atomic.Bool
	mu      sync.Mutex
	list    []finalCount
	taken   []finalCount // the worker's
}

type finalCount struct {
	entry   uint32
	counted [2]BypassTraffic
}

func (x *inbox) put(entry uint32, counted [2]BypassTraffic) {
	x.mu.Lock()
	x.list = append(x.list, finalCount{entry, counted})
	x.waiting.Store(true)
	x.mu.Unlock()
}

// take returns what was put; it is valid until the next call.
func (x *inbox) take() []finalCount {
	if !x.waiting.Load() {
		return nil
	}
	x.mu.Lock()
	x.list, x.taken = x.taken[:0], x.list
	x.waiting.Store(false)
	x.mu.Unlock()
	return x.taken
}
