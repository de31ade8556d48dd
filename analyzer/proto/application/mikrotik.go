package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// mikrotikPort is where MikroTik routers announce themselves.
const mikrotikPort = 5678

// MikroTik is the neighbour discovery of MikroTik routers (MNDP): a sequence
// number and elements of type, length and value.
var MikroTik = dpi.Protocol{
	ID:   id.Mikrotik,
	Name: "mikrotik",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{mikrotikPort}, Only: true, Classify: classifyMikroTik},
	},
}

// classifyMikroTik knows the request, four zeros, and an announcement, whose
// first element is the link address.
func classifyMikroTik(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 4 {
		return dpi.No
	}
	if len(d) <= 9 && isZero(d) {
		return dpi.Yes
	}
	kind, value, rest, ok := tlvShape{tag: 2, size: 2}.next(d[4:])
	if !ok || kind != 1 || len(value) != 6 {
		return dpi.No
	}
	n, whole := tlvShape{tag: 2, size: 2}.chain(rest)
	return verdict(whole || n > 1)
}
