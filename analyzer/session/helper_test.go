package session_test

import (
	"encoding/binary"
	"net/netip"
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
	at    int64               // time of the next packet, ns
	last  func(p *dpi.Packet) // sees each packet
	flow  *dpi.Flow           // of the latest packet
	info  dpi.TCPInfo         // of the latest packet
}

// settings of a probe besides those of its table.
type settings struct {
	undecided  bool // flows are being classified for long
	defragment bool
}

func newProbe(t testing.TB, config session.Config, set settings) *probe {
	t.Helper()
	dpi.LetPanicsThrough()
	x := &probe{at: 1_700_000_000e9}
	if config.Max == 0 {
		config.Max = 1 << 13 // a table for a million takes its time to make
	}
	ended := config.Ended
	config.Ended = func(s *session.Session) {
		if ended != nil {
			ended(s)
		}
		x.EndFlow(&s.Flow)
	}
	x.table = session.NewTable(config)
	options := dpi.Options{}
	if set.defragment {
		options.Defragmenter = x.table
	}
	h, err := dpi.NewHandler(newRegistry(t, set.undecided), x.table, options)
	if err != nil {
		t.Fatal(err)
	}
	x.Handler = h
	if err := h.AddPacketHandler(1, x.see); err != nil {
		t.Fatal(err)
	}
	return x
}

// newRegistry returns a registry of few protocols. If undecided, one of them can
// never tell whether a flow is its own.
func newRegistry(t testing.TB, undecided bool) *dpi.Registry {
	t.Helper()
	reg := dpi.NewRegistry()
	hesitant := dpi.Protocol{ID: 4000, Name: "hesitant"}
	if undecided {
		hesitant.Classifiers = []dpi.Classifier{{Parent: id.Tcp, Classify: func(*dpi.Packet, []byte) dpi.Verdict { return dpi.More }}}
	}
	for _, p := range []dpi.Protocol{
		{ID: id.Meta, Name: "meta"}, {ID: 0, Name: "unknown"}, hesitant,
		link.Ethernet, network.IP, network.IPv6, transport.TCP, transport.UDP,
	} {
		if err := reg.Register(p); err != nil {
			t.Fatal(err)
		}
	}
	for l, root := range map[dataplane.LinkType]dpi.ProtocolID{
		dataplane.LinkEthernet: id.Ethernet, dataplane.LinkIPv4: id.Ip, dataplane.LinkIPv6: id.Ipv6,
	} {
		reg.SetRoot(l, func(*dpi.Packet) (dpi.ProtocolID, int) { return root, 0 })
	}
	return reg
}

func (x *probe) see(p *dpi.Packet) {
	x.flow, x.info = p.Flow, p.TCP
	if x.last != nil {
		x.last(p)
	}
}

// session returns the session of the latest packet.
func (x *probe) session() *session.Session { return x.table.Of(x.flow) }

// send processes one packet that starts with its IP header.
func (x *probe) send(data []byte) { x.sendCut(data, len(data)) }

// sendCut processes a packet of which the capture has the first n bytes.
func (x *probe) sendCut(data []byte, n int) {
	l := dataplane.LinkIPv4
	if data[0]>>4 == 6 {
		l = dataplane.LinkIPv6
	}
	x.frame(dataplane.Packet{Data: data[:n:n], Len: uint32(len(data)), Time: x.at, Link: l})
}

func (x *probe) frame(p dataplane.Packet) { x.Process([]dataplane.Packet{p}) }

// after lets time pass, in microseconds.
func (x *probe) after(us int64) *probe {
	x.at += us * 1000
	return x
}

// TCP flags as tests write them.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
)

// seg is a TCP segment, or a datagram of another protocol if proto is set.
type seg struct {
	from, to string // addresses and ports; client and server if empty
	proto    uint8
	down     bool // swaps from and to
	flags    uint8
	seq, ack uint32
	options  []byte
	data     string
}

// The ends of a segment that does not name them.
const (
	client = "10.0.0.1:40000"
	server = "10.0.0.2:80"
)

// bytes returns the packet of a segment.
func (s seg) bytes() []byte {
	from, to := netip.MustParseAddrPort(or(s.from, client)), netip.MustParseAddrPort(or(s.to, server))
	if s.down {
		from, to = to, from
	}
	var b []byte
	b = binary.BigEndian.AppendUint16(b, from.Port())
	b = binary.BigEndian.AppendUint16(b, to.Port())
	if s.proto == 17 {
		b = binary.BigEndian.AppendUint16(b, uint16(8+len(s.data)))
		return ip(from.Addr(), to.Addr(), 17, append(append(b, 0, 0), s.data...))
	}
	b = binary.BigEndian.AppendUint32(b, s.seq)
	b = binary.BigEndian.AppendUint32(b, s.ack)
	b = append(b, byte(5+len(s.options)/4)<<4, s.flags, 255, 255, 0, 0, 0, 0)
	b = append(append(b, s.options...), s.data...)
	return ip(from.Addr(), to.Addr(), 6, b)
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// ip returns an IP packet.
func ip(from, to netip.Addr, proto uint8, payload []byte) []byte {
	if from.Is6() {
		b := []byte{0x60, 0, 0, 0}
		b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
		b = append(append(append(b, proto, 64), from.AsSlice()...), to.AsSlice()...)
		return append(b, payload...)
	}
	b := []byte{0x45, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(payload)))
	b = append(b, 0, 0, 0, 0, 64, proto, 0, 0)
	b = append(append(b, from.AsSlice()...), to.AsSlice()...)
	return append(b, payload...)
}

// handshake opens the connection of client and server: the client's first byte
// has number 1001, the server's 5001.
func (x *probe) handshake() {
	x.send(seg{flags: syn, seq: 1000}.bytes())
	x.after(10).send(seg{down: true, flags: syn | ack, seq: 5000, ack: 1001}.bytes())
	x.after(10).send(seg{flags: ack, seq: 1001, ack: 5001}.bytes())
	x.after(10)
}
