package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"mmt/bpf"
	"mmt/dataplane"
	"mmt/dataplane/afxdp"
)

// pollWait is how long a poller waits for packets before it looks around.
const pollWait = 100 * time.Millisecond

// openAFXDP opens an interface whose receive queues are shared out among the
// pollers.
func (r *Run) openAFXDP() ([]dataplane.Source, error) {
	in := &r.Config.Input
	o := afxdp.Options{
		Interface: in.Source, BufferSize: in.BufferSize, Held: in.PollerNb * heldPackets(r.Config), SnapLen: in.SnapLen,
		Promiscuous: true, Filter: in.PcapFilter, Wait: pollWait, OnState: r.linkState(in.Source),
	}
	r.sieve.inXDP(&r.Config.Prefilter, &o)
	device, err := afxdp.Open(o)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, bpf.ErrNotSupported) {
		return nil, fmt.Errorf("%w; AF_XDP also needs CAP_NET_RAW, and input.capture = afpacket needs nothing but that", err)
	}
	if err != nil {
		return nil, err
	}
	list, err := device.Split(in.PollerNb)
	if err != nil {
		return nil, errors.Join(err, device.Close())
	}
	for _, w := range device.Warnings() {
		r.Log.Warn(w)
	}
	return sources(list, nil)
}
