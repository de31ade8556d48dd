package probe

import (
	"errors"
	"time"

	"mmt/dataplane"
	"mmt/dataplane/afxdp"
)

// pollWait is how long a poller waits for packets before it looks around.
const pollWait = 100 * time.Millisecond

// openAFXDP opens an interface whose receive queues are shared out among the
// pollers.
func (r *Run) openAFXDP() ([]dataplane.Source, error) {
	in := &r.Config.Input
	device, err := afxdp.Open(afxdp.Options{
		Interface: in.Source, BufferSize: in.BufferSize, Held: heldPackets(r.Config), SnapLen: in.SnapLen,
		Promiscuous: true, Filter: in.PcapFilter, Wait: pollWait, OnState: r.linkState(in.Source),
	})
	if err != nil {
		return nil, err
	}
	for _, w := range device.Warnings() {
		r.Log.Warn(w)
	}
	list, err := device.Split(in.PollerNb)
	if err != nil {
		return nil, errors.Join(err, device.Close())
	}
	return sources(list, nil)
}
