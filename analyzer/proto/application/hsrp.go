package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// HSRP is Cisco's hot standby router protocol: version 1 (RFC 2281) and version
// 2, whose messages are elements of type, length and value, also over IPv6.
var HSRP = dpi.Protocol{
	ID:   id.Hsrp,
	Name: "hsrp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{1985, 2029}, Only: true, Classify: classifyHSRP},
	},
}

// hsrpHello is the length of a message of version 1, and hsrpGroup that of a
// group's state in version 2.
const (
	hsrpHello = 20
	hsrpGroup = 40
)

func classifyHSRP(_ *dpi.Packet, d []byte) dpi.Verdict {
	return verdict(isHSRPv1(d) || isHSRPv2(d))
}

// isHSRPv1 judges a message of RFC 2281 section 5.1: version 0, an operation, a
// state that is one bit, how often it comes and how long it holds; or an
// advertisement of interfaces, operation 3.
func isHSRPv1(d []byte) bool {
	if len(d) < 16 || d[0] != 0 {
		return false
	}
	if d[1] == 3 {
		return be16(d[2:]) == 1 && be16(d[4:]) <= len(d)
	}
	return len(d) >= hsrpHello && d[1] < 3 && d[2] <= 16 && d[2]&(d[2]-1) == 0 && d[3] > 0 && d[3] <= d[4] && d[7] == 0
}

// isHSRPv2 judges a chain of elements: group state, interface state, and
// authentication by text or digest.
func isHSRPv2(d []byte) bool {
	shape := tlvShape{tag: 1, size: 1}
	if len(d) == 0 {
		return false
	}
	for len(d) > 0 {
		kind, value, rest, ok := shape.next(d)
		if !ok || !isHSRPElement(kind, len(value)) {
			return false
		}
		d = rest
	}
	return true
}

func isHSRPElement(kind, length int) bool {
	switch kind {
	case 1:
		return length == hsrpGroup
	case 2:
		return length == 4
	case 3:
		return length == 8
	case 4:
		return length == 28
	}
	return false
}
