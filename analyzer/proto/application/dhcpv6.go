package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Types of DHCPv6 messages (IANA, "Dynamic Host Configuration Protocol for
// IPv6") and where their options start, RFC 8415 sections 8 and 9.
const (
	dhcpv6Relay    = 12
	dhcpv6Reply    = 13
	dhcpv6MaxType  = 36
	dhcpv6Options  = 4
	dhcpv6RelayTop = 34
)

// DHCPv6 is RFC 8415.
var DHCPv6 = dpi.Protocol{
	ID:   id.Dhcpv6,
	Name: "dhcpv6",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{546, 547}, Only: true, Classify: classifyDHCPv6},
	},
}

// classifyDHCPv6 asks for options that fill the message; the last one may be
// broken, as long as the first is not.
func classifyDHCPv6(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < dhcpv6Options || d[0] == 0 || d[0] > dhcpv6MaxType {
		return dpi.No
	}
	start := dhcpv6Options
	if d[0] == dhcpv6Relay || d[0] == dhcpv6Reply {
		start = dhcpv6RelayTop
	}
	if len(d) < start {
		return dpi.No
	}
	n, whole := tlvShape{tag: 2, size: 2}.chain(d[start:])
	return verdict(whole || n > 0)
}
