package steer

import "mmt/dataplane"

// Protocol numbers of most packets.
const (
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// quick finds the addresses of the packets that most links are full of:
// Ethernet with at most one tag, IP without options or extension headers, no
// tunnel. They get what the walk would give them; ok is false for all others.
func (w *walk) quick(p *dataplane.Packet) (addrs pair, ok bool) {
	d := p.Data
	if p.Link != dataplane.LinkEthernet || len(d) < ethernetHeader+vlanTag+ipv6Header+4 {
		return addrs, false
	}
	t := be16(d[12:])
	if d = d[ethernetHeader:]; t == typeVLAN {
		t = be16(d[2:])
		d = d[vlanTag:]
	}
	switch {
	case t == 0x0800 && d[0] == 0x45 && w.endsAt4(d):
		return pair{address4(d[12:]), address4(d[16:])}, true
	case t == 0x86dd && d[0]>>4 == 6 && w.endsAt6(d):
		return pair{address16(d[8:]), address16(d[24:])}, true
	}
	return addrs, false
}

// endsAt4 tells whether an IPv4 layer is the one that is wanted: it is the
// first, or it carries none, in which case other fragments do not show more.
func (w *walk) endsAt4(d []byte) bool {
	const more, offset = 0x2000, 0x1fff
	if w.want == 1 {
		return true
	}
	if d[9] == protoUDP {
		return be16(d[6:])&(more|offset) == 0 && !isTunnelPort(be16(d[20:])) && !isTunnelPort(be16(d[22:]))
	}
	return byIPProtocol[d[9]] == stop
}

// endsAt6 is the same for IPv6.
func (w *walk) endsAt6(d []byte) bool {
	switch d[6] {
	case protoTCP, protoICMPv6:
		return true
	case protoUDP:
		return w.want == 1 || !isTunnelPort(be16(d[40:])) && !isTunnelPort(be16(d[42:]))
	}
	return w.want == 1
}
