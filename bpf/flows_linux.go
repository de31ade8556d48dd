package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// IP protocols whose flows can be bypassed.
func bypassable(protocol uint8) bool { return protocol == protoTCP || protocol == protoUDP }

// FlowID is the place of a bypassed flow, below Options.Flows. A place is given
// to another flow only after Collect has told of the one before.
type FlowID uint32

// Traffic is what one end of a bypassed flow sent.
type Traffic struct {
	Packets uint64
	Bytes   uint64 // of whole frames
	Data    uint64 // of TCP or UDP payload
	// Last is the time of the latest packet, ns since the Unix epoch, up to a tick
	// of the kernel (1 to 10 ms) too early; 0: there was none.
	Last  int64
	Flags uint8 // TCP flags seen, as in the header; never SYN, FIN, RST
}

// FlowTraffic is what was counted of a bypassed flow since it was added:
// [0] was sent by end A, [1] by end B.
type FlowTraffic [2]Traffic

// Flows are the flows that the kernel counts and drops. A packet of such a flow
// is either in the flow's traffic or has passed to user space, never both, never
// neither. Fragments always pass. With SYN, FIN or RST the kernel stops: that
// packet and all that follow pass. The flow's place and its traffic remain until
// it is removed.
type Flows struct {
	keys  *ebpf.Map
	grace *grace
	on    *ebpf.Variable
	mem   []byte // the counters themselves
	boot  atomic.Int64

	mu       sync.Mutex // for what follows
	list     []flowState
	known    map[prefilterFlowKey]struct{} // of flows that are not removed
	free     []FlowID
	draining []FlowID // removed since the last Collect
	n        int
}

// flowState is what user space knows of a place.
type flowState struct {
	key     prefilterFlowKey
	flow    Flow
	swapped bool  // A is the second end in the kernel
	live    bool  // not removed
	added   int64 // ns of CLOCK_MONOTONIC
}

const flowSize = int(unsafe.Sizeof(prefilterFlowCounts{}))

func newFlows(objs *prefilterObjects, g *grace) (*Flows, error) {
	n := int(objs.FlowCounters.MaxEntries())
	size := (n*flowSize + unix.Getpagesize() - 1) &^ (unix.Getpagesize() - 1)
	mem, err := unix.Mmap(objs.FlowCounters.FD(), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("counters of %d flows cannot be mapped: %w", n, err)
	}
	f := &Flows{keys: objs.Flows, grace: g, on: objs.Bypassing, mem: mem, list: make([]flowState, n), free: make([]FlowID, n), known: map[prefilterFlowKey]struct{}{}}
	for i := range f.free {
		f.free[i] = FlowID(n - 1 - i)
	}
	f.syncClock()
	return f, nil
}

func (f *Flows) close() error { return unix.Munmap(f.mem) }

// monotonic returns ns of the clock that the kernel stamps packets with.
func monotonic() int64 {
	var ts unix.Timespec
	// It fails for unknown clocks only.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

// syncClock notes what has to be added to that clock to give the time of day.
func (f *Flows) syncClock() { f.boot.Store(time.Now().UnixNano() - monotonic()) }

// Add makes the kernel count and drop the packets of a flow from now on. Only
// TCP and UDP can be bypassed, outside of tunnels. Errors: ErrFull, ErrKnown,
// or wrapped ErrNotSupported.
func (f *Flows) Add(flow Flow) (FlowID, error) {
	if !bypassable(flow.Protocol) {
		return 0, fmt.Errorf("flow of IP protocol %d cannot be bypassed, only TCP and UDP: %w", flow.Protocol, ErrNotSupported)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.free) == 0 {
		return 0, ErrFull
	}
	id := f.free[len(f.free)-1]
	s := flowState{flow: flow, live: true, added: monotonic()}
	s.key, s.swapped = flow.key()
	if _, known := f.known[s.key]; known {
		return 0, ErrKnown
	}
	if err := f.keys.Update(&s.key, uint32(id), ebpf.UpdateNoExist); err != nil {
		return 0, fmt.Errorf("bypassed flow: %w", err)
	}
	f.known[s.key] = struct{}{}
	f.free = f.free[:len(f.free)-1]
	f.list[id] = s
	f.n++
	return id, f.turn()
}

// turn tells the program whether there are flows to look for.
func (f *Flows) turn() error {
	on := uint32(0)
	if f.n > 0 {
		on = 1
	}
	return f.on.Set(on)
}

// Cap returns how many flows can be bypassed at a time.
func (f *Flows) Cap() int { return len(f.list) }

// Len returns how many flows were added and not removed.
func (f *Flows) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

// Read returns what has been counted of a flow so far. It costs no system call.
func (f *Flows) Read(id FlowID) FlowTraffic {
	f.mu.Lock()
	swapped := f.list[id].swapped
	f.mu.Unlock()
	return f.read(id, swapped)
}

func (f *Flows) read(id FlowID, swapped bool) (t FlowTraffic) {
	c := f.counts(id)
	for i := range c.End {
		t[i] = f.traffic(&c.End[i])
	}
	if swapped {
		t[0], t[1] = t[1], t[0]
	}
	return t
}

func (f *Flows) counts(id FlowID) *prefilterFlowCounts {
	return (*prefilterFlowCounts)(unsafe.Pointer(&f.mem[int(id)*flowSize]))
}

// traffic reads counters that the kernel may be writing.
func (f *Flows) traffic(e *prefilterFlowEnd) (t Traffic) {
	t.Packets = atomic.LoadUint64(&e.Packets)
	t.Bytes = atomic.LoadUint64(&e.Bytes)
	t.Data = atomic.LoadUint64(&e.Data)
	if last := atomic.LoadUint64(&e.Last); last > 0 {
		t.Last = int64(last) + f.boot.Load()
	}
	t.Flags = e.seen()
	return t
}

// seen returns the flags of all packets. The table has a byte for each value of
// the upper five, most of which never come.
func (e *prefilterFlowEnd) seen() (flags uint8) {
	for at := 0; at < len(e.Flags); at += 8 {
		if binary.NativeEndian.Uint64(e.Flags[at:]) == 0 {
			continue
		}
		for i, seen := range e.Flags[at : at+8] {
			flags |= uint8(at+i) << 3 * seen
		}
	}
	return flags
}

// Remove brings a flow back: when it returns, packets that arrive pass to user
// space. What was counted comes with the next Collect, and then the place is
// free. Removing a flow that is not there does nothing.
func (f *Flows) Remove(id FlowID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.remove(id)
}

func (f *Flows) remove(id FlowID) error {
	s := &f.list[id]
	if !s.live {
		return nil
	}
	if err := f.keys.Delete(&s.key); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
		return fmt.Errorf("bypassed flow %v: %w", s.flow, err)
	}
	s.live = false
	delete(f.known, s.key)
	f.n--
	f.draining = append(f.draining, id)
	return f.turn()
}

// Collect removes the flows of which nothing was seen for the time of idle, 0
// for none, and then tells of all flows that were removed since it was last
// called, by it or by Remove: their traffic is final and exact. It waits some
// milliseconds for packets that are being counted, and is meant for a goroutine
// that has no packets to receive. visit may call Add, Read and Remove.
func (f *Flows) Collect(idle time.Duration, visit func(FlowID, Flow, FlowTraffic)) error {
	f.syncClock()
	done, err := f.takeRemoved(idle)
	if err != nil || len(done) == 0 {
		return err
	}
	if err := f.grace.wait(); err != nil {
		f.mu.Lock()
		f.draining = append(f.draining, done...) // for the next time
		f.mu.Unlock()
		return fmt.Errorf("bypassed flows: %w", err)
	}
	for _, id := range done {
		s := &f.list[id] // of a removed flow nobody else writes it
		visit(id, s.flow, f.read(id, s.swapped))
		*f.counts(id) = prefilterFlowCounts{}
	}
	f.mu.Lock()
	f.free = append(f.free, done...)
	f.mu.Unlock()
	return nil
}

func (f *Flows) takeRemoved(idle time.Duration) ([]FlowID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if idle > 0 {
		if err := f.removeIdle(monotonic() - int64(idle)); err != nil {
			return nil, err
		}
	}
	done := f.draining
	f.draining = nil
	return done, nil
}

// removeIdle removes flows that were quiet since a time of CLOCK_MONOTONIC.
func (f *Flows) removeIdle(since int64) error {
	for i := range f.list {
		s, c := &f.list[i], f.counts(FlowID(i))
		if !s.live || s.added > since {
			continue
		}
		if max(atomic.LoadUint64(&c.End[0].Last), atomic.LoadUint64(&c.End[1].Last)) > uint64(since) {
			continue
		}
		if err := f.remove(FlowID(i)); err != nil {
			return err
		}
	}
	return nil
}
