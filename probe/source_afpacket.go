package probe

import (
	"mmt/dataplane"
	"mmt/dataplane/afpacket"
)

// openAFPacket opens a socket for each poller.
func (r *Run) openAFPacket() ([]dataplane.Source, error) {
	in := &r.Config.Input
	o := afpacket.Options{
		SnapLen: in.SnapLen, BufferSize: r.bufferSize(), Retire: in.Timeout,
		Promiscuous: true, Filter: in.PcapFilter, Fanout: afpacket.ByHosts, OnState: r.linkState(in.Source),
	}
	if in.PollerNb > 1 {
		return sources(afpacket.OpenGroup(in.Source, in.PollerNb, o))
	}
	src, err := afpacket.Open(in.Source, o)
	return sources([]*afpacket.Source{src}, err)
}

// Of a ring whose size the configuration leaves to the probe.
const (
	leastBuffer   = 32 << 20
	usualPacket   = 1 << 10 // bytes that a packet of much traffic takes, with its header
	largestBuffer = 1 << 30
)

// bufferSize is the size of the ring of a socket in bytes: packets that the
// threads have not released yet lie in it, too.
func (r *Run) bufferSize() int {
	if n := r.Config.Input.BufferSize; n > 0 {
		return n
	}
	return min(leastBuffer+usualPacket*heldPackets(r.Config), largestBuffer)
}
