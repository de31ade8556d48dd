// Package prototest helps the tests of protocols: it builds packets, feeds them
// to a handler that knows one protocol or all of them, and shows what the
// handler made of them.
//
//	n := prototest.New(t, Dns)
//	n.Register("dns.qr")
//	f := n.UDP(40000, 53).Up(query).Down(answer)
//	f.Path()          // "ethernet.ip.udp.dns"
//	n.Value("dns.qr") // "1", of the latest packet
//
// It does not import package proto, so that the tests of every package of
// protocols may use it; New takes what it needs besides IP, TCP and UDP.
package prototest

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/link"
	"mmt/analyzer/proto/network"
	"mmt/analyzer/proto/transport"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// Net is a handler with a session table and the packets that it has seen. The
// panics of dissectors fail the test.
type Net struct {
	Handler *dpi.Handler
	Table   *session.Table

	t     testing.TB
	slots map[string]*dpi.Slot
	now   int64
	flows int
	path  string
	flow  *dpi.Flow
}

// New returns a Net that knows what Registry registers.
func New(t testing.TB, protocols ...dpi.Protocol) *Net {
	t.Helper()
	return NewWith(t, Registry(t, protocols...), nil)
}

// Registry registers Ethernet, IPv4, IPv6, TCP, UDP and the given protocols,
// which take the place of those with the same number; all other protocols are
// names only. Packets start with Ethernet.
func Registry(t testing.TB, protocols ...dpi.Protocol) *dpi.Registry {
	t.Helper()
	reg := dpi.NewRegistry()
	base := []dpi.Protocol{{ID: id.Meta, Name: "meta"}, link.Ethernet, network.IP, network.IPv6, transport.TCP, transport.UDP}
	for _, p := range append(protocols[:len(protocols):len(protocols)], base...) {
		if !reg.IsRegistered(p.ID) {
			register(t, reg, p)
		}
	}
	for number, name := range id.Each {
		if !reg.IsRegistered(number) {
			register(t, reg, dpi.Protocol{ID: number, Name: name})
		}
	}
	reg.SetRoot(dataplane.LinkEthernet, func(*dpi.Packet) (dpi.ProtocolID, int) { return id.Ethernet, 0 })
	return reg
}

func register(t testing.TB, reg *dpi.Registry, p dpi.Protocol) {
	t.Helper()
	if err := reg.Register(p); err != nil {
		t.Fatal(err)
	}
}

// NewWith returns a Net on a registry, such as that of all protocols
// (proto.NewRegistry), and services, which may be nil.
func NewWith(t testing.TB, reg *dpi.Registry, services dpi.Services) *Net {
	t.Helper()
	dpi.LetPanicsThrough()
	n := &Net{t: t, slots: map[string]*dpi.Slot{}, now: 1_700_000_000e9}
	n.Table = session.NewTable(session.Config{Max: 1 << 12, Ended: func(s *session.Session) { n.Handler.EndFlow(&s.Flow) }})
	var err error
	if n.Handler, err = dpi.NewHandler(reg, n.Table, dpi.Options{Services: services}); err != nil {
		t.Fatal(err)
	}
	if err := n.Handler.AddPacketHandler(1, n.seen); err != nil {
		t.Fatal(err)
	}
	return n
}

// seen notes what became of a packet.
func (n *Net) seen(p *dpi.Packet) {
	n.flow = p.Flow
	n.path = n.names(p.AppendPath(nil))
}

// names joins the names of protocols with dots.
func (n *Net) names(path []dpi.ProtocolID) string {
	names := make([]string, len(path))
	for i, id := range path {
		names[i] = n.Handler.Registry().Name(id)
	}
	return strings.Join(names, ".")
}

// Register asks for attributes by their full names, such as "dns.qr", to be
// extracted from now on, and makes the protocols that have a Track function
// track.
func (n *Net) Register(attributes ...string) {
	n.t.Helper()
	for _, name := range attributes {
		protocol, attribute, _ := strings.Cut(name, ".")
		slot, err := n.Handler.RegisterByName(protocol, attribute)
		if err != nil {
			n.t.Fatal(err)
		}
		n.slots[name] = slot
		n.track(slot.Protocol)
	}
}

// track lets a protocol gather what its attributes need.
func (n *Net) track(id dpi.ProtocolID) {
	for p := range n.Handler.Registry().Protocols {
		if p.ID == id && p.Track != nil {
			n.Handler.TrackProtocol(id)
		}
	}
}

// Raw processes one packet of a link type, one millisecond after the one
// before.
func (n *Net) Raw(link dataplane.LinkType, data []byte) {
	n.now += 1e6
	n.Handler.Process([]dataplane.Packet{{Data: data, Len: uint32(len(data)), Time: n.now, Link: link}})
	n.Table.Advance(n.now)
}

// Frame processes one Ethernet frame and returns the path of the packet.
func (n *Net) Frame(data []byte) string {
	n.Raw(dataplane.LinkEthernet, data)
	return n.path
}

// Path returns the path of the latest packet, names joined by dots.
func (n *Net) Path() string { return n.path }

// LastFlow returns the flow of the latest packet, nil if it has none.
func (n *Net) LastFlow() *dpi.Flow { return n.flow }

// Sleep lets time pass before the next packet.
func (n *Net) Sleep(ns int64) { n.now += ns }

// Value returns a registered attribute of the latest packet as text: numbers in
// decimal (times in ns), addresses as usual, texts as they are, other bytes in
// hexadecimal. It is "" if the packet does not have the attribute.
func (n *Net) Value(name string) string {
	n.t.Helper()
	slot := n.slots[name]
	if slot == nil {
		n.t.Fatalf("attribute %s was not registered with Net.Register", name)
	}
	v := slot.Value()
	if v == nil {
		return ""
	}
	return Text(v)
}

// Text shows a value as Net.Value does.
func Text(v *dpi.Value) string {
	switch {
	case v.Type == dpi.IP4Addr || v.Type == dpi.IP6Addr:
		if a, ok := netip.AddrFromSlice(v.B); ok {
			return a.String()
		}
	case v.Type == dpi.MACAddr && len(v.B) == 6:
		return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", v.B[0], v.B[1], v.B[2], v.B[3], v.B[4], v.B[5])
	case v.Type == dpi.Float:
		f, _ := v.Number()
		return strconv.FormatFloat(f, 'g', -1, 64)
	case v.Type.IsText():
		return string(v.B)
	}
	if v.B != nil {
		return hex.EncodeToString(v.B)
	}
	return strconv.FormatUint(v.N, 10)
}

// Prefixes calls try with every beginning of data that is shorter than data,
// for tests that nothing trusts a length.
func Prefixes(data []byte, try func(prefix []byte)) {
	for i := range data {
		try(data[:i:i])
	}
}
