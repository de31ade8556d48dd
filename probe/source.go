package probe

import (
	"fmt"
	"os"

	"mmt/config"
	"mmt/dataplane"
	"mmt/dataplane/afpacket"
	"mmt/dataplane/pcapfile"
)

// stackLinks are the link types that a stack-type other than Ethernet forces on
// packets, by the protocol's number (manual section 3.1, stack-type).
var stackLinks = map[uint32]dataplane.LinkType{
	624: dataplane.LinkSLL,
	800: dataplane.Link802154,
	178: dataplane.LinkIPv4,
	182: dataplane.LinkIPv6,
}

// ethernetStack is the default stack-type; with it a trace's own link type
// holds.
const ethernetStack = 1

// openSource opens where the packets come from.
func (r *Run) openSource() (dataplane.Source, error) {
	src, err := r.openTraceOrInterface()
	if err != nil {
		return nil, fmt.Errorf("input.source: %w", err)
	}
	return src, nil
}

func (r *Run) openTraceOrInterface() (dataplane.Source, error) {
	in := &r.Config.Input
	if in.Mode == config.ModeOffline {
		return pcapfile.Open(in.Source, pcapfile.Options{Filter: in.PcapFilter})
	}
	src, err := afpacket.Open(in.Source, afpacket.Options{
		SnapLen: in.SnapLen, BufferSize: in.BufferSize, Retire: in.Timeout,
		Promiscuous: true, Filter: in.PcapFilter, OnState: r.interfaceState,
	})
	if err != nil {
		if info, noFile := os.Stat(in.Source); noFile == nil && info.Mode().IsRegular() {
			err = fmt.Errorf("%w; it is a file: read it with -t %s", err, in.Source)
		}
		return nil, err
	}
	r.Log.Info(src.Describe())
	return src, nil
}

// interfaceState logs when an interface goes down or away, and when it is back.
func (r *Run) interfaceState(err error) {
	if err != nil {
		r.Log.Error(fmt.Sprintf("%v: the capture goes on when it is up again", err))
		return
	}
	r.Log.Warn(r.Config.Input.Source + " is up: the capture goes on")
}

// restack makes a packet start as stack-type, stack-offset and snap-len say.
type restack struct {
	link   dataplane.LinkType
	force  bool
	offset int
	snap   int
}

func newRestack(c *config.Config) (restack, error) {
	r := restack{offset: c.StackOffset, snap: c.Input.SnapLen}
	if c.StackType == ethernetStack {
		return r, nil
	}
	link, known := stackLinks[c.StackType]
	if !known {
		return r, fmt.Errorf("stack-type %d cannot start a packet (use 1 for Ethernet or the trace's own, 624 for Linux cooked, 800 for IEEE 802.15.4, 178 or 182 for raw IP)", c.StackType)
	}
	r.link, r.force = link, true
	return r, nil
}

// apply changes the packets of a burst. A Linux cooked trace of version 2 stays
// one: both are stack-type 624.
func (r restack) apply(packets []dataplane.Packet) {
	if !r.force && r.offset == 0 && r.snap == 0 {
		return
	}
	for i := range packets {
		p := &packets[i]
		if r.force && !(r.link == dataplane.LinkSLL && p.Link == dataplane.LinkSLL2) {
			p.Link = r.link
		}
		p.Data = p.Data[min(r.offset, len(p.Data)):]
		if r.snap > 0 && len(p.Data) > r.snap {
			p.Data = p.Data[:r.snap]
		}
	}
}
