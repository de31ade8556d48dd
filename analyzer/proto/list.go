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
		link.Ethernet,
	}
}

// networkList holds the protocols of package network.
func networkList() []dpi.Protocol {
	return []dpi.Protocol{
		network.IP,
		network.IPv6,
	}
}

// transportList holds the protocols of package transport.
func transportList() []dpi.Protocol {
	return []dpi.Protocol{
		transport.TCP,
		transport.UDP,
	}
}
