package id

import "mmt/analyzer/dpi"

// etherTypes are the protocols of IEEE 802 type numbers (IANA, "IEEE 802
// Numbers").
var etherTypes = map[uint16]dpi.ProtocolID{
	0x0800: Ip, 0x0806: Arp, 0x8035: Rarp, 0x86dd: Ipv6,
	0x8100: P8021q, 0x88a8: P8021ad, 0x9100: P8021ad,
	0x8847: Mpls, 0x8848: Mpls, 0x8863: Pppoe, 0x8864: Pppoe, 0x880b: Ppp,
	0x88cc: Lldp, 0x6558: Ethernet, 0x8137: Ipx,
}

// ByEtherType returns the protocol that an EtherType announces, Unknown if it
// has none here.
func ByEtherType(t uint16) dpi.ProtocolID {
	switch t { // the common ones without a look-up
	case 0x0800:
		return Ip
	case 0x86dd:
		return Ipv6
	}
	return etherTypes[t]
}

// ipProtocols are the protocols of IP protocol numbers (IANA, "Assigned
// Internet Protocol Numbers").
var ipProtocols = [256]dpi.ProtocolID{
	1: Icmp, 2: Igmp, 4: Ip, 6: Tcp, 8: Egp, 17: Udp, 41: Ipv6, 46: Rsvp, 47: Gre,
	50: Esp, 51: Ah, 58: Icmpv6, 88: Eigrp, 89: Ospf, 103: Pim, 112: Vrrp, 113: Pgm,
	115: L2tp, 132: Sctp, 136: Udplite, 137: MplsInIp,
}

// ByIPProtocol returns the protocol that an IP protocol number announces,
// Unknown if it has none here.
func ByIPProtocol(n uint8) dpi.ProtocolID { return ipProtocols[n] }
