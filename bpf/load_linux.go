package bpf

import (
	"errors"
	"fmt"
	"sync"

	"github.com/cilium/ebpf"
)

// DefaultFlows is how many flows can be bypassed unless Options say otherwise.
// A flow takes about 200 bytes of kernel memory.
const DefaultFlows = 65536

// Options of Load.
type Options struct {
	// Flows is how many flows can be bypassed at a time; 0: DefaultFlows.
	Flows int
	// Queues is how many receive queues can have a socket. With 0, packets that
	// pass go on to the host, where AF_PACKET sees them.
	Queues int
	// MaxFrame is the longest frame that passes, bytes; 0: any.
	MaxFrame int
}

// Prefilter is the program and its tables in the kernel. Its methods may be
// called from any number of goroutines.
type Prefilter struct {
	objs  prefilterObjects
	trie4 *ebpf.MapSpec
	trie6 *ebpf.MapSpec
	grace *grace
	flows *Flows

	mu   sync.Mutex // for what follows
	slot uint32     // of the rules in force
}

// Load checks the program and puts it into the kernel, with rules that let
// everything pass. The error wraps ErrNotSupported or fs.ErrPermission where
// user space should do the filtering; it says what is missing.
func Load(o Options) (*Prefilter, error) {
	if err := Supported(); err != nil {
		return nil, fmt.Errorf("prefilter: %w", err)
	}
	spec, err := loadPrefilter()
	if err != nil {
		return nil, fmt.Errorf("prefilter: %w", err)
	}
	if err := o.apply(spec); err != nil {
		return nil, fmt.Errorf("prefilter: %w", err)
	}
	p := &Prefilter{
		trie4: spec.Maps[prefilterMapPrefixes4].InnerMap,
		trie6: spec.Maps[prefilterMapPrefixes6].InnerMap,
	}
	if err := p.load(spec); err != nil {
		return nil, fmt.Errorf("prefilter: %w", errors.Join(explain(err), p.Close()))
	}
	return p, nil
}

// apply sets the sizes of the tables.
func (o *Options) apply(spec *ebpf.CollectionSpec) error {
	if o.Flows < 0 || o.Queues < 0 || o.MaxFrame < 0 {
		return fmt.Errorf("%d flows, %d queues, frames of %d bytes: none can be negative", o.Flows, o.Queues, o.MaxFrame)
	}
	if o.Flows == 0 {
		o.Flows = DefaultFlows
	}
	spec.Maps[prefilterMapFlows].MaxEntries = uint32(o.Flows)
	spec.Maps[prefilterMapFlowCounters].MaxEntries = uint32(o.Flows)
	if err := spec.Variables[prefilterVarMaxFrame].Set(uint32(o.MaxFrame)); err != nil || o.Queues == 0 {
		return err
	}
	spec.Maps[prefilterMapSockets].MaxEntries = uint32(o.Queues)
	return spec.Variables[prefilterVarRedirect].Set(uint8(1))
}

func (p *Prefilter) load(spec *ebpf.CollectionSpec) error {
	if err := spec.LoadAndAssign(&p.objs, nil); err != nil {
		return err
	}
	var err error
	if p.grace, err = newGrace(); err != nil {
		return err
	}
	p.flows, err = newFlows(&p.objs, p.grace)
	return err
}

// Close takes the program and its tables out of the kernel; attachments must be
// closed on their own.
func (p *Prefilter) Close() error {
	var list []error
	if p.flows != nil {
		list = append(list, p.flows.close())
	}
	if p.grace != nil {
		list = append(list, p.grace.close())
	}
	if p.objs.Prefilter != nil {
		list = append(list, p.objs.Close())
	}
	return errors.Join(list...)
}

// Flows returns the bypassed flows.
func (p *Prefilter) Flows() *Flows { return p.flows }

// SetSocket hands packets of a receive queue to an AF_XDP socket, which must be
// bound to that queue. The kernel forgets the socket when it is closed.
func (p *Prefilter) SetSocket(queue, fd int) error {
	if err := p.objs.Sockets.Put(uint32(queue), uint32(fd)); err != nil {
		return fmt.Errorf("prefilter: socket for queue %d: %w", queue, err)
	}
	return nil
}

// Settle waits until no core works any more on a packet that it began with the
// rules, attachments or sockets of before. It takes some milliseconds.
func (p *Prefilter) Settle() error { return p.grace.wait() }

// Counters returns what has been counted on all cores since Load. Packets on
// their way while it reads may or may not be in.
func (p *Prefilter) Counters() (sum Counters, err error) {
	var cores []prefilterCore
	if err := p.objs.Cores.Lookup(uint32(0), &cores); err != nil {
		return sum, fmt.Errorf("prefilter: counters: %w", err)
	}
	for _, c := range cores {
		for r, n := range c.Counts.ByReason {
			sum.ByReason[r].Add(Count{n.Packets, n.Bytes})
		}
		sum.Unclaimed.Add(Count{c.Counts.Unclaimed.Packets, c.Counts.Unclaimed.Bytes})
	}
	return sum, nil
}

// grace waits until no core works any more on a packet that it began before.
type grace struct{ outer, inner *ebpf.Map }

func newGrace() (*grace, error) {
	inner := &ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1}
	outer, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.ArrayOfMaps, KeySize: 4, ValueSize: 4, MaxEntries: 1, InnerMap: inner})
	if err != nil {
		return nil, err
	}
	g := &grace{outer: outer}
	if g.inner, err = ebpf.NewMap(inner); err != nil {
		return nil, errors.Join(err, outer.Close())
	}
	return g, nil
}

// wait uses that the kernel, when a map of maps is written to, returns only
// after all programs that could still see the old map are done. That takes some
// milliseconds.
func (g *grace) wait() error { return g.outer.Put(uint32(0), g.inner) }

func (g *grace) close() error { return errors.Join(g.outer.Close(), g.inner.Close()) }
