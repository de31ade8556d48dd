package probe

import (
	"fmt"

	"mmt/config"
	"mmt/dataplane/pin"
)

// chooseCores gives cores to the pollers and then the workers; nil: the kernel
// may move them. Without option thread-cores each thread has a core of its own,
// those of the NIC's NUMA node first, or none has, if there are not enough.
func (r *Run) chooseCores(pollers int) ([]int, error) {
	c := r.Config
	threads := pollers + c.ThreadNb
	allowed, err := pin.Allowed()
	if err != nil {
		return nil, err
	}
	switch {
	case c.ThreadCores == config.CoresNone:
		return nil, nil
	case c.ThreadCores != "":
		return r.namedCores(allowed, threads)
	case c.ThreadNb == 0 || c.Input.Mode == config.ModeOffline || threads > len(allowed):
		return nil, nil
	}
	node, err := pin.Machine().NodeOf(c.Input.Source)
	if err != nil {
		node = pin.NoNode // DPDK ports, for one, are not the names of interfaces
	}
	cores := pin.Choose(pin.Machine().Order(allowed, node), threads)
	r.Log.Info(fmt.Sprintf("threads run on cores %s: %d poll, %d analyse (thread-cores chooses others)", pin.FormatCores(cores), pollers, c.ThreadNb))
	return cores, nil
}

// namedCores are those that thread-cores names, in its order.
func (r *Run) namedCores(allowed []int, threads int) ([]int, error) {
	at := r.Config.Where("thread-cores")
	cores, err := pin.ParseCores(r.Config.ThreadCores)
	if err == nil {
		err = pin.Check(cores, allowed)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: thread-cores: %w", at, err)
	}
	if len(cores) < threads {
		r.Log.Warn(fmt.Sprintf("%s: thread-cores names %d cores for %d threads: some share a core", at, len(cores), threads))
	}
	return pin.Choose(cores, threads), nil
}
