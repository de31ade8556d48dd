package traffic

import "net/netip"

type mac [6]byte

// EtherTypes.
const (
	etherIPv4  = 0x0800
	etherARP   = 0x0806
	etherRARP  = 0x8035
	etherVLAN  = 0x8100
	etherIPv6  = 0x86dd
	etherMPLS  = 0x8847
	etherPPPoE = 0x8864
	etherQinQ  = 0x88a8
	etherLLDP  = 0x88cc
)

// minFrame is the shortest Ethernet frame without its check sequence.
const minFrame = 60

var (
	broadcastMAC = mac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	gatewayMAC   = mac{0x02, 0x00, 0x5e, 0x00, 0x53, 0x01}
)

// ether builds a frame. Short ones stay short, as a host sees its own; see pad.
func ether(dst, src mac, typ uint16, payload []byte) wire {
	w := make(wire, 0, 14+len(payload))
	return w.raw(dst[:]).raw(src[:]).u16(typ).raw(payload)
}

// pad fills a frame up to the minimum of Ethernet, as a host receives it.
func pad(frame wire) wire { return frame.zero(max(0, minFrame-len(frame))) }

// frameIP puts an IP packet, whose version tells the EtherType, into a frame
// with the hardware addresses of its hosts.
func frameIP(src, dst netip.Addr, ip []byte) wire {
	return ether(macOf(dst), macOf(src), ipEtherType(ip), ip)
}

func ipEtherType(ip []byte) uint16 {
	if ip[0]>>4 == 6 {
		return etherIPv6
	}
	return etherIPv4
}

// macOf is the hardware address that carries packets of host a: that of its
// group, its own on the client's network, the gateway's otherwise.
func macOf(a netip.Addr) mac {
	b := a.As16()
	switch {
	case a == addr("255.255.255.255"):
		return broadcastMAC
	case a.IsMulticast() && a.Is4():
		return mac{0x01, 0x00, 0x5e, b[13] & 0x7f, b[14], b[15]}
	case a.IsMulticast():
		return mac{0x33, 0x33, b[12], b[13], b[14], b[15]}
	case a.Is4() && b[12] == 198, a.Is6() && b[5] == 0x5e:
		return gatewayMAC
	}
	return mac{0x02, 0x00, b[12], b[13], b[14], b[15]}
}

// vlan is the 4-byte tag of IEEE 802.1Q in the form that follows its own
// EtherType: control information, then the EtherType of the payload.
func vlan(priority, id, typ uint16, payload []byte) wire {
	return wire{}.u16(priority<<13|id, typ).raw(payload)
}

// mpls builds a stack of labels (RFC 3032), the last one marked as bottom.
func mpls(ttl byte, payload []byte, labels ...uint32) wire {
	var w wire
	for i, label := range labels {
		bottom := uint32(0)
		if i == len(labels)-1 {
			bottom = 1 << 8
		}
		w = w.u32(label<<12 | bottom | uint32(ttl))
	}
	return w.raw(payload)
}

// pppoe builds a PPPoE session packet (RFC 2516 section 4) around an IP packet.
func pppoe(session uint16, ip []byte) wire {
	proto := uint16(0x0021)
	if ip[0]>>4 == 6 {
		proto = 0x0057
	}
	return wire{}.u8(0x11, 0).u16(session, uint16(2+len(ip)), proto).raw(ip)
}

// arp builds an Ethernet-and-IPv4 ARP packet (RFC 826); RARP has the same form.
func arp(op uint16, srcMAC mac, src netip.Addr, dstMAC mac, dst netip.Addr) wire {
	return wire{}.u16(1, etherIPv4).u8(6, 4).u16(op).
		raw(srcMAC[:]).raw(src.AsSlice()).raw(dstMAC[:]).raw(dst.AsSlice())
}

// llc builds an IEEE 802.3 frame: a length in place of the EtherType, then the
// IEEE 802.2 header with its control byte for unnumbered information.
func llc(dst, src mac, dsap, ssap byte, payload []byte) wire {
	body := wire{}.u8(dsap, ssap, 0x03).raw(payload)
	return pad(ether(dst, src, uint16(len(body)), body))
}
