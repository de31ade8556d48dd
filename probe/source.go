package probe

import (
	"fmt"

	"mmt/config"
	"mmt/dataplane"
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
func openSource(c *config.Config) (*pcapfile.Source, error) {
	src, err := pcapfile.Open(c.Input.Source, pcapfile.Options{Filter: c.Input.PcapFilter})
	if err != nil {
		return nil, fmt.Errorf("input.source: %w", err)
	}
	return src, nil
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
