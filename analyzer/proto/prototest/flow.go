package prototest

import (
	"net/netip"
	"time"

	"mmt/analyzer/dpi"
)

// Flow is a conversation between two ends. Its methods return it, so that they
// chain.
type Flow struct {
	n    *Net
	addr [2]netip.AddrPort
	tcp  bool
	seq  [2]uint32
	flow *dpi.Flow
}

// UDP returns a UDP flow between the given ports, from an address that no other
// flow of n has.
func (n *Net) UDP(src, dst uint16) *Flow { return n.UDPBetween(n.ends(src, dst)) }

// TCP returns a TCP connection that has been opened.
func (n *Net) TCP(src, dst uint16) *Flow { return n.TCPBetween(n.ends(src, dst)) }

// TCPMid returns a TCP connection whose opening was not seen.
func (n *Net) TCPMid(src, dst uint16) *Flow {
	a, b := n.ends(src, dst)
	return &Flow{n: n, addr: [2]netip.AddrPort{a, b}, tcp: true, seq: [2]uint32{1000, 2000}}
}

// ends returns a fresh client and the server.
func (n *Net) ends(src, dst uint16) (client, server netip.AddrPort) {
	n.flows++
	a := netip.AddrFrom4([4]byte{10, 1, byte(n.flows >> 8), byte(n.flows)})
	return netip.AddrPortFrom(a, src), netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 2, 0, 1}), dst)
}

// UDPBetween returns a UDP flow between two ends, IPv4 or IPv6.
func (n *Net) UDPBetween(client, server netip.AddrPort) *Flow {
	return &Flow{n: n, addr: [2]netip.AddrPort{client, server}}
}

// TCPBetween returns a TCP connection between two ends that has been opened.
func (n *Net) TCPBetween(client, server netip.AddrPort) *Flow {
	f := &Flow{n: n, addr: [2]netip.AddrPort{client, server}, tcp: true, seq: [2]uint32{1000, 2000}}
	f.Segment(dpi.Up, SYN, nil)
	f.Segment(dpi.Down, SYN|ACK, nil)
	return f.Segment(dpi.Up, ACK, nil)
}

// Up sends payloads from the client, one packet each.
func (f *Flow) Up(payloads ...[]byte) *Flow { return f.send(dpi.Up, payloads) }

// Down sends payloads from the server, one packet each.
func (f *Flow) Down(payloads ...[]byte) *Flow { return f.send(dpi.Down, payloads) }

func (f *Flow) send(dir dpi.Direction, payloads [][]byte) *Flow {
	for _, payload := range payloads {
		if f.tcp {
			f.Segment(dir, PSH|ACK, payload)
			continue
		}
		f.packet(dir, 17, UDPDatagram(f.addr[dir].Port(), f.addr[dir^1].Port(), payload))
	}
	return f
}

// Segment sends one TCP segment and moves the sequence number on.
func (f *Flow) Segment(dir dpi.Direction, flags byte, payload []byte) *Flow {
	f.packet(dir, 6, TCPSegment(f.addr[dir].Port(), f.addr[dir^1].Port(), f.seq[dir], f.seq[dir^1], flags, payload))
	f.seq[dir] += uint32(len(payload))
	if flags&(SYN|FIN) != 0 {
		f.seq[dir]++
	}
	return f
}

// Lose skips n bytes of a TCP stream, as if packets had been lost.
func (f *Flow) Lose(dir dpi.Direction, n int) *Flow {
	f.seq[dir] += uint32(n)
	return f
}

// Wait lets time pass before the next packet.
func (f *Flow) Wait(d time.Duration) *Flow {
	f.n.Sleep(int64(d))
	return f
}

func (f *Flow) packet(dir dpi.Direction, proto uint8, payload []byte) {
	f.n.Frame(IPPacket(proto, f.addr[dir].Addr(), f.addr[dir^1].Addr(), payload))
	f.flow = f.n.flow
}

// Flow returns the handler's view of the flow, nil before its first packet.
func (f *Flow) Flow() *dpi.Flow { return f.flow }

// Path returns the path of the flow so far, names joined by dots.
func (f *Flow) Path() string {
	if f.flow == nil {
		return ""
	}
	dir := dpi.Up
	if f.flow.PathOf(dir) == 0 {
		dir = dpi.Down
	}
	return f.n.names(f.n.Handler.AppendFlowPath(nil, f.flow, dir))
}

// Final ends the classification of the flow, as its timeout does, and returns
// its path.
func (f *Flow) Final() string {
	if f.flow != nil {
		f.n.Handler.Conclude(f.flow)
	}
	return f.Path()
}

// Host returns the host name of the flow, "" if none.
func (f *Flow) Host() string {
	if f.flow == nil {
		return ""
	}
	return string(f.n.Handler.Store.Bytes(f.flow.Host))
}
