package application

import (
	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/id"
)

// xdmcpOperations is the highest operation, "keepalive alive".
const xdmcpOperations = 14

// XDMCP is the X display manager control protocol, version 1 (X Consortium
// Standard).
var XDMCP = dpi.Protocol{
	ID:   id.Xdmcp,
	Name: "xdmcp",
	Classifiers: []dpi.Classifier{
		{Parent: id.Udp, Weight: 80, Ports: []uint16{177}, Only: true, Classify: classifyXDMCP},
	},
}

// classifyXDMCP asks for version 1, an operation, and the length of the rest.
func classifyXDMCP(_ *dpi.Packet, d []byte) dpi.Verdict {
	if len(d) < 6 || be16(d) != 1 {
		return dpi.No
	}
	op, n := be16(d[2:]), be16(d[4:])
	return verdict(op >= 1 && op <= xdmcpOperations && n == len(d)-6)
}
