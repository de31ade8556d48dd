package probe

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"mmt/bpf"
	"mmt/config"
	"mmt/dataplane"
	"mmt/dataplane/afpacket"
	"mmt/dataplane/afxdp"
)

// xdpModes are the modes of the block prefilter in words of the kernel.
var xdpModes = map[config.PrefilterMode]bpf.Mode{
	config.PrefilterAuto: bpf.Auto, config.PrefilterNative: bpf.Native, config.PrefilterGeneric: bpf.Generic,
}

// openKernelSieve puts the prefilter in the kernel in front of sources. The error
// says why that cannot be.
func openKernelSieve(r *Run, list []dataplane.Source, rules *bpf.Rules) (kernelSieve, error) {
	switch src := list[0].(type) {
	case *afxdp.Source:
		return deviceSieve{src}, nil
	case *afpacket.Source:
		if src.Link() != dataplane.LinkEthernet {
			return nil, fmt.Errorf("%s has no Ethernet frames, which are all that XDP programs read", r.Config.Input.Source)
		}
		return openInterfaceSieve(r, rules)
	}
	return nil, errors.New("XDP is not for this kind of source")
}

// inXDP makes the prefilter that of an AF_XDP device, from its first packet on,
// unless it is to run in user space.
func (s *sieve) inXDP(p *config.Prefilter, o *afxdp.Options) {
	if s != nil && s.inUserSpace(p) == nil {
		o.Mode, o.Rules, o.Flows = xdpModes[p.Mode], &s.rules, bypassable(p)
	}
}

// bypassable is how many flows can be bypassed: they take memory in the kernel.
func bypassable(p *config.Prefilter) int {
	if p.Bypass {
		return bpf.DefaultFlows
	}
	return 1
}

// deviceSieve is the prefilter of an AF_XDP device, which all its packets pass.
type deviceSieve struct{ *afxdp.Source }

// Kept implements prefilter.Front. The source itself tells what its prefilter
// kept away.
func (deviceSieve) Kept() uint64 { return 0 }

func (d deviceSieve) counters() bpf.Counters { return d.PrefilterCounters() }

func (d deviceSieve) update(rules *bpf.Rules) error { return d.Prefilter().Update(rules) }

func (d deviceSieve) describe() string { return "in the kernel, with AF_XDP" }

func (deviceSieve) alone() bool { return true }

func (deviceSieve) close() error { return nil }

// interfaceSieve is the prefilter at an interface that AF_PACKET captures.
type interfaceSieve struct {
	loaded *bpf.Prefilter
	name   string
	mode   bpf.Mode
	log    *slog.Logger
	text   string
	done   chan struct{}
	watch  sync.WaitGroup

	mu       sync.Mutex
	attached *bpf.Attachment // nil: the interface is gone
	told     string          // why it is not attached, once that was told
	stopped  bool
	last     bpf.Counters // when it was stopped
}

func openInterfaceSieve(r *Run, rules *bpf.Rules) (kernelSieve, error) {
	loaded, err := bpf.Load(bpf.Options{Flows: bypassable(&r.Config.Prefilter)})
	if err != nil {
		return nil, err
	}
	s := &interfaceSieve{
		loaded: loaded, name: r.Config.Input.Source, mode: xdpModes[r.Config.Prefilter.Mode],
		log: r.Log, done: make(chan struct{}),
	}
	if err = s.update(rules); err == nil {
		s.attached, err = loaded.Attach(s.name, s.mode)
	}
	if err != nil {
		return nil, errors.Join(err, loaded.Close())
	}
	s.text = s.attached.Message()
	s.watch.Go(s.keep)
	return s, nil
}

// lookAfter is how often it is made sure that the prefilter is attached.
const lookAfter = 200 * time.Millisecond

// keep attaches the prefilter again when the interface has gone away and come
// back.
func (s *interfaceSieve) keep() {
	tick := time.NewTicker(lookAfter)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-tick.C:
			s.look()
		}
	}
}

func (s *interfaceSieve) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || s.attached != nil && s.attached.Alive() {
		return
	}
	if s.attached != nil {
		_ = s.attached.Close() // its interface is gone: nothing is attached any more
		s.attached = nil
		s.log.Warn(fmt.Sprintf("prefilter: %s is gone and XDP with it: in user space until it is back", s.name))
	}
	if _, err := net.InterfaceByName(s.name); err != nil {
		return // it is looked for again
	}
	s.reattach()
}

func (s *interfaceSieve) reattach() {
	attached, err := s.loaded.Attach(s.name, s.mode)
	switch {
	case err == nil:
		s.attached, s.told = attached, ""
		s.log.Warn("prefilter: " + attached.Message())
	case s.told != err.Error():
		s.told = err.Error()
		s.log.Warn("prefilter: in user space: " + s.told)
	}
}

// Kept implements prefilter.Front.
func (s *interfaceSieve) Kept() uint64 {
	c := s.counters()
	return c.Seen().Packets - c.Passed().Packets
}

// Stop implements prefilter.Front.
func (s *interfaceSieve) Stop() {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		return
	}
	if s.attached != nil {
		// What cannot be taken off ends with the process.
		_ = s.attached.Close()
		_ = s.loaded.Settle()
	}
	s.last = s.now()
	s.stopped = true
	s.mu.Unlock()
	close(s.done)
	s.watch.Wait()
}

// now reads the counters; a map that could be loaded can be read.
func (s *interfaceSieve) now() bpf.Counters {
	c, err := s.loaded.Counters()
	if err != nil {
		return s.last
	}
	s.last = c
	return c
}

func (s *interfaceSieve) counters() bpf.Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return s.last
	}
	return s.now()
}

func (s *interfaceSieve) update(rules *bpf.Rules) error { return s.loaded.Update(rules) }

func (s *interfaceSieve) describe() string { return s.text }

func (s *interfaceSieve) alone() bool { return false }

func (s *interfaceSieve) close() error {
	s.Stop()
	return s.loaded.Close()
}
