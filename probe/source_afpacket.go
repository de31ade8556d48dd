package probe

import (
	"mmt/dataplane"
	"mmt/dataplane/afpacket"
)

// openAFPacket opens a socket for each poller.
func (r *Run) openAFPacket() ([]dataplane.Source, error) {
	in := &r.Config.Input
	o := afpacket.Options{
		SnapLen: in.SnapLen, BufferSize: in.BufferSize, Retire: in.Timeout,
		Promiscuous: true, Filter: in.PcapFilter, Fanout: afpacket.ByHosts, OnState: r.linkState(in.Source),
	}
	if in.PollerNb > 1 {
		return sources(afpacket.OpenGroup(in.Source, in.PollerNb, o))
	}
	src, err := afpacket.Open(in.Source, o)
	return sources([]*afpacket.Source{src}, err)
}
