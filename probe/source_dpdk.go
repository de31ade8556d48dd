package probe

import (
	"fmt"

	"mmt/dataplane"
	"mmt/dataplane/dpdk"
)

// openDPDK opens ports with a receive queue for each poller.
func (r *Run) openDPDK() ([]dataplane.Source, error) {
	in := &r.Config.Input
	device, err := dpdk.Open(in.Source, dpdk.Options{
		EAL: in.DPDKOption, Queues: in.PollerNb, SnapLen: in.SnapLen, Held: heldPackets(r.Config),
		Promiscuous: true, Filter: in.PcapFilter, OnState: r.portState,
	})
	if err != nil {
		return nil, err
	}
	return sources(device.Sources(), nil)
}

// portState logs when a port loses its link, and when it has it again.
func (r *Run) portState(port string, err error) {
	if err != nil {
		r.Log.Error(fmt.Sprintf("%v: the capture goes on when it is up again", err))
		return
	}
	r.Log.Warn("DPDK port " + port + " is up: the capture goes on")
}
