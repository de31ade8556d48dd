package analyzer

import (
	"net/netip"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
	"mmt/analyzer/proto/transport"
	"mmt/analyzer/session"
	"mmt/dataplane"
)

// opaque are protocols whose payload is encrypted once they are recognised, so
// that nothing can be learned from it. Those of them that look at each packet do
// so for attributes only.
var opaque = map[dpi.ProtocolID]bool{
	id.Ssl: true, id.Quic: true, id.QuicIetf: true, id.Dtls: true, id.Ssh: true, id.Srtp: true,
	id.Isakmp: true, id.Wireguard: true, id.Openvpn: true, id.Tor: true,
}

// fewest is how many packets an encrypted session has at least before it is
// bypassed: a shorter one is over before it is worth it.
const fewest = 16

// maxPlain is how many layers lie between the meta protocol and the payload of a
// flow that can be bypassed: Ethernet, two VLAN tags, IP, transport.
const maxPlain = 5

// see is the packet handler that looks for sessions to bypass. A session gets a
// closer look when its packets are a power of two, and when it becomes an
// elephant.
func (b *bypass) see(p *dpi.Packet) {
	f := p.Flow
	if f == nil {
		return
	}
	n := f.Packets[0] + f.Packets[1]
	if n&(n-1) != 0 && n != b.shared.packets || n < fewest {
		return
	}
	if !b.watched && b.isDone(p, n) {
		b.pending = append(b.pending, leaving{session: b.w.table.Of(f), id: f.ID, head: headOf(p)})
	}
}

// isDone tells whether nobody needs the payload of the packet's flow, and the
// flow is one that can be told by its outer headers.
func (b *bypass) isDone(p *dpi.Packet, n uint64) bool {
	f, h := p.Flow, b.w.handler
	s := b.w.table.Of(f)
	if s.IsAway() || !f.Classified() || !isPlain(p) || !s.IsSteady() || h.Follows(f) || b.w.wantsPayload(f) {
		return false
	}
	hidden := isOpaque(f)
	if !hidden && (n < b.shared.packets || h.Observes(f)) {
		return false
	}
	return b.shared.needed == nil || !b.shared.needed(f)
}

func isOpaque(f *dpi.Flow) bool {
	for _, app := range f.App() {
		if opaque[app] {
			return true
		}
	}
	return false
}

// isPlain tells whether the packet is a whole TCP segment or UDP datagram in an
// Ethernet frame with two VLAN tags at most, in no tunnel, and on no port where
// others may be.
func isPlain(p *dpi.Packet) bool {
	t := p.Tuple()
	if p.Link != dataplane.LinkEthernet || len(p.Tuples()) != 1 || t.Part || p.ShimLen() != 0 {
		return false
	}
	if p.Transport() == 0 || int(t.Transport) != p.Transport() || p.Transport() > maxPlain {
		return false
	}
	layers := p.Layers()[1:]
	for i := range p.Transport() {
		if !isOutside(layers[i].Proto) {
			return false
		}
	}
	return layers[p.Transport()-1].Proto == id.Tcp ||
		!transport.IsTunnelPort(t.SrcPort) && !transport.IsTunnelPort(t.DstPort)
}

// isOutside tells whether a protocol is among those that the bypass can read.
func isOutside(p dpi.ProtocolID) bool {
	switch p {
	case id.Ethernet, id.P8021q, id.P8021ad, id.Ip, id.Ipv6, id.Tcp, id.Udp:
		return true
	}
	return false
}

// head is where the headers of a packet start, from the link layer to the
// transport.
type head struct {
	n   uint8
	off [maxPlain]uint32
}

func headOf(p *dpi.Packet) (h head) {
	h.n = uint8(p.Transport())
	for i := range h.n {
		h.off[i] = p.Layers()[i+1].Off
	}
	return h
}

// flowOf returns how the session is named to the bypass; end A is its client.
func flowOf(s *session.Session) BypassFlow {
	return BypassFlow{A: endOf(s, 0), B: endOf(s, 1), Protocol: s.L4}
}

func endOf(s *session.Session, i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(s.Addr[i]).Unmap(), s.Port[i])
}
