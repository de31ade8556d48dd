package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// CiscoVPN is Cisco's own ways through firewalls: the datagrams of IPsec over UDP
// between ports 10000, which start with a magic number. AnyConnect is told by
// DTLS, of which it alone speaks the version before the first.
var CiscoVPN = dpi.Protocol{
	ID:   id.CiscoVpn,
	Name: "cisco_vpn",
	Classifiers: []dpi.Classifier{{Parent: id.Udp, Weight: 90, Ports: []uint16{10000}, Only: true, Classify: func(_ *dpi.Packet, d []byte) dpi.Verdict {
		return startsWith(d, "\xfe\x57\x7e\x2b")
	}}},
}
