package id

import "mmt/analyzer/dpi"

// etherTypes are the protocols of IEEE 802 type numbers (IANA, "IEEE 802
// Numbers", and what vendors have published).
var etherTypes = map[uint16]dpi.ProtocolID{
	0x0800: Ip, 0x0806: Arp, 0x0842: Wol, 0x0bad: Vines, 0x2001: Nhrp, 0x22f0: Avtp, 0x22f3: Trill, 0x4305: Batman,
	0x6001: Mop, 0x6002: Mop, 0x6003: Decnet, 0x6558: Ethernet, 0x8035: Rarp, 0x809b: Ddp, 0x80f3: Aarp,
	0x8100: P8021q, 0x8137: Ipx, 0x8138: Ipx, 0x86dd: Ipv6, 0x880b: Ppp, 0x8847: Mpls, 0x8848: Mpls,
	0x8863: Pppoe, 0x8864: Pppoe, 0x887b: Homeplug, 0x888e: Eapol, 0x8892: ProfinetIo, 0x8899: RealtekL2,
	0x88a2: Aoe, 0x88a4: Ethercat, 0x88a8: P8021ad, 0x88ab: Powerlink, 0x88b8: Goose, 0x88ba: Sv, 0x88be: Erspan,
	0x88cc: Lldp, 0x88cd: Sercos, 0x88e1: Homeplug, 0x88e5: Macsec, 0x88e7: Pbb, 0x88f7: PtpL2,
	0x8902: Cfm, 0x8903: Fabricpath, 0x8906: Fcoe, 0x8909: CiscoMetadata, 0x8914: Fip, 0x8926: Vntag,
	0x892f: Hsr, 0x893a: Ieee1905, 0x893f: Etag, 0x9000: Ctp, 0x9100: P8021ad, 0x9200: P8021ad, 0x22eb: Erspan,
	0x8624: Ndn, 0x88d9: Lltd, 0x88e3: Mrp, 0x88f5: Mvrp, 0x88f6: Mmrp, 0x88f8: Ncsi, 0x890f: CclinkIe, 0x8915: Roce, 0x891d: Ttethernet,
	0x894f: Nsh,
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

// IsVLAN tells whether an EtherType is the identifier of a VLAN tag (TPID).
func IsVLAN(t uint16) bool {
	return t == 0x8100 || t == 0x88a8 || t == 0x9100 || t == 0x9200
}

// ipProtocols are the protocols of IP protocol numbers (IANA, "Assigned
// Internet Protocol Numbers").
var ipProtocols = [256]dpi.ProtocolID{
	1: Icmp, 2: Igmp, 3: Ggp, 4: Ip, 5: St, 6: Tcp, 7: Cbt, 8: Egp, 9: Igp,
	10: BbnRccMon, 11: NvpIi, 12: Pup, 13: Argus, 14: Emcon, 15: Xnet, 16: Chaos, 17: Udp, 18: Mux, 19: DcnMeas,
	20: Hmp, 21: Prm, 22: XnsIdp, 23: Trunk1, 24: Trunk2, 25: Leaf1, 26: Leaf2, 28: Irtp, 29: IsoTp4,
	30: Netblt, 31: MfeNsp, 32: MeritInp, 33: Dccp, 34: P3pc, 35: Idpr, 36: Xtp, 37: Ddp, 38: IdprCmtp, 39: TpPp,
	40: Il, 41: Ipv6, 42: Sdrp, 45: Idrp, 46: Rsvp, 47: Gre, 48: Mhrp, 49: Bna,
	50: Esp, 51: Ah, 52: INlsp, 53: Swipe, 54: Narp, 55: Mobile, 56: Tlsp, 57: Skip, 58: Icmpv6,
	61: AnyHip, 62: Cftp, 63: AnyLocal, 64: SatExpak, 65: Kryptolan, 66: Rvd, 67: Ippc, 68: AnyDfs, 69: SatMon,
	70: Visa, 71: Ipcv, 72: Cpnx, 73: Cphb, 74: Wsn, 75: Pvp, 76: BrSatMon, 77: SunNd, 78: WbMon, 79: WbExpak,
	80: IsoIp, 81: Vmtp, 82: SecureVmtp, 83: Vines, 84: Iptm, 85: NsfnetIgp, 86: Dgp, 87: Tcf, 88: Eigrp, 89: Ospf,
	90: SpriteRpc, 91: Larp, 92: Mtp, 93: Ax25, 94: Ip, 95: Micp, 96: SccSp, 97: Etherip, 98: Encap, 99: AnyPes,
	100: Gmtp, 101: Ifmp, 102: Pnni, 103: Pim, 104: Aris, 105: Scps, 106: Qnx, 108: Ipcomp, 109: Snp,
	110: CompaqPeer, 111: IpxInIp, 112: Vrrp, 113: Pgm, 114: Any0hop, 115: L2tp, 116: Ddx, 117: Iatp, 118: Stp, 119: Srp,
	120: Uti, 121: Smp, 122: Sm, 123: Ptp, 124: IsIs, 125: Fire, 126: Crtp, 127: Crudp, 128: Sscopmce, 129: Iplt,
	130: Sps, 131: Pipe, 132: Sctp, 133: Fc, 134: RsvpE2eIgnore, 135: MobilityHeader, 136: Udplite, 137: MplsInIp,
	139: Hip, 140: Shim6,
}

// ByIPProtocol returns the protocol that an IP protocol number announces,
// Unknown if it has none here.
func ByIPProtocol(n uint8) dpi.ProtocolID { return ipProtocols[n] }
