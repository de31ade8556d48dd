package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// Fields of a DHCP message, RFC 2131 section 2.
const (
	dhcpMinimum = 12         // type, hardware, hops, transaction, time, flags
	dhcpMagic   = 236        // where the options start, with their magic cookie
	dhcpCookie  = 0x63825363 // RFC 2131 section 3
)

// DHCP is the dynamic host configuration protocol, RFC 2131, and BOOTP, RFC
// 951, whose messages it uses.
var DHCP = dpi.Protocol{
	ID:   id.Dhcp,
	Name: "dhcp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 100, Ports: []uint16{67, 68, 4011}, Classify: classifyDHCP},
	},
}

// classifyDHCP asks for the magic cookie, or for an Ethernet client on the
// ports of BOOTP.
func classifyDHCP(p *dpi.Packet, d []byte) dpi.Verdict {
	bootp := len(d) >= dhcpMinimum && d[0] >= 1 && d[0] <= 2 && d[2] <= 16
	cookie := bootp && len(d) >= dhcpMagic+4 && be32(d[dhcpMagic:]) == dhcpCookie
	if !p.HasPort(67) && !p.HasPort(68) {
		return verdict(cookie)
	}
	return onOwnPort(p, cookie || bootp && d[1] == 1 && d[2] == 6 && d[3] <= 16)
}
