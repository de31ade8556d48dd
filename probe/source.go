package probe

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"mmt/config"
	"mmt/dataplane"
	"mmt/dataplane/dpdk"
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

// openSources opens where the packets come from: one source for each poller, and
// one for a trace.
func (r *Run) openSources() ([]dataplane.Source, error) {
	if err := r.newSieve(); err != nil {
		return nil, err
	}
	list, err := r.openTraceOrNetwork()
	if err != nil {
		return nil, fmt.Errorf("input.source: %w", err)
	}
	return r.sift(list), nil
}

func (r *Run) openTraceOrNetwork() ([]dataplane.Source, error) {
	in := &r.Config.Input
	if in.Mode == config.ModeOffline {
		src, err := pcapfile.Open(in.Source, pcapfile.Options{Filter: in.PcapFilter})
		return sources([]*pcapfile.Source{src}, err)
	}
	capture, why, err := chooseCapture(in)
	if err != nil {
		return nil, err
	}
	list, err := r.openCapture(capture)
	if err != nil {
		return nil, aFile(in.Source, err)
	}
	line := list[0].(dataplane.Live).Describe()
	if len(list) > 1 {
		line += fmt.Sprintf(", the first of %d sources", len(list))
	}
	r.Log.Info(fmt.Sprintf("%s (%s)", line, why))
	return list, nil
}

func (r *Run) openCapture(capture config.Capture) ([]dataplane.Source, error) {
	switch capture {
	case config.CaptureAFXDP:
		return r.openAFXDP()
	case config.CaptureDPDK:
		return r.openDPDK()
	}
	return r.openAFPacket()
}

// chooseCapture says how a network is captured, and why in this way. AF_XDP is
// only chosen by the operator: it takes the packets away from the host.
func chooseCapture(in *config.Input) (config.Capture, string, error) {
	switch {
	case in.Capture != config.CaptureAuto:
		return in.Capture, "as input.capture says", nil
	case !arePorts(in.Source):
		return config.CaptureAFPacket, "input.capture is auto: AF_PACKET takes any interface and leaves the traffic to the host", nil
	case dpdk.Version() == "":
		return "", "", fmt.Errorf("%q are DPDK ports, and this build has no DPDK: make build-dpdk", in.Source)
	}
	return config.CaptureDPDK, "input.capture is auto: numbers are DPDK ports", nil
}

// arePorts tells whether a source is a list of numbers, and no interface that is
// called so.
func arePorts(source string) bool {
	for number := range strings.SplitSeq(source, ",") {
		if _, err := strconv.ParseUint(strings.TrimSpace(number), 10, 16); err != nil {
			return false
		}
	}
	_, err := net.InterfaceByName(source)
	return err != nil
}

// aFile adds to an error of an interface that it is the name of a file.
func aFile(source string, err error) error {
	if info, noFile := os.Stat(source); noFile == nil && info.Mode().IsRegular() {
		return fmt.Errorf("%w; it is a file: read it with -t %s", err, source)
	}
	return err
}

// sources makes sources of what a package opens.
func sources[S dataplane.Source](list []S, err error) ([]dataplane.Source, error) {
	if err != nil {
		return nil, err
	}
	all := make([]dataplane.Source, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all, nil
}

// heldPackets is how many packets a source hands out before it gets any back:
// those that wait for the threads, and whole bursts on their way.
func heldPackets(c *config.Config) int {
	return workerCount(c)*threadQueue(c) + dataplane.BurstSize*dataplane.BurstSize
}

// linkState returns what logs when an interface goes down or away, and when it
// is back, once for all sources.
func (r *Run) linkState(name string) func(error) {
	var mu sync.Mutex
	last := name + " is up"
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		now := name + " is up"
		if err != nil {
			now = err.Error()
		}
		if now == last {
			return
		}
		last = now
		if err != nil {
			r.Log.Error(now + ": the capture goes on when it is up again")
			return
		}
		r.Log.Warn(now + ": the capture goes on")
	}
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
