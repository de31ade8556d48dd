package proto

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/link"
	"mmt/analyzer/proto/network"
	"mmt/analyzer/proto/transport"
)

// linkList holds the protocols of package link.
func linkList() []dpi.Protocol {
	return []dpi.Protocol{
		link.Ethernet, link.VLAN, link.QinQ, link.LLC, link.ARP,
		link.VNTag, link.ETag, link.HSR, link.CiscoMetadata, link.PBB, link.FabricPath, link.TRILL, link.Batman,
		link.PPP, link.PPPoE, link.CHDLC, link.MPLS, link.MPLSInIP,
		link.SLL, link.SLL2, link.Loopback,
		link.Radiotap, link.IEEE80211, link.IEEE802154, link.Sixlowpan,
	}
}

// networkList holds the protocols of package network.
func networkList() []dpi.Protocol {
	return []dpi.Protocol{
		network.IP, network.IPv6, network.ICMP, network.ICMPv6,
		network.GRE, network.ERSPAN, network.AH, network.ESP, network.EtherIP, network.OSPF,
	}
}

// transportList holds the protocols of package transport.
func transportList() []dpi.Protocol {
	return []dpi.Protocol{
		transport.TCP, transport.UDP, transport.UDPLite, transport.DCCP,
		transport.SCTP, transport.SCTPData, transport.SCTPSack, transport.SCTPInit,
		transport.SCTPHeartbeat, transport.SCTPShutdown, transport.SCTPShutdownComplete, transport.SCTPAbort,
		transport.SCTPError, transport.SCTPCookieEcho, transport.SCTPEcne, transport.SCTPCwr, transport.SCTPAuth,
		transport.SCTPAsconf, transport.SCTPReConfig,
		transport.VXLAN, transport.VXLANGPE, transport.Geneve, transport.TZSP,
		transport.L2TP, transport.L2TPv3, transport.Teredo, transport.INT,
	}
}
