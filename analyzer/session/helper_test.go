package session_test

import (
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
	"mmt/analyzer/proto/network"
	"mmt/analyzer/proto/transport"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// probe is a handler that knows Ethernet, IP, TCP and UDP, and its table.
type probe struct {
	*dpi.Handler
	table *session.Table
	last  func(p *dpi.Packet) // sees each packet
}

// newProbe makes a probe. stream, if not nil, sees what TCP and UDP deliver, as
// long as it returns false; defragment switches IP defragmentation on.
func newProbe(t testing.TB, config session.Config, stream func(p *dpi.Packet) (done bool), defragment bool) *probe {
	t.Helper()
	reg := dpi.NewRegistry()
	protocols := []dpi.Protocol{{ID: id.Meta, Name: "meta"}, {ID: 0, Name: "unknown"}, link.Ethernet, network.IP, network.IPv6, transport.TCP, transport.UDP}
	if stream != nil {
		watch := dpi.Protocol{ID: 4000, Name: "watch", Classifiers: []dpi.Classifier{}}
		watch.Inspect = func(p *dpi.Packet, _ []byte) bool { return stream(p) }
		watch.Track = func(p *dpi.Packet, _ []byte) {}
		for _, parent := range []dpi.ProtocolID{id.Tcp, id.Udp} {
			watch.Classifiers = append(watch.Classifiers, dpi.Classifier{Parent: parent, Classify: func(*dpi.Packet, []byte) dpi.Verdict { return dpi.Yes }})
		}
		protocols = append(protocols, watch)
	}
	for _, p := range protocols {
		if err := reg.Register(p); err != nil {
			t.Fatal(err)
		}
	}
	for l, root := range map[dataplane.LinkType]dpi.ProtocolID{dataplane.LinkEthernet: id.Ethernet, dataplane.LinkIPv4: id.Ip, dataplane.LinkIPv6: id.Ipv6} {
		reg.SetRoot(l, func(*dpi.Packet) (dpi.ProtocolID, int) { return root, 0 })
	}
	dpi.LetPanicsThrough()
	x := &probe{}
	ended := config.Ended
	config.Ended = func(s *session.Session) {
		if ended != nil {
			ended(s)
		}
		x.EndFlow(&s.Flow)
	}
	x.table = session.NewTable(config)
	options := dpi.Options{}
	if defragment {
		options.Defragmenter = x.table
	}
	h, err := dpi.NewHandler(reg, x.table, options)
	if err != nil {
		t.Fatal(err)
	}
	x.Handler = h
	if err := h.AddPacketHandler(1, x.see); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *probe) see(p *dpi.Packet) {
	if x.last != nil {
		x.last(p)
	}
}

// packet processes one packet that starts with its IP header.
func (x *probe) packet(at int64, data []byte) {
	l := dataplane.LinkIPv4
	if data[0]>>4 == 6 {
		l = dataplane.LinkIPv6
	}
	x.frame(dataplane.Packet{Data: data, Len: uint32(len(data)), Time: at, Link: l})
}

func (x *probe) frame(p dataplane.Packet) { x.Process([]dataplane.Packet{p}) }
